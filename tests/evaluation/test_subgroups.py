"""Groups are the films they say they are, and small ones say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.evaluation.metrics import area_under_roc, wilson
from cxr_core.evaluation.subgroups import (
    age_band,
    measure_group,
    measure_subgroups,
    within_source_areas,
)
from tests.evaluation.made import CLASSES, QUICK, made_cases


@pytest.mark.parametrize(
    ("years", "band"),
    [
        (0.0, "0-5"),
        (5.99, "0-5"),
        (6.0, "6-17"),
        (17.5, "6-17"),
        (18.0, "18-39"),
        (64.9, "40-64"),
        (65.0, "65+"),
        (104.0, "65+"),
        (-1.0, "unknown"),
        (float("nan"), "unknown"),
        (None, "unknown"),
    ],
)
def test_an_age_is_in_its_band(years: float | None, band: str) -> None:
    assert age_band(years) == band


def test_every_film_is_in_one_group_of_each_kind() -> None:
    cases = made_cases(400, seed=1, patients=250)
    found = measure_subgroups(cases, 1.0, QUICK)
    assert list(found) == ["source", "view", "sex", "age"]
    for groups in found.values():
        assert sum(group.films for group in groups) == 400
    assert [group.name for group in found["age"]] == [
        "0-5",
        "6-17",
        "18-39",
        "40-64",
        "65+",
        "unknown",
    ]
    assert [group.name for group in found["sex"]] == ["F", "M", "unknown"]
    men = np.array(cases.sexes) == "M"
    right = cases.predicted == cases.truth
    assert found["sex"][1].accuracy.value == pytest.approx(right[men].mean())


def test_a_group_of_one_class_has_a_sensitivity_and_no_area() -> None:
    cases = made_cases(300, seed=2)
    found = measure_group("covid19 only", cases.subset(cases.truth == 2), 1.0, QUICK)
    assert found.auc == {}
    assert list(found.sensitivity) == ["covid19"]
    assert found.sensitivity["covid19"].value == found.accuracy.value


def test_small_groups_have_wilsons_interval_on_their_patients() -> None:
    cases = made_cases(300, seed=3)
    small = replace(cases.subset(np.arange(300) < 30), groups=("one", "two", "three") * 10)
    found = measure_group("few", small, 1.0, QUICK)
    assert found.is_small
    assert (found.films, found.patients) == (30, 3)
    low, high = wilson(found.accuracy.value, 3)
    assert (found.accuracy.low, found.accuracy.high) == (low, high)
    assert all(each.low is None for each in found.auc.values())
    assert not measure_group("many", cases, 1.0, QUICK).is_small


@given(st.integers(0, 200))
def test_within_sources_only_pairs_of_one_source_count(seed: int) -> None:
    cases = made_cases(60, seed=seed)
    found = within_source_areas(cases, 1.0, replace(QUICK, resamples=5))
    scores, sources = cases.probabilities(), np.array(cases.sources)
    for place, name in enumerate(CLASSES):
        wins = pairs = 0.0
        for source in ("here", "there"):
            own = sources == source
            positive = cases.truth[own] == place
            area = area_under_roc(scores[own, place], positive)
            if area is not None:
                among = positive.sum() * (~positive).sum()
                wins, pairs = wins + area * among, pairs + among
        assert found[name].value == (pytest.approx(wins / pairs) if pairs else None)


def test_a_version_that_only_knows_the_hospital_shines_pooled_and_not_within() -> None:
    generator = np.random.default_rng(4)
    there = np.arange(400) < 200
    ill = generator.random(400) < np.where(there, 0.9, 0.1)
    cases = replace(
        made_cases(400, classes=("normal", "covid19")),
        logits=np.stack([there * -4.0, there * 4.0], axis=1)
        + generator.normal(0, 0.1, (400, 2)),
        truth=ill.astype(int),
        sources=tuple(np.where(there, "there", "here").tolist()),
    )
    assert area_under_roc(cases.probabilities()[:, 1], ill) > 0.85
    within = within_source_areas(cases, 1.0, QUICK)["covid19"]
    assert within.low < 0.5 < within.high
