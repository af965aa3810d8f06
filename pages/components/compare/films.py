"""One film under several versions: linked panels, probabilities, and where they look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import BURNED_IN_FLAG
from cxr_core.services import Table, overlaps, table_html
from pages.components.film import film_of
from pages.components.parts.states import show_empty, show_fault, show_warnings
from pages.components.session import actor, comparer, worklist
from pages.components.text import plain
from pages.components.texts import say
from pages.components.upload import film_shelf, show_uploader
from pages.components.viewer import film_viewer, pack_film
from pages.components.worklist import warnings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Prediction, Reading
    from cxr_core.services import Overlap

_KEY = "compare"
_MOST_KEPT = 60
_OVERLAP = ("dice", "iou", "correlation", "words")


@dataclass(slots=True)
class _Bench:
    """What versions said of films: newest last.

    `parcel` is the film under the viewer, packed once for a set of predictions.
    """

    said: dict[tuple[int, str], Reading] = field(default_factory=dict)
    files: dict[int, FilmFile] = field(default_factory=dict)
    parcel: tuple[object, bytes] | None = None


def add_films() -> None:
    """Draw what takes films; they come to the end of the worklist, and the last is chosen.

    Raises
    ------
    AccessError, StorageError
        When nobody is signed in, or the disk refuses.
    """
    shelf = film_shelf()
    if arrived := list(shelf.collect()):
        worklist().add(iter(arrived))
        st.session_state.compare_wanted = arrived[-1].name
    show_uploader(shelf, is_reading=False, is_small=True)


def choose_film() -> FilmFile | None:
    """Draw the choice of a film of the worklist; None while it is empty."""
    found = worklist()
    films = [*(case.file for case in found.readable()), *found.waiting]
    if not films:
        show_empty(say("compare-no-film"), say("compare-no-film-do"))
        return None
    titles = [film.name for film in films]
    wanted = st.session_state.pop("compare_wanted", None)
    if wanted in titles:
        st.session_state.compare_film = titles.index(wanted)
    if st.session_state.get("compare_film", 0) >= len(films):
        st.session_state.compare_film = 0
    place = st.selectbox(
        say("compare-film"),
        range(len(films)),
        format_func=lambda place: say(
            "compare-film-place", place=place + 1, total=len(films), name=titles[place]
        ),
        key="compare_film",
    )
    return films[int(place)]


def show_films(names: Sequence[str], film: FilmFile) -> None:
    """Draw a film as each version sees it.

    Raises
    ------
    CxrError
        When a version cannot be loaded, or the film no longer be decoded.
    """
    bench = _bench()
    readings = [_reading(bench, film, name, names) for name in names]
    refused = next((each.refusal for each in readings if each.refusal is not None), None)
    if refused is not None:
        show_fault(refused.message)
        return
    if _names_somebody(readings[0]) and film in worklist().waiting:
        show_warnings([say("worklist-held")])
        return
    if warnings := warnings_of(readings[0]):
        show_warnings(warnings)
    # A name that serves as a line may stand in the prediction: the version's own is told.
    predictions = [
        replace(each, model=replace(each.model, name=name))
        for name, reading in zip(names, readings, strict=True)
        for each in reading.predictions
    ]
    _show_viewer(bench, film, predictions)
    with st.container(key="compare-columns-films"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        st.html(table_html(_probabilities(predictions)))
    with right:
        _show_overlaps(predictions)


def _names_somebody(reading: Reading) -> bool:
    return reading.provenance is not None and BURNED_IN_FLAG in reading.provenance.flags


def _bench() -> _Bench:
    if "compare_bench" not in st.session_state:
        st.session_state.compare_bench = _Bench()
    found: _Bench = st.session_state.compare_bench
    return found


def _reading(bench: _Bench, film: FilmFile, name: str, names: Sequence[str]) -> Reading:
    """What a version says of a film, asked once; loading a version takes seconds."""
    key = (id(film), name)
    if key not in bench.said:
        place = names.index(name)
        text = say("compare-reading", name=plain(name), place=place + 1, total=len(names))
        bar = st.progress(place / len(names), text=text)
        (bench.said[key],) = comparer().read(actor(), [name], [film])
        bench.files[id(film)] = film  # so that no other film gets its number
        bar.empty()
        while len(bench.said) > _MOST_KEPT:
            bench.said.pop(next(iter(bench.said)))
    return bench.said[key]


def _show_viewer(bench: _Bench, film: FilmFile, predictions: Sequence[Prediction]) -> None:
    told = (id(film), *(each.model.name for each in predictions))
    if bench.parcel is None or bench.parcel[0] != told:
        bench.parcel = (told, pack_film(film_of(predictions, film), _KEY))
    film_viewer(bench.parcel[1], _KEY)


def _show_overlaps(predictions: Sequence[Prediction]) -> None:
    classes = list(dict.fromkeys(name for each in predictions for name in each.classes))
    found = [(name, each) for name in classes for each in overlaps(predictions, name)]
    if not found:
        st.caption(say("compare-no-overlap"))
        return
    is_one_pair = len(predictions) == 2
    rows = tuple(
        (name.replace("_", " "), *(() if is_one_pair else (_pair(each),)), *_cells(each))
        for name, each in found
    )
    heads = ("class", *(() if is_one_pair else ("versions",)), *_OVERLAP)
    head = tuple(say(f"compare-overlap-{each}") for each in heads)
    st.html(table_html(Table(say("compare-overlap"), head, rows)))
    st.caption(say("compare-overlap-told"))


def _cells(each: Overlap) -> tuple[str, ...]:
    numbers = (_number(value) for value in (each.dice, each.iou, each.correlation))
    return (*numbers, each.words)


def _pair(each: Overlap) -> str:
    return say("compare-overlap-pair", first=each.first, second=each.second)


def _probabilities(predictions: Sequence[Prediction]) -> Table:
    classes = list(dict.fromkeys(name for each in predictions for name in each.classes))
    unknown = say("compare-no-class")
    rows = [
        (
            name.replace("_", " "),
            *(
                f"{each.probability(name):.3f}" if name in each.classes else unknown
                for each in predictions
            ),
        )
        for name in classes
    ]
    rows.append((say("compare-call"), *(each.label.replace("_", " ") for each in predictions)))
    sets = (", ".join(each.prediction_set) for each in predictions)
    rows.append((say("compare-set"), *sets))
    head = (say("compare-probability"), *(each.model.name for each in predictions))
    return Table(say("compare-says"), head, tuple(rows))


def _number(value: float | None) -> str:
    return say("compare-no-heat") if value is None else f"{value:.2f}"
