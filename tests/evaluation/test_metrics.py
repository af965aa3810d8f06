"""Metrics against definitions worked out by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.metrics import area_under_roc, evaluate, share


def test_wilson_interval_of_a_worked_example() -> None:
    result = share(8, 10)
    assert (result.low, result.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


@given(st.integers(0, 50), st.integers(1, 50))
def test_the_interval_holds_the_value_and_stays_in_range(right: int, wrong: int) -> None:
    result = share(right, right + wrong)
    assert 0.0 <= result.low <= result.value + 1e-12
    assert result.value - 1e-12 <= result.high <= 1.0


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order(pairs: list[tuple[int, bool]]) -> None:
    scores = np.array([score for score, _ in pairs], dtype=float)
    positive = np.array([truth for _, truth in pairs])
    above, below = scores[positive], scores[~positive]
    if not above.size or not below.size:
        assert area_under_roc(scores, positive) is None
        return
    wins = (above[:, None] > below).mean() + 0.5 * (above[:, None] == below).mean()
    assert area_under_roc(scores, positive) == pytest.approx(wins)


def test_an_evaluation_counts_by_class_and_source() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
    result = evaluate(
        ("normal", "ill"), probabilities, ["normal", "ill", "ill", "ill"], ["x", "x", "y", "y"]
    )
    assert result.confusion == ((1, 0), (1, 2))
    assert (result.accuracy.right, result.accuracy.films) == (3, 4)
    assert result.by_source["x"].value == 1.0
    assert result.by_source["y"].value == 0.5
    assert result.per_class[1].sensitivity.value == pytest.approx(2 / 3)
    assert result.per_class[1].specificity.value == 1.0
    assert result.balanced_accuracy == pytest.approx((1 + 2 / 3) / 2)
