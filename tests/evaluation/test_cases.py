"""Cases hold together, or say what does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxr_core.errors import DataError
from cxr_core.evaluation.cases import Cases, softmax
from tests.evaluation.made import made_cases

GOOD: dict[str, Any] = {
    "classes": ("normal", "covid19"),
    "logits": np.zeros((3, 2)),
    "truth": np.array([0, 1, 0]),
    "groups": ("a", "a", "b"),
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"logits": np.zeros((3, 3))}, "shape"),
        ({"logits": np.zeros((0, 2)), "truth": np.zeros(0, int), "groups": ()}, "at least one"),
        ({"logits": np.array([[0.0, np.inf]] * 3)}, "finite"),
        ({"truth": np.array([0, 1])}, "one index a film"),
        ({"truth": np.array([0.0, 1.0, 0.0])}, "one index a film"),
        ({"truth": np.array([0, 2, 0])}, "indices of 2 classes"),
        ({"truth": np.array([0, -1, 0])}, "indices of 2 classes"),
        ({"groups": ("a", "b")}, "2 groups for 3 films"),
        ({"ages": (1.0,)}, "1 ages for 3 films"),
        ({"classes": ("a", "a")}, "two or more names"),
    ],
)
def test_parts_that_do_not_fit_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Cases(**GOOD | wrong)


def test_what_is_not_told_is_unknown_and_nothing_can_be_written() -> None:
    cases = Cases(**GOOD)
    assert cases.sources == cases.views == cases.sexes == ("", "", "")
    assert cases.ages == (None, None, None)
    assert cases.patients == 2
    with pytest.raises(ValueError, match="read-only"):
        cases.logits[0, 0] = 1.0
    GOOD["logits"][0, 0] = 0.0  # the caller's array is still the caller's


def test_a_subset_keeps_films_whole() -> None:
    cases = made_cases(40)
    mask = cases.truth == 1
    part = cases.subset(mask)
    places = np.flatnonzero(mask)
    assert len(part) == len(places)
    for own, place in enumerate(places):
        assert part.groups[own] == cases.groups[place]
        assert part.ages[own] == cases.ages[place]
        np.testing.assert_array_equal(part.logits[own], cases.logits[place])
    with pytest.raises(DataError, match="at least one"):
        cases.subset(np.zeros(40, bool))


@given(
    st.lists(st.lists(st.floats(-800, 800), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0.05, 20),
)
def test_softmax_sums_to_one_and_no_temperature_changes_who_leads(
    rows: list[list[float]], temperature: float
) -> None:
    probabilities = softmax(np.array(rows), temperature)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    for row, told in zip(rows, probabilities, strict=True):
        assert told[int(np.argmax(row))] == told.max()
