"""Probabilities that are true are found true, and a known temperature is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.reliability import (
    assess_reliability,
    calibration_error,
    equal_mass_bins,
    fit_temperature,
)
from tests.evaluation.made import QUICK, cases_of, made_cases


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    cases = made_cases(6000, seed=2, temperature=temperature)
    assert fit_temperature(cases) == pytest.approx(temperature, rel=0.06)


def test_films_that_are_all_right_give_the_lowest_temperature_and_no_error() -> None:
    assert fit_temperature(cases_of([0, 1, 2], [0, 1, 2])) == pytest.approx(0.05, rel=0.01)
    assert fit_temperature(cases_of([0, 1, 2], [1, 2, 0])) == pytest.approx(20, rel=0.01)


def test_calibrating_lowers_every_error_of_a_version_that_is_too_sure() -> None:
    cases = made_cases(4000, seed=3, temperature=3.0)
    before, after = (assess_reliability(cases, each, QUICK) for each in (1.0, 3.0))
    assert after.ece.value < before.ece.value / 3
    assert after.ece_by_class.value < before.ece_by_class.value / 3
    assert after.brier.value < before.brier.value
    assert after.log_loss.value < before.log_loss.value
    # What is left is chance, and so are its bins' distances.
    assert after.ece.value < 2 * after.ece_if_calibrated
    assert before.ece.value > 5 * before.ece_if_calibrated


def test_brier_and_log_loss_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import log_loss

    cases = made_cases(200, seed=4)
    found = assess_reliability(cases, 1.3, QUICK)
    probabilities = cases.probabilities(1.3)
    assert found.log_loss.value == pytest.approx(log_loss(cases.truth, probabilities), abs=1e-9)
    squares = (probabilities - np.eye(3)[cases.truth]) ** 2
    assert found.brier.value == pytest.approx(squares.sum(axis=1).mean(), abs=1e-9)


def test_calibration_error_of_a_worked_example() -> None:
    # Two confidences; half of those at 0.9 are right, all of those at 0.6.
    confidence = np.array([0.9] * 30 + [0.6] * 30)
    right = np.array([True] * 15 + [False] * 15 + [True] * 30)
    assert calibration_error(confidence, right) == pytest.approx((0.4 + 0.4) / 2)


def test_an_overconfident_class_shows_by_class_though_the_favourites_are_right() -> None:
    cases = made_cases(3000, seed=5)
    shifted = replace(cases, logits=cases.logits + np.array([0.0, 0.0, 1.5]))
    assert assess_reliability(shifted, 1.0, QUICK).ece_by_class.value > 0.05
    assert assess_reliability(cases, 1.0, QUICK).ece_by_class.value < 0.03


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.randoms())
def test_bins_follow_the_values_and_equal_values_share_one(values, random) -> None:
    bins = equal_mass_bins(np.array(values))
    told = sorted(zip(values, bins.tolist(), strict=True))
    assert [number for _, number in told] == sorted(bins.tolist())
    assert all(0 <= number < 15 for number in bins)
    shuffled = list(range(len(values)))
    random.shuffle(shuffled)
    np.testing.assert_array_equal(equal_mass_bins(np.array(values)[shuffled]), bins[shuffled])


def test_bins_of_different_values_hold_equally_many_films() -> None:
    sizes = np.bincount(equal_mass_bins(np.random.default_rng(0).random(1000)), minlength=15)
    assert sizes.min() >= 66
    assert sizes.max() <= 67


def test_the_curve_counts_every_film_once() -> None:
    cases = made_cases(310, seed=6)
    curve = assess_reliability(cases, 1.0, QUICK).curve
    assert sum(each.films for each in curve) == 310
    right = sum(each.accuracy * each.films for each in curve)
    assert right == pytest.approx((cases.predicted == cases.truth).sum())
    assert [each.confidence for each in curve] == sorted(each.confidence for each in curve)
