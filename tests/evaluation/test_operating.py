"""A threshold finds, on the films it was chosen on, just the share that was asked for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.operating import OperatingPoint, choose_points, measure_points
from tests.evaluation.made import QUICK, cases_of, made_cases


@given(st.integers(0, 1000), st.floats(0.05, 1.0))
def test_the_threshold_is_the_highest_that_finds_enough(seed: int, wanted: float) -> None:
    cases = made_cases(60, seed=seed)
    for point in choose_points(cases, 1.0, (wanted,)):
        place = cases.classes.index(point.name)
        scores = cases.probabilities()[cases.truth == place, place]
        assert (scores >= point.threshold).mean() >= wanted - 1e-9
        assert (scores > point.threshold).mean() < wanted
        assert point.films == len(scores)


def test_a_class_without_films_has_no_point() -> None:
    points = choose_points(cases_of([0, 1, 0, 1], [0, 1, 1, 0]), 1.0, (0.9, 0.95))
    assert [(point.name, point.wanted) for point in points] == [
        ("normal", 0.9),
        ("normal", 0.95),
        ("pneumonia", 0.9),
        ("pneumonia", 0.95),
    ]


def test_rates_are_measured_on_other_films_at_the_threshold() -> None:
    cases = made_cases(400, seed=8, patients=200)
    (point,) = measure_points(cases, (OperatingPoint("covid19", 0.9, 0.2, 50),), 1.5, QUICK)
    called, ill = cases.probabilities(1.5)[:, 2] >= 0.2, cases.truth == 2
    assert point.sensitivity.value == pytest.approx(called[ill].mean())
    assert point.specificity.value == pytest.approx((~called)[~ill].mean())
    assert point.ppv.value == pytest.approx(ill[called].mean())
    assert point.npv.value == pytest.approx((~ill)[~called].mean())
    assert point.ppv.low < point.ppv.value < point.ppv.high


def test_a_point_that_calls_nothing_has_no_predictive_value() -> None:
    cases = made_cases(50, seed=9)
    (point,) = measure_points(cases, (OperatingPoint("normal", 0.9, 1.0, 9),), 1.0, QUICK)
    assert point.ppv.value is None
    assert point.sensitivity.value == 0.0
    assert np.isfinite(point.sensitivity.high)
    assert measure_points(cases, (), 1.0, QUICK) == ()
