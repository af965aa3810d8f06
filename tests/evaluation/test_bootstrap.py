"""Intervals hold the truth about as often as they say, because patients are what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.evaluation.bootstrap import Options, bootstrap, film_weights
from cxr_core.evaluation.metrics import FloatMatrix, Ranking, ratio

TRIALS, PATIENTS, FILMS = 300, 80, 4


def test_a_patients_films_are_drawn_together_and_as_many_patients_as_there_are() -> None:
    groups = ["a", "b", "b", "c", "a"]
    (weights,) = film_weights(groups, 50, seed=1)
    assert weights.shape == (50, 5)
    np.testing.assert_array_equal(weights[:, 0], weights[:, 4])
    np.testing.assert_array_equal(weights[:, 1], weights[:, 2])
    np.testing.assert_array_equal(weights[:, [0, 1, 3]].sum(axis=1), 3.0)
    assert len({tuple(row) for row in weights.tolist()}) > 5


def test_the_same_seed_draws_the_same_and_another_something_else() -> None:
    groups = [str(place) for place in range(30)]
    first, again, other = (next(film_weights(groups, 20, seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def mean_of(values: FloatMatrix) -> object:
    return lambda weights: {"mean": weights @ values / weights.sum(axis=1)}


def coverage(of_patients: bool) -> float:
    """Share of trials whose interval holds 0.7, when a patient's films are mostly alike."""
    generator = np.random.default_rng(7)
    people = np.repeat(np.arange(PATIENTS), FILMS)
    groups = people if of_patients else np.arange(len(people))
    hits = 0
    for trial in range(TRIALS):
        ease = generator.beta(0.7, 0.3, PATIENTS)[people]
        right = (generator.random(len(people)) < ease).astype(float)
        options = Options(resamples=300, seed=trial)
        told = bootstrap(mean_of(right), [str(each) for each in groups], options)
        found = told.measure("mean")
        hits += found.low <= 0.7 <= found.high
    return hits / TRIALS


def test_intervals_cover_at_the_stated_rate_and_films_taken_for_patients_do_not() -> None:
    spread = np.sqrt(0.95 * 0.05 / TRIALS)
    assert 0.95 - 3.5 * spread <= coverage(of_patients=True) <= 0.95 + 3.5 * spread
    assert coverage(of_patients=False) < 0.85


def test_intervals_of_an_area_cover_at_the_stated_rate() -> None:
    from scipy.stats import norm

    truth = float(norm.cdf(1.0 / np.sqrt(2)))  # two normal scores, one apart
    generator = np.random.default_rng(11)
    positive = np.arange(160) < 60
    groups = [str(place) for place in range(160)]
    hits = 0
    for trial in range(TRIALS):
        ranking = Ranking.of(generator.normal(positive.astype(float)), positive)
        told = bootstrap(
            lambda weights, ranking=ranking: {"auc": ratio(*ranking.areas(weights))},
            groups,
            Options(resamples=300, seed=trial),
        ).measure("auc")
        hits += told.low <= truth <= told.high
    spread = np.sqrt(0.95 * 0.05 / TRIALS)
    assert 0.95 - 3.5 * spread <= hits / TRIALS <= 0.95 + 3.5 * spread


def test_resamples_without_an_answer_are_left_out_and_counted() -> None:
    values = np.array([1.0] + [0.0] * 9)

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        return {"share": ratio(weights @ values, weights @ values)}

    found = bootstrap(statistic, [str(n) for n in range(10)], Options(resamples=1000, seed=5))
    told = found.measure("share")
    # A patient is in no draw of ten with probability 0.9 ** 10.
    assert told.undefined / 1000 == pytest.approx(0.9**10, abs=0.05)
    assert told.value == told.low == told.high == 1.0


def test_what_is_never_defined_has_no_value() -> None:
    told = bootstrap(
        lambda weights: {"none": np.full(len(weights), np.nan)},
        ["a", "b"],
        Options(resamples=10),
    ).measure("none")
    assert (told.value, told.low, told.high, told.undefined) == (None, None, None, 10)


def test_all_right_is_not_taken_for_never_wrong() -> None:
    told = bootstrap(mean_of(np.ones(12)), list("abcdefghijkl"), Options(resamples=50))
    assert told.measure("mean").low == 1.0
    assert told.measure("mean", trials=12).low == pytest.approx(0.7575, abs=1e-3)
