"""The reading order follows from what the models say, and from nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.domain import ModelRef, Prediction, Priority
from cxr_core.triage import decide, prediction_set

CLASSES = ("normal", "pneumonia", "covid19")


def prediction(
    *probabilities: float,
    name: str = "a",
    classes: tuple[str, ...] = CLASSES,
    mass: float = 0.9,
) -> Prediction:
    return Prediction(
        model=ModelRef(name, "1", "0" * 64),
        classes=classes,
        probabilities=probabilities,
        logits=probabilities,
        heatmaps=np.zeros((len(classes), 2, 2), np.float32),
        prediction_set=prediction_set(classes, probabilities, mass),
        reassuring=tuple(name for name in classes if name == "normal"),
        device="CPU",
        seconds=0.1,
    )


def test_a_certain_finding_is_urgent_and_a_certain_normal_routine() -> None:
    assert decide([prediction(0.02, 0.03, 0.95)], []).priority is Priority.URGENT
    assert decide([prediction(0.95, 0.03, 0.02)], []).priority is Priority.ROUTINE
    assert decide([prediction(0.5, 0.46, 0.04)], []).priority is Priority.SOON


def test_unread_sorts_right_after_urgent() -> None:
    order = sorted(Priority, key=lambda priority: priority.rank)
    assert order == [Priority.URGENT, Priority.UNREAD, Priority.SOON, Priority.ROUTINE]


def test_the_models_abstain_on_a_gate_flag_however_sure_they_are() -> None:
    decision = decide([prediction(0.0, 0.0, 1.0)], ["gate_not_chest_like"])
    assert decision.priority is Priority.UNREAD
    assert "gate_not_chest_like" in decision.flags


def test_the_models_abstain_when_they_can_rule_nothing_out() -> None:
    assert decide([prediction(0.34, 0.33, 0.33)], []).priority is Priority.UNREAD


def test_disagreement_is_flagged_and_never_routine() -> None:
    decision = decide(
        [prediction(0.95, 0.03, 0.02, name="a"), prediction(0.44, 0.55, 0.01, name="b")], []
    )
    assert "models_disagree" in decision.flags
    assert decision.priority is Priority.SOON
    assert "disagree" in decision.reason


def test_models_with_other_classes_are_not_said_to_disagree() -> None:
    other = prediction(0.9, 0.1, name="b", classes=("calm", "storm"))
    decision = decide([prediction(0.95, 0.03, 0.02), other], [])
    assert "models_disagree" not in decision.flags
    assert decision.score == pytest.approx(0.05)


def test_without_a_reassuring_class_nobody_ranks() -> None:
    decision = decide([prediction(0.9, 0.1, classes=("calm", "storm"))], [])
    assert decision.priority is Priority.UNREAD


shares = st.lists(st.floats(0.001, 1.0), min_size=2, max_size=6)


@given(shares)
def test_the_prediction_set_is_the_smallest_that_reaches_its_mass(raw: list[float]) -> None:
    probabilities = [value / sum(raw) for value in raw]
    classes = [str(index) for index in range(len(raw))]
    chosen = [probabilities[int(name)] for name in prediction_set(classes, probabilities)]
    assert sum(chosen) >= 0.9 - 1e-6
    assert sum(chosen) - min(chosen) < 0.9
    assert chosen == sorted(chosen, reverse=True)


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_probability_of_a_finding_is_never_read_later(a: float, b: float) -> None:
    low, high = sorted((a, b))
    scores = [decide([prediction(1 - p, p / 2, p / 2)], []).score for p in (low, high)]
    assert scores[0] <= scores[1] + 1e-9
