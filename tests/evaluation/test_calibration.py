"""What a version carries of its validation films is read back whole, or refused by name."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.errors import DataError, ModelError
from cxr_core.evaluation.calibration import fit_calibration, parse_calibration
from tests.evaluation.made import CLASSES, made_cases

FITTED = fit_calibration(made_cases(300, seed=1, temperature=2.0, patients=200), "digest")
RECORD = FITTED.as_dict()


def test_a_calibration_comes_back_from_json_as_it_was() -> None:
    assert parse_calibration(json.loads(json.dumps(RECORD)), CLASSES) == FITTED
    assert FITTED.temperature == pytest.approx(2.0, rel=0.25)
    assert (FITTED.films, FITTED.manifest) == (300, "digest")
    assert len(FITTED.points) == 6


def test_a_version_without_one_has_none() -> None:
    assert parse_calibration(None, CLASSES) is None


def test_a_class_with_few_films_leaves_one_threshold_for_all() -> None:
    cases = made_cases(300, seed=2)
    few = fit_calibration(cases.subset(cases.truth != 2), "digest")
    assert few.conformal.by_class == ()
    assert parse_calibration(few.as_dict(), CLASSES) == few
    with pytest.raises(DataError, match="9 or more"):
        fit_calibration(cases.subset(np.arange(300) < 5), "digest")


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (["temperature"], float("nan"), "temperature"),
        (["temperature"], float("inf"), "temperature"),
        (["temperature"], 0, "temperature"),
        (["temperature"], -1.0, "temperature"),
        (["temperature"], 10**400, "temperature"),
        (["temperature"], True, "temperature"),
        (["temperature"], "1.0", "temperature"),
        (["temperature"], None, "temperature"),
        (["conformal"], None, "conformal"),
        (["conformal"], [0.9], "conformal"),
        (["conformal", "level"], 0.0, "level"),
        (["conformal", "threshold"], 1.5, "threshold"),
        (["conformal", "threshold"], float("nan"), "threshold"),
        (["conformal", "by_class"], {"normal": 0.5}, "by_class"),
        (["conformal", "by_class"], [0.5, 0.5, 0.5], "by_class"),
        (["conformal", "by_class", "normal"], "x", "normal"),
        (["operating_points"], [], "operating_points"),
        (["operating_points", "storm"], [], "storm"),
        (["operating_points", "normal"], {}, "normal"),
        (["operating_points", "normal"], [1], "normal"),
        (["operating_points", "normal"], [{}] * 101, "at most 100"),
        (["operating_points", "normal", 0, "threshold"], 2, "threshold"),
        (["films"], 0, "films"),
        (["films"], 1.5, "films"),
        (["patients"], True, "patients"),
        (["manifest"], 7, "manifest"),
    ],
)
def test_what_cannot_be_true_is_refused_by_name(path: list, value: Any, named: str) -> None:
    record = copy.deepcopy(RECORD)
    place: Any = record
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ModelError, match=f"{named}.*Evaluate the version again"):
        parse_calibration(record, CLASSES)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*RECORD, *RECORD["conformal"], *CLASSES]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(plain)
def test_nothing_else_ever_comes_of_a_hostile_record(record: object) -> None:
    try:
        found = parse_calibration(record, CLASSES)
    except ModelError:
        return
    assert found is None or 0.05 <= found.temperature <= 20
