"""Prediction sets hold the true class as often as they promise, in every class."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.conformal import (
    Conformal,
    assess_conformal,
    fewest_films,
    fit_conformal,
    members,
    quantile,
)
from tests.evaluation.made import CLASSES, QUICK, made_cases

TRIALS = 250


def hard_and_rare(films: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a version that is poor at the rarest class, and the truth."""
    truth = generator.choice(3, films, p=[0.5, 0.35, 0.15])
    logits = generator.normal(0.0, 1.0, (films, 3))
    logits[np.arange(films), truth] += np.array([2.5, 2.0, 0.3])[truth]
    shares = np.exp(logits)
    return shares / shares.sum(axis=1, keepdims=True), truth


def covered(thresholds: tuple[float, ...], shares: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return members(shares, thresholds)[np.arange(len(truth)), truth]


def test_sets_cover_as_promised_whatever_the_version() -> None:
    generator = np.random.default_rng(1)
    together, by_class = [], []
    for _ in range(TRIALS):
        shares, truth = hard_and_rare(120, generator)
        errors = 1 - shares[np.arange(120), truth]
        asked, actual = hard_and_rare(200, generator)
        together.append(covered((quantile(errors, 0.9),) * 3, asked, actual).mean())
        own = tuple(quantile(errors[truth == place], 0.9) for place in range(3))
        right = covered(own, asked, actual)
        by_class.append([right[actual == place].mean() for place in range(3)])
    noise = 3 * np.std(together) / math.sqrt(TRIALS)
    assert np.mean(together) >= 0.9 - noise
    spread = 3 * np.std(by_class, axis=0) / math.sqrt(TRIALS)
    assert (np.mean(by_class, axis=0) >= 0.9 - spread).all()


def test_one_threshold_for_all_leaves_the_hard_class_behind() -> None:
    generator = np.random.default_rng(2)
    shares, truth = hard_and_rare(4000, generator)
    errors = 1 - shares[np.arange(4000), truth]
    right = covered((quantile(errors, 0.9),) * 3, shares, truth)
    assert right[truth == 2].mean() < 0.85
    assert right.mean() >= 0.9


def test_the_threshold_of_a_worked_example() -> None:
    errors = np.arange(1, 20) / 20  # 19 films: the 18th smallest of (19 + 1) * 0.9
    assert quantile(errors[::-1].copy(), 0.9) == pytest.approx(18 / 20)
    assert quantile(errors[:8], 0.9) == 1.0  # eight films promise nothing short of all
    assert quantile(errors[:9], 0.9) == pytest.approx(9 / 20)


@given(st.floats(0.5, 0.99))
def test_fewest_films_is_where_a_threshold_begins(level: float) -> None:
    least = fewest_films(level)
    assert quantile(np.zeros(least), level) == 0.0
    assert least < 2 or quantile(np.zeros(least - 1), level) == 1.0


def test_too_few_films_are_refused_and_a_class_of_few_has_no_threshold_of_its_own() -> None:
    cases = made_cases(400, seed=3)
    with pytest.raises(DataError, match=r"There are 8 validation films; .* take 9 or more"):
        fit_conformal(cases.subset(np.arange(400) < 8), 1.0, 0.9)
    few = cases.subset((cases.truth < 2) | (np.cumsum(cases.truth == 2) < 5))
    fitted = fit_conformal(few, 1.0, 0.9)
    assert fitted.by_class == ()
    assert fitted.served == (fitted.threshold,) * 3
    assert len(fit_conformal(cases, 1.0, 0.9).by_class) == 3


@given(
    st.lists(st.floats(0.001, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_a_set_is_never_empty_and_the_favourite_comes_first(
    raw: list[float], thresholds: list[float]
) -> None:
    shares = [value / sum(raw) for value in raw]
    chosen = Conformal(0.9, CLASSES, 0.5, tuple(thresholds)).prediction_set(shares)
    assert shares[CLASSES.index(chosen[0])] == max(shares)
    told = [shares[CLASSES.index(name)] for name in chosen]
    assert told == sorted(told, reverse=True)
    for name, share, threshold in zip(CLASSES, shares, thresholds, strict=True):
        assert name in chosen or 1 - share > threshold


def test_coverage_is_measured_by_class_and_source() -> None:
    cases = made_cases(500, seed=4, patients=300)
    fitted = fit_conformal(made_cases(300, seed=5), 1.0, 0.9)
    found = assess_conformal(cases, fitted, 1.0, 300, QUICK)
    assert found.served == "by_class"
    kept = members(cases.probabilities(), fitted.by_class)
    right = kept[np.arange(500), cases.truth]
    assert found.by_class.coverage.value == pytest.approx(right.mean())
    for place, name in enumerate(CLASSES):
        own = right[cases.truth == place].mean()
        assert found.by_class.by_class[name].value == pytest.approx(own)
    here = np.array(cases.sources) == "here"
    assert found.by_class.by_source["here"].value == pytest.approx(right[here].mean())
    assert found.by_class.mean_size.value == pytest.approx(kept.sum(axis=1).mean())
    assert found.by_class.singletons.value == pytest.approx((kept.sum(axis=1) == 1).mean())
    assert found.by_class.full.value == pytest.approx(kept.all(axis=1).mean())


def test_the_favourite_that_was_put_into_an_empty_set_is_counted() -> None:
    cases = made_cases(100, seed=6)
    found = assess_conformal(cases, Conformal(0.9, CLASSES, 0.0), 1.0, 50, Options(resamples=5))
    assert found.by_class is None
    assert found.served == "together"
    assert found.together.empty.value == 1.0
    assert found.together.singletons.value == 1.0
