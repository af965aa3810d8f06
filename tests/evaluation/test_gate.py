"""Constructed answers at the gate: what is worse, equal, better, or better only by chance."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.cases import Cases
from cxr_core.evaluation.gate import judge_candidate, swap_p_value
from cxr_core.evaluation.gate_terms import AuditVerdict, Decision, GateOptions, Side
from tests.evaluation.made import CLASSES

OPTIONS = GateOptions(bootstrap=Options(resamples=400, seed=3))
SUSPICIOUS = AuditVerdict(0.44, "suspicious")
OF_A_CLASS = 400


def answered(
    wrong: dict[str, range], confidence: float = 0.85, films: int = OF_A_CLASS
) -> Cases:
    """So many films of each class, two a patient; `wrong` says which of a class are missed."""
    truth = np.repeat(np.arange(3), films)
    called = truth.copy()
    for name, places in wrong.items():
        label = CLASSES.index(name)
        called[label * films + np.array(places, dtype=int)] = (label + 1) % 3
    height = np.log(confidence / ((1.0 - confidence) / 2))
    return Cases(
        classes=CLASSES,
        logits=np.eye(3)[called] * height,
        truth=truth,
        groups=tuple(f"patient-{place // 2}" for place in range(3 * films)),
    )


CHAMPION = answered({name: range(60) for name in CLASSES})


def decide(
    candidate: Cases,
    champion: Cases = CHAMPION,
    audits: tuple[AuditVerdict | None, AuditVerdict | None] = (SUSPICIOUS, SUSPICIOUS),
) -> Decision:
    first = Side("champion", champion, 1.0, audits[0])
    return judge_candidate(first, Side("candidate", candidate, 1.0, audits[1]), OPTIONS)


def failed(decision: Decision) -> list[str]:
    return [each.name for each in decision.checks if not each.passed]


def said(decision: Decision, name: str) -> str:
    return next(each.measured for each in decision.checks if each.name == name)


def test_the_same_answers_pass_as_equal() -> None:
    decision = decide(CHAMPION)
    assert decision.passes
    assert said(decision, "balanced_accuracy").startswith("The same: ")


def test_a_clearly_better_candidate_passes() -> None:
    decision = decide(answered({name: range(30) for name in CLASSES}, 0.92))
    assert failed(decision) == []
    assert decision.passes
    assert "Better, and not by chance" in said(decision, "balanced_accuracy")
    assert "92.5 % against 85.0 %" in said(decision, "balanced_accuracy")


def test_a_worse_candidate_does_not_pass() -> None:
    decision = decide(answered({name: range(90) for name in CLASSES}, 0.78))
    assert not decision.passes
    assert said(decision, "balanced_accuracy").startswith("Worse")
    assert "sensitivity_covid19" in failed(decision)


def test_a_slightly_worse_candidate_is_not_equal() -> None:
    decision = decide(
        answered({"normal": range(61), "pneumonia": range(60), "covid19": range(60)})
    )
    assert failed(decision) == ["balanced_accuracy"]


def test_a_candidate_that_is_better_only_by_chance_does_not_pass() -> None:
    # Thirty other films of each class are missed, and a few fewer than before.
    shifted = {name: range(30, 86) for name in CLASSES}
    decision = decide(answered(shifted, 0.86))
    assert "balanced_accuracy" in failed(decision)
    assert "that may be chance" in said(decision, "balanced_accuracy")


def test_four_patients_are_chance_whatever_the_bootstrap_says() -> None:
    champion = answered({"covid19": range(60)}, 0.95)
    candidate = answered({"covid19": range(8, 60)}, 0.95)  # eight films of four patients
    assert swap_p_value(champion, candidate) == pytest.approx(2 / 16)
    assert "balanced_accuracy" in failed(decide(candidate, champion))


def test_losing_covid19_is_not_made_good_by_the_others() -> None:
    wrong = {"normal": range(5), "pneumonia": range(5), "covid19": range(80)}
    decision = decide(answered(wrong, 0.92))
    assert failed(decision) == ["sensitivity_covid19"]
    assert said(decision, "sensitivity_covid19").startswith("Lost: 80.0 % against 85.0 %")


def test_a_loss_that_cannot_be_ruled_out_does_not_pass() -> None:
    wrong = {"normal": range(5), "pneumonia": range(5), "covid19": range(30, 90)}
    decision = decide(answered(wrong, 0.94))
    assert failed(decision) == ["sensitivity_covid19"]
    assert "cannot be ruled out" in said(decision, "sensitivity_covid19")


def test_a_candidate_that_is_surer_than_it_may_be_does_not_pass() -> None:
    decision = decide(answered({name: range(60) for name in CLASSES}, 0.99))
    assert failed(decision) == ["calibration"]
    assert "14.0 % against 0.0 %" in said(decision, "calibration")


@pytest.mark.parametrize(
    ("champion", "candidate", "passes"),
    [
        (SUSPICIOUS, None, False),
        (SUSPICIOUS, AuditVerdict(0.2, "fails"), False),
        (AuditVerdict(0.2, "fails"), AuditVerdict(0.25, "fails"), False),
        (SUSPICIOUS, AuditVerdict(0.38, "suspicious"), False),
        (SUSPICIOUS, AuditVerdict(0.40, "suspicious"), True),
        (None, AuditVerdict(0.31, "suspicious"), True),
        (AuditVerdict(0.9, "passes"), AuditVerdict(0.72, "passes"), False),
    ],
)
def test_the_shortcut_audit_must_not_fail_nor_fall_behind(
    champion: AuditVerdict | None, candidate: AuditVerdict | None, passes: bool
) -> None:
    decision = decide(CHAMPION, audits=(champion, candidate))
    assert decision.passes is passes
    assert failed(decision) == ([] if passes else ["audit"])


def test_too_few_films_decide_nothing() -> None:
    for films in (30, 19):
        few = answered({"normal": range(3)}, films=films)
        decision = decide(answered({}, films=films), few)
        assert (decision.is_decided, decision.passes) == (False, False)
        assert failed(decision) == ["films"]


def test_a_class_with_too_few_films_decides_nothing() -> None:
    rare = CHAMPION.subset((CHAMPION.truth != 2) | (np.arange(len(CHAMPION)) % 25 == 0))
    decision = decide(rare, rare)
    assert failed(decision) == ["films"]
    assert "16 covid19" in said(decision, "films")


def test_other_classes_are_not_compared() -> None:
    other = replace(CHAMPION, classes=("normal", "pneumonia", "tuberculosis"))
    decision = decide(other)
    assert (decision.is_decided, failed(decision)) == (False, ["classes"])


def test_the_same_classes_in_another_order_are_the_same() -> None:
    order = [2, 0, 1]
    turned = replace(
        CHAMPION,
        classes=tuple(CLASSES[place] for place in order),
        logits=CHAMPION.logits[:, order],
        truth=np.array([1, 2, 0])[CHAMPION.truth],
    )
    assert decide(turned).passes


def test_a_candidate_that_does_not_tell_what_it_saw_does_not_pass() -> None:
    silent = Side("candidate", CHAMPION, 1.0, SUSPICIOUS, says_what_it_saw=False)
    decision = judge_candidate(Side("champion", CHAMPION, 1.0, SUSPICIOUS), silent, OPTIONS)
    assert (decision.passes, failed(decision)) == (False, ["seen"])


def test_a_decision_is_plain_json() -> None:
    told = json.loads(json.dumps(decide(CHAMPION).as_dict()))
    assert told["passes"] is True
    assert [each["name"] for each in told["checks"]][:3] == ["classes", "seen", "films"]


def test_the_swapping_test_of_many_patients_is_near_the_exact_one() -> None:
    champion = answered({"covid19": range(40), "normal": range(10)})
    candidate = answered({"covid19": range(14, 40), "normal": range(20)})
    gains = np.array([1.0] * 7 + [-1.0] * 5)  # patients of two films each
    exact = np.mean(
        np.abs((1 - 2 * (np.arange(2**12)[:, None] >> np.arange(12) & 1)) @ gains)
        >= abs(gains.sum())
    )
    assert swap_p_value(champion, candidate) == pytest.approx(exact)
    wide = answered({"covid19": range(80), "normal": range(40)})
    other = answered({"covid19": range(28, 80), "normal": range(30)})
    assert 0.0 < swap_p_value(wide, other) < 0.2
    assert swap_p_value(champion, champion) == 1.0


def test_equally_good_versions_seldom_pass_as_better() -> None:
    generator = np.random.default_rng(7)
    quick = replace(OPTIONS, bootstrap=Options(resamples=100, seed=1))
    passed = 0
    for _ in range(40):
        sides = []
        for name in ("champion", "candidate"):
            missed = {each: generator.choice(120, 20, replace=False) for each in CLASSES}
            cases = answered(missed, 0.83, films=120)  # type: ignore[arg-type]
            sides.append(Side(name, cases, 1.0, SUSPICIOUS))
        passed += judge_candidate(sides[0], sides[1], quick).passes
    assert passed == 0
