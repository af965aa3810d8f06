"""Marks on a film: what comes from a browser is checked, and what goes there comes back."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from cxr_core.domain import AS_STORED
from cxr_core.imaging.preparing import InProcess
from pages.components.viewer import Box, Point, Ruler, ViewerFilm, pack_film
from pages.components.viewer.marks import LONGEST_LABEL, MOST_MARKS, as_told, marks_from
from pages.components.viewer.parcel import source_of
from tests.imaging.films import dataset_of, file_of, stored_chest

if TYPE_CHECKING:
    from pages.components.viewer import Mark

PLACES = st.floats(0, 4000, allow_nan=False)
LABELS = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=LONGEST_LABEL)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
GOOD: dict[str, Any] = {"id": "a1", "kind": "box", "label": "apex", "place": [1, 2, 30, 40.5]}


def told(*marks: Mark) -> list[dict[str, Any]]:
    return [as_told(mark) for mark in marks]


@given(PLACES, PLACES, LABELS)
def test_marks_survive_the_way_to_the_browser_and_back(x: float, y: float, label: str) -> None:
    marks = (
        Point("p", x, y, label),
        Box("b", x, y, x + 1, y + 1, label),
        Ruler("r-_1", x, y, x + 0.5, y, label),
    )
    assert marks_from(json.loads(json.dumps(told(*marks)))) == marks


@given(JSON)
def test_whatever_a_browser_says_is_read_without_an_error(value: object) -> None:
    for each in (value, [value], [{**GOOD, "place": value}], [{**GOOD, "label": value}]):
        assert all(isinstance(mark, Box | Point | Ruler) for mark in marks_from(each))


@pytest.mark.parametrize(
    "broken",
    [
        {"id": ""},
        {"id": "a" * 33},
        {"id": "<b>"},
        {"id": 1},
        {"kind": "circle"},
        {"kind": ["box"]},
        {"label": None},
        {"label": "a" * (LONGEST_LABEL + 1)},
        {"label": "one\nline"},
        {"label": "\ud800"},
        {"place": []},
        {"place": [1, 2, 30]},
        {"place": [1, 2, 30, 40, 50]},
        {"place": "1230"},
        {"place": [1, 2, 30, "40"]},
        {"place": [True, 2, 30, 40]},
        {"place": [1, 2, 30, float("nan")]},
        {"place": [1, 2, float("inf"), 40]},
        {"place": [-1, 2, 30, 40]},
        {"place": [1, 2, 30, 10**400]},
        {"place": [30, 2, 1, 40]},
        {"place": [1, 2, 1, 40]},
        {"kind": "ruler", "place": [1, 2, 1, 2]},
    ],
)
def test_a_broken_mark_is_dropped_and_the_good_one_beside_it_stays(broken) -> None:
    good = {**GOOD, "id": "good"}
    assert [mark.id for mark in marks_from([{**GOOD, **broken}, good])] == ["good"]


def test_a_missing_part_makes_no_mark() -> None:
    for name in GOOD:
        assert marks_from([{key: GOOD[key] for key in GOOD if key != name}]) == ()


def test_the_number_of_marks_is_bounded_and_an_id_counts_once() -> None:
    many = [{**GOOD, "id": f"m{number}"} for number in range(3 * MOST_MARKS)]
    assert len(marks_from(many)) == MOST_MARKS
    assert len(marks_from([GOOD, GOOD])) == 1


def test_a_mark_that_python_makes_itself_is_checked_in_words() -> None:
    with pytest.raises(ValueError, match="expected left < right"):
        Box("a", 3, 0, 1, 5)
    with pytest.raises(ValueError, match="expected 0 to 65535 pixels"):
        Point("a", -1, 0)


def header(parcel: bytes) -> dict[str, Any]:
    length = int.from_bytes(parcel[4:8], "little")
    return json.loads(parcel[8 : 8 + length])


def test_a_parcel_tells_the_spacing_and_whose_film_it_is() -> None:
    data = file_of(dataset_of(stored_chest(), ImagerPixelSpacing=[0.2, 0.1]))
    parcel = pack_film(ViewerFilm.from_look(InProcess().look(data, (), AS_STORED)))
    film = header(parcel)["film"]
    assert (film["spacing"], film["calibrated"]) == ([0.2, 0.1], False)
    assert film["source"] == source_of(parcel) == hashlib.sha256(data).hexdigest()
    bare = pack_film(ViewerFilm(np.zeros((4, 6), np.uint8), 8))
    assert header(bare)["film"]["spacing"] is None
    assert source_of(bare) == header(bare)["film"]["id"]


@pytest.mark.parametrize("spacing", [(0.0, 0.1), (0.1, -1.0), (float("nan"), 0.1)])
def test_a_spacing_that_cannot_be_is_refused(spacing: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected above 0"):
        ViewerFilm(np.zeros((4, 6), np.uint8), 8, spacing_mm=spacing)


def film_page() -> None:
    """Run by Streamlit as a page of its own."""
    import numpy as np
    import streamlit as st

    from pages.components.viewer import Point, ViewerFilm, film_viewer, pack_film

    shelf = st.session_state.setdefault("shelf", {"first": (Point("a", 1, 2.5, "apex"),)})
    source = st.session_state.get("source", "first")
    parcel = pack_film(ViewerFilm(np.zeros((40, 60), np.uint8), 8, source=source), "v")
    st.session_state.found = film_viewer(parcel, "v", shelf)


def test_only_the_marks_of_the_film_on_show_are_told_and_beside_the_parcel() -> None:
    page = AppTest.from_function(film_page).run()
    marks, film = (each.proto for each in page.get("bidi_component"))
    assert page.session_state.found == (Point("a", 1, 2.5, "apex"),)
    told = json.loads(marks.json)
    assert told == {
        "viewer": "v",
        "film": "first",
        "marks": [{"id": "a", "kind": "point", "label": "apex", "place": [1, 2.5]}],
        "serial": told["serial"],
    }
    page.session_state.shelf["first"] = ()
    page.run()
    marks_again, film_again = (each.proto for each in page.get("bidi_component"))
    again = json.loads(marks_again.json)
    assert again["marks"] == []
    assert again["serial"] > told["serial"]
    assert film_again == film
    page.session_state.source = "second"
    page.run()
    assert not page.exception
    assert page.session_state.found == ()
    assert set(page.session_state.shelf) == {"first", "second"}
