"""Two versions on the same films: tests against slow references and worked examples."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.comparison import compare, delong, mcnemar
from tests.evaluation.made import QUICK, cases_of, made_cases


def slow_delong(
    first: np.ndarray, second: np.ndarray, positive: np.ndarray
) -> tuple[float, float]:
    """The areas' difference and its variance by counting every pair (DeLong et al. 1988)."""
    parts = []
    for scores in (first, second):
        above, below = scores[positive][:, None], scores[~positive][None, :]
        parts.append((above > below) + 0.5 * (above == below))
    ill, well = parts[0].shape
    by_ill, by_well = ([part.mean(axis=axis) for part in parts] for axis in (1, 0))
    spread = np.cov(by_ill) / ill + np.cov(by_well) / well
    gap = parts[1].mean() - parts[0].mean()
    return gap, spread[0, 0] + spread[1, 1] - 2 * spread[0, 1]


@given(st.integers(0, 500), st.sampled_from([4, 1000]))
def test_delong_is_the_slow_reference(seed: int, levels: int) -> None:
    generator = np.random.default_rng(seed)
    positive = np.arange(40) < generator.integers(2, 38)
    first, second = generator.integers(0, levels, (2, 40)) / levels
    found = delong("covid19", first, second, positive)
    gap, variance = slow_delong(first, second, positive)
    assert found.difference == pytest.approx(gap, abs=1e-12)
    assert found.error == pytest.approx(np.sqrt(variance), abs=1e-9)


def test_the_same_scores_differ_in_nothing_and_prove_nothing() -> None:
    scores = np.random.default_rng(1).random(30)
    found = delong("normal", scores, scores, np.arange(30) < 10)
    assert (found.difference, found.error, found.p_value) == (0.0, None, None)
    assert delong("normal", scores, scores, np.arange(30) < 1) is None


def test_delong_says_no_more_often_than_it_should_when_nothing_differs() -> None:
    generator = np.random.default_rng(3)
    positive = np.arange(80) < 40
    trials, alarms = 400, 0
    for _ in range(trials):
        common = generator.normal(positive * 1.0)
        first, second = common + generator.normal(0, 0.7, (2, 80))
        alarms += delong("normal", first, second, positive).p_value < 0.05
    assert alarms / trials == pytest.approx(0.05, abs=3.5 * np.sqrt(0.05 * 0.95 / trials))


def test_mcnemar_of_worked_examples() -> None:
    assert mcnemar(0, 0).p_value == 1.0
    assert mcnemar(0, 5).p_value == pytest.approx(2 / 2**5)
    assert mcnemar(8, 2).p_value == pytest.approx(2 * (1 + 10 + 45) / 2**10)


def test_flipped_films_are_named_by_their_places() -> None:
    truth = [0, 0, 1, 2, 1]
    found = compare(cases_of([0, 1, 1, 0, 0], truth), cases_of([0, 0, 0, 1, 0], truth), QUICK)
    assert found.gained == (1,)
    assert found.lost == (2,)
    assert found.flipped == (1, 2, 3)
    assert (found.mcnemar.only_first, found.mcnemar.only_second) == (1, 1)
    assert found.accuracy.difference.value == 0.0


def test_paired_intervals_are_narrower_than_either_side() -> None:
    first = made_cases(600, seed=5, patients=300)
    noise = np.random.default_rng(6).normal(0, 0.3, first.logits.shape)
    second = replace(first, logits=first.logits + noise)
    found = compare(first, second, Options(resamples=300))

    def width(name: str) -> float:
        told = getattr(found.accuracy, name)
        return told.high - told.low

    assert width("difference") < 0.7 * width("first")
    assert found.accuracy.difference.value == pytest.approx(
        found.accuracy.second.value - found.accuracy.first.value
    )
    assert found.auc["covid19"].difference.low < found.auc["covid19"].difference.high
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_worse_version_is_found_out() -> None:
    first = made_cases(600, seed=7)
    noise = np.random.default_rng(8).normal(0, 4.0, first.logits.shape)
    found = compare(first, replace(first, logits=first.logits + noise), QUICK)
    assert found.accuracy.difference.high < 0
    assert found.mcnemar.p_value < 0.001
    assert all(test.p_value < 0.001 for test in found.delong)


def test_other_films_are_refused() -> None:
    cases = made_cases(50, seed=9)
    for other in (
        made_cases(40, seed=9),
        replace(cases, truth=(cases.truth + 1) % 3),
        replace(cases, groups=cases.groups[::-1]),
    ):
        with pytest.raises(DataError, match="not the same"):
            compare(cases, other, QUICK)
