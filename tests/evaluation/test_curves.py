"""Curves pass through the points of scikit-learn, and stay light enough to draw."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.evaluation.curves import POINTS, precision_recall_curve, roc_curve


@pytest.mark.parametrize("levels", [6, 10**6])
def test_curves_are_those_of_scikit_learn(levels: int) -> None:
    from sklearn import metrics

    generator = np.random.default_rng(1)
    scores = generator.integers(0, levels, 120) / levels
    positive = generator.random(120) < 0.4
    roc = roc_curve(scores, positive)
    points = zip(
        *metrics.roc_curve(positive, scores, drop_intermediate=False)[::-1], strict=True
    )
    known = {threshold: (found, alarms) for threshold, found, alarms in points}
    drawn = zip(roc.threshold, roc.true_positive_rate, roc.false_positive_rate, strict=True)
    for threshold, found, alarms in drawn:
        expected = (0.0, 0.0) if threshold is None else known[threshold]
        assert expected == pytest.approx((found, alarms))
    # Nothing is lost with the points on straight lines.
    area = metrics.auc(roc.false_positive_rate, roc.true_positive_rate)
    assert area == pytest.approx(metrics.roc_auc_score(positive, scores), abs=1e-9)
    curve = precision_recall_curve(scores, positive)
    precision, recall, thresholds = metrics.precision_recall_curve(positive, scores)
    known = {
        threshold: (p, r)
        for threshold, p, r in zip(thresholds, precision, recall, strict=False)
    }
    assert curve.recall[-1] == 1.0
    for own, r, p in zip(curve.threshold, curve.recall, curve.precision, strict=True):
        assert known[own] == pytest.approx((p, r))


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    generator = np.random.default_rng(2)
    scores, positive = generator.random(5000), generator.random(5000) < 0.5
    roc = roc_curve(scores, positive)
    assert len(roc.threshold) <= POINTS
    assert (roc.false_positive_rate[0], roc.true_positive_rate[0]) == (0.0, 0.0)
    assert (roc.false_positive_rate[-1], roc.true_positive_rate[-1]) == (1.0, 1.0)
    curve = precision_recall_curve(scores, positive)
    assert len(curve.recall) <= POINTS
    assert curve.recall[-1] == 1.0


def test_one_sided_films_have_no_curve() -> None:
    scores = np.array([0.1, 0.9])
    assert roc_curve(scores, np.array([True, True])) is None
    assert roc_curve(scores, np.array([False, False])) is None
    assert precision_recall_curve(scores, np.array([False, False])) is None
