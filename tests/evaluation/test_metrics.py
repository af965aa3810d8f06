"""Metrics against scikit-learn, and against definitions worked out by hand or brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.metrics import (
    Ranking,
    accuracies,
    area_under_roc,
    at_prevalence,
    confusions,
    rates,
    ratio,
    share,
)

EXACT = 1e-9


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


@pytest.mark.parametrize("levels", [4, 10**6], ids=["ties", "no ties"])
@pytest.mark.parametrize("seed", range(5))
def test_areas_are_those_of_scikit_learn_with_weights_and_ties(seed: int, levels: int) -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    generator = np.random.default_rng(seed)
    scores = generator.integers(0, levels, 200) / levels
    positive = generator.random(200) < 0.3
    weights = generator.integers(0, 4, (3, 200)).astype(float)
    ranking = Ranking.of(scores, positive)
    areas, precisions = ratio(*ranking.areas(weights)), ranking.precisions(weights)
    for row, area, precision in zip(weights, areas, precisions, strict=True):
        known = {"y_true": positive, "y_score": scores, "sample_weight": row}
        assert area == pytest.approx(roc_auc_score(**known), abs=EXACT)
        assert precision == pytest.approx(average_precision_score(**known), abs=EXACT)


@pytest.mark.parametrize("absent", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_rates_are_those_of_scikit_learn(seed: int, absent: bool) -> None:
    from sklearn.metrics import (
        accuracy_score,
        balanced_accuracy_score,
        confusion_matrix,
        f1_score,
        precision_score,
        recall_score,
    )

    generator = np.random.default_rng(seed)
    truth = generator.integers(0, 2 if absent else 3, 150)
    called = generator.integers(0, 3, 150)
    weights = generator.integers(0, 3, (2, 150)).astype(float)
    tables = confusions(truth, called, 3, weights)
    found = rates(tables)
    for sample, row in enumerate(weights):
        known = {"sample_weight": row}
        np.testing.assert_array_equal(
            tables[sample], confusion_matrix(truth, called, labels=[0, 1, 2], **known)
        )
        assert accuracies(tables)[sample] == pytest.approx(
            accuracy_score(truth, called, **known), abs=EXACT
        )
        for place in range(3):
            own, said = truth == place, called == place
            expected = {
                "sensitivity": recall_score(own, said, zero_division=np.nan, **known),
                "specificity": recall_score(~own, ~said, zero_division=np.nan, **known),
                "ppv": precision_score(own, said, zero_division=np.nan, **known),
                "npv": precision_score(~own, ~said, zero_division=np.nan, **known),
                "f1": f1_score(own, said, zero_division=np.nan, **known),
            }
            for name, value in expected.items():
                assert found[name][sample, place] == pytest.approx(
                    value, abs=EXACT, nan_ok=True
                )
        if not absent:
            assert found["sensitivity"][sample].mean() == pytest.approx(
                balanced_accuracy_score(truth, called, **known), abs=EXACT
            )


def test_what_nobody_can_answer_is_not_a_number() -> None:
    truth, called = np.array([0, 0]), np.array([0, 0])
    found = rates(confusions(truth, called, 2, np.ones((1, 2))))
    assert found["sensitivity"][0].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)
    assert found["specificity"][0].tolist() == pytest.approx([np.nan, 1.0], nan_ok=True)
    assert np.isnan(found["npv"][0, 0])


def test_predictive_values_of_a_worked_example_follow_bayes() -> None:
    # Sensitivity and specificity 0.9: of 1,000 with 10 ill, 9 are found and 99 alarmed.
    ppv, npv = at_prevalence(np.array([0.9]), np.array([0.9]), 0.01)
    assert ppv[0] == pytest.approx(9 / 108)
    assert npv[0] == pytest.approx(891 / 892)


def test_predictive_values_at_the_prevalence_of_the_films_are_the_plain_ones() -> None:
    generator = np.random.default_rng(3)
    truth, called = generator.integers(0, 3, (2, 100))
    found = rates(confusions(truth, called, 3, np.ones((1, 100))))
    for place in range(3):
        told = at_prevalence(
            found["sensitivity"][:, place],
            found["specificity"][:, place],
            float((truth == place).mean()),
        )
        assert told[0] == pytest.approx(found["ppv"][:, place], abs=EXACT)
        assert told[1] == pytest.approx(found["npv"][:, place], abs=EXACT)
