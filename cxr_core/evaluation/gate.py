"""The gate: whether a candidate may take a champion's place, by films that neither has seen.

A candidate passes by being better, or by being the same. Better means that the difference in
balanced accuracy is above nought in the whole of its interval, and that swapping the two
versions' answers at random, patient by patient, gives so large a difference in fewer than one
in twenty cases. The same means that the whole interval lies within a small margin and that the
candidate is not behind. What lies between, better but perhaps by chance, does not pass. Beside
that it must not lose sensitivity for a disease, nor be worse calibrated, nor rest on shortcuts.

Every candidate that is tried on the same films has its own chance of passing by luck: the gate
is a floor, not a proof.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.comparison import compare
from cxr_core.evaluation.gate_terms import AuditVerdict, Check, Decision, GateOptions, Side

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.comparison import Comparison, Difference

_VERDICTS = ("fails", "suspicious", "passes")
_MOST_ENUMERATED = 14  # patients whose swaps are all tried: 16,384 of them
_SWAPS = 20_000


def judge_candidate(
    champion: Side, candidate: Side, options: GateOptions | None = None
) -> Decision:
    """Decide on the films that neither version has seen, the same in the same order.

    Raises
    ------
    DataError
        When films, patients or truth are not the same.
    """
    options = options or GateOptions()
    first = [_classes_check(champion, candidate), _seen_check(candidate)]
    if first[0].passed:
        candidate = replace(candidate, cases=_in_order(candidate.cases, champion.cases.classes))
        first.append(_films_check(champion.cases, options))
    if not all(each.passed for each in first):
        return _decision(champion, candidate, tuple(first), is_decided=False)
    found = compare(
        champion.cases,
        candidate.cases,
        options.bootstrap,
        (champion.temperature, candidate.temperature),
        has_areas=False,
    )
    checks = (
        *first,
        _better_check(found, swap_p_value(champion.cases, candidate.cases), options),
        *_sensitivity_checks(found, options),
        _calibration_check(found.ece, options),
        _audit_check(champion.audit, candidate.audit, options),
    )
    return _decision(champion, candidate, checks, is_decided=True)


def swap_p_value(first: Cases, second: Cases, seed: int = 20260) -> float:
    """Test that two versions have the same balanced accuracy, by swapping their answers.

    If they are alike, a patient's answers may be swapped between them without changing what is
    likely (the paired randomisation test, Fisher 1935). Two-sided; all swaps are tried where
    few patients differ, else 20,000 at random, the observed one counted among them (Phipson &
    Smyth 2010). Classes, truth and patients are the same.
    """
    gains = _gains(first, second)
    gains = gains[np.abs(gains) > 1e-12]
    if not len(gains):
        return 1.0
    observed = abs(gains.sum()) - 1e-12
    if len(gains) <= _MOST_ENUMERATED:
        places = np.arange(2 ** len(gains))[:, None] >> np.arange(len(gains))
        drawn = (1 - 2 * (places & 1)) @ gains
        return float(np.mean(np.abs(drawn) >= observed))
    generator = np.random.default_rng(seed)
    signs = generator.integers(0, 2, (_SWAPS, len(gains)), dtype=np.int8)
    reached = np.abs((1.0 - 2.0 * signs) @ gains) >= observed
    return float((reached.sum() + 1) / (_SWAPS + 1))


def _gains(first: Cases, second: Cases) -> NDArray[np.float64]:
    """What each patient adds to the difference in balanced accuracy: (patients,)."""
    counts = np.bincount(first.truth, minlength=len(first.classes)).astype(np.float64)
    weight = 1.0 / (counts[first.truth] * np.count_nonzero(counts))
    right = [(cases.predicted == cases.truth).astype(np.float64) for cases in (first, second)]
    _, patient = np.unique(np.asarray(first.groups, dtype=str), return_inverse=True)
    summed = np.bincount(patient, weights=weight * (right[1] - right[0]))
    return np.asarray(summed, dtype=np.float64)


def _decision(
    champion: Side, candidate: Side, checks: tuple[Check, ...], *, is_decided: bool
) -> Decision:
    cases = champion.cases
    return Decision(
        champion.name, candidate.name, len(cases), cases.patients, is_decided, checks
    )


def _in_order(cases: Cases, classes: tuple[str, ...]) -> Cases:
    """Put the columns of the logits, and the truth, into another order of the same classes."""
    if cases.classes == classes:
        return cases
    columns = [cases.classes.index(name) for name in classes]
    places = np.array([classes.index(name) for name in cases.classes], dtype=np.intp)
    return replace(
        cases, classes=classes, logits=cases.logits[:, columns], truth=places[cases.truth]
    )


def _classes_check(champion: Side, candidate: Side) -> Check:
    own, other = candidate.cases.classes, champion.cases.classes
    return Check(
        "classes",
        "The same classes",
        ", ".join(own),
        f"The champion's: {', '.join(other)}.",
        set(own) == set(other),
    )


def _seen_check(candidate: Side) -> Check:
    told = "It tells." if candidate.says_what_it_saw else "It does not tell: no seen.txt."
    return Check(
        "seen",
        "Tells what it was trained on",
        told,
        "A list of what it has seen, so that it is judged on other patients only.",
        candidate.says_what_it_saw,
    )


def _films_check(cases: Cases, options: GateOptions) -> Check:
    counts = np.bincount(cases.truth, minlength=len(cases.classes)).tolist()
    told = ", ".join(
        f"{count} {name}" for name, count in zip(cases.classes, counts, strict=True)
    )
    least = options.least_films_of_a_class
    return Check(
        "films",
        "Enough films that neither has seen",
        f"{len(cases)} films of {cases.patients} patients: {told}.",
        f"At least {options.least_films} films, {least} of each class. With fewer the gate "
        "cannot decide.",
        len(cases) >= options.least_films and min(counts) >= least,
    )


def _better_check(found: Comparison, p_value: float, options: GateOptions) -> Check:
    measure = found.balanced_accuracy.difference
    value, low, high = measure.value or 0.0, _or_zero(measure.low), _or_zero(measure.high)
    margin = options.equal_margin
    is_better = low > 0 and p_value < options.significance
    is_equal = value >= 0 and low > -margin and high < margin
    if is_better:
        words = "Better, and not by chance"
    elif is_equal:
        words = "The same"
    elif value > 0:
        words = "Better, but that may be chance"
    elif value == 0:
        words = "No difference was seen, but the films leave room for one"
    else:
        words = "Worse"
    return Check(
        "balanced_accuracy",
        "As good as the champion, or better",
        f"{words}: balanced accuracy {_pair(found.balanced_accuracy)}; swapping answers "
        f"between the two gives as much in {_share(p_value)} of the cases.",
        f"The whole interval above 0 and less than {100 * options.significance:.0f} % by "
        f"swapping; or no loss, and the whole interval within {_margin(margin)}.",
        is_better or is_equal,
    )


def _sensitivity_checks(found: Comparison, options: GateOptions) -> tuple[Check, ...]:
    margin = options.sensitivity_margin
    checks = []
    for name in options.diseases:
        told = found.sensitivity.get(name)
        if told is None:
            continue
        value, low = told.difference.value or 0.0, _or_zero(told.difference.low)
        if low >= -margin:
            words = "Not lost"
        elif value < -margin:
            words = "Lost"
        else:
            words = "A loss cannot be ruled out"
        checks.append(
            Check(
                f"sensitivity_{name}",
                f"Sensitivity for {name}",
                f"{words}: {_pair(told)}.",
                f"The whole interval above a loss of {_margin(margin)}.",
                low >= -margin,
            )
        )
    return tuple(checks)


def _calibration_check(ece: Difference, options: GateOptions) -> Check:
    value = ece.difference.value or 0.0
    return Check(
        "calibration",
        "Calibration",
        f"Expected calibration error, each at its own temperature: {_pair(ece)}.",
        f"At most {_margin(options.ece_margin)} more than the champion's.",
        value <= options.ece_margin,
    )


def _audit_check(
    champion: AuditVerdict | None, candidate: AuditVerdict | None, options: GateOptions
) -> Check:
    title, name = "Shortcut audit", "audit"
    demanded = "An audit that does not fail"
    if champion is not None:
        demanded += (
            f", with a score at most {options.audit_margin:g} below the champion's "
            f"{champion.score:.2f} ({champion.verdict})"
        )
    demanded += "."
    if candidate is None:
        return Check(name, title, "It was not audited.", demanded, False)
    is_close = champion is None or candidate.score >= champion.score - options.audit_margin
    return Check(
        name,
        title,
        f"Score {candidate.score:.2f}: {candidate.verdict}.",
        demanded,
        candidate.verdict in _VERDICTS[1:] and is_close,
    )


def _or_zero(value: float | None) -> float:
    return 0.0 if value is None else value


def _pair(told: Difference) -> str:
    """Say both values and their difference in points, as 87.1 % against 86.0 %."""
    gap = told.difference
    return (
        f"{_percent(told.second)} against {_percent(told.first)}, a difference of "
        f"{_points(gap.value)} points (95 % interval {_points(gap.low)} to {_points(gap.high)})"
    )


def _percent(measure: Measure) -> str:
    return "not known" if measure.value is None else f"{100 * measure.value:.1f} %"


def _margin(share: float) -> str:
    return "1 point" if share == 0.01 else f"{100 * share:g} points"


def _share(value: float) -> str:
    return "less than 0.1 %" if value < 0.001 else f"{100 * value:.1f} %"


def _points(value: float | None) -> str:
    return (
        "not known" if value is None else f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")
    )
