"""One film under several versions: linked panels, probabilities, and where they look."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Table, overlaps, table_html
from pages.components.film import film_of
from pages.components.session import actor, comparer, services, worklist
from pages.components.text import plain
from pages.components.viewer import film_viewer, pack_film
from pages.components.worklist import warnings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Prediction, Reading
    from cxr_core.services import Overlap

_KEY = "compare"
_MOST_KEPT = 60


@dataclass(slots=True)
class _Bench:
    """Films that were dropped here, and what versions said of films: newest last.

    `parcel` is the film under the viewer, packed once for a set of predictions.
    """

    dropped: dict[str, FilmFile] = field(default_factory=dict)
    uploads: int = 0
    said: dict[tuple[int, str], Reading] = field(default_factory=dict)
    files: dict[int, FilmFile] = field(default_factory=dict)
    parcel: tuple[object, bytes] | None = None


def show_films(names: Sequence[str]) -> None:
    """Draw the choice of a film, and the film as each version sees it.

    Raises
    ------
    CxrError
        When a version cannot be loaded, or the film no longer be decoded.
    """
    bench = _bench()
    film = _choose(bench)
    if film is None:
        return
    readings = [_reading(bench, film, name, names) for name in names]
    refused = next((each.refusal for each in readings if each.refusal is not None), None)
    if refused is not None:
        st.error(plain(refused.message))
        return
    if warnings := warnings_of(readings[0]):
        st.warning("  \n".join(map(plain, warnings)))
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


def _bench() -> _Bench:
    if "compare_bench" not in st.session_state:
        st.session_state.compare_bench = _Bench()
    found: _Bench = st.session_state.compare_bench
    return found


def _choose(bench: _Bench) -> FilmFile | None:
    with st.container(key="compare-columns-choice"):
        left, right = st.columns(2, gap="large")
    dropped = left.file_uploader(
        "Drop frontal chest radiographs, or choose one of the worklist",
        accept_multiple_files=True,
        key=f"compare-films-{bench.uploads}",
    )
    if dropped:
        for upload in dropped:
            for file in services().unpack(upload.name, upload.getvalue()):
                bench.dropped[file.name] = file
        bench.uploads += 1
        st.session_state.compare_wanted = next(reversed(bench.dropped), None)
        st.rerun()
    films = [*bench.dropped.values(), *(case.file for case in worklist().readable())]
    if not films:
        st.info("Drop a radiograph here, or read some on the Triage page first.")
        return None
    titles = [film.name for film in films]
    wanted = st.session_state.pop("compare_wanted", None)
    if wanted in titles:
        st.session_state.compare_film = titles.index(wanted)
    if st.session_state.get("compare_film", 0) >= len(films):
        st.session_state.compare_film = 0
    place = right.selectbox(
        "Film",
        range(len(films)),
        format_func=lambda place: f"{place + 1} of {len(films)}: {titles[place]}",
        key="compare_film",
    )
    return films[int(place)]


def _reading(bench: _Bench, film: FilmFile, name: str, names: Sequence[str]) -> Reading:
    """What a version says of a film, asked once; loading a version takes seconds."""
    key = (id(film), name)
    if key not in bench.said:
        place = names.index(name)
        text = f"Reading with {plain(name)}, {place + 1} of {len(names)}"
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
    rows = [
        (name.replace("_", " "), *_cells(each))
        for name in classes
        for each in overlaps(predictions, name)
    ]
    if not rows:
        st.caption("These versions have no class in common, so their heat is not compared.")
        return
    head = ("Class", "Versions", "Dice", "IoU", "Correlation", "In words")
    st.html(table_html(Table("Overlap of the heat", head, tuple(rows))))
    st.caption(
        "Dice and IoU compare the hottest fifth of each map: 1 is the same place, and chance "
        "alone gives a Dice of 0.20. The correlation is of all heat. It tells where a network "
        "looked, not where disease is."
    )


def _cells(each: Overlap) -> tuple[str, ...]:
    numbers = (_number(value) for value in (each.dice, each.iou, each.correlation))
    return (f"{each.first}, {each.second}", *numbers, each.words)


def _probabilities(predictions: Sequence[Prediction]) -> Table:
    classes = list(dict.fromkeys(name for each in predictions for name in each.classes))
    rows = [
        (
            name.replace("_", " "),
            *(
                f"{each.probability(name):.3f}" if name in each.classes else "not a class"
                for each in predictions
            ),
        )
        for name in classes
    ]
    rows.append(("call", *(each.label.replace("_", " ") for each in predictions)))
    rows.append(("cannot rule out", *(", ".join(each.prediction_set) for each in predictions)))
    head = ("Probability of", *(each.model.name for each in predictions))
    return Table("What each version says", head, tuple(rows))


def _number(value: float | None) -> str:
    return "no heat" if value is None else f"{value:.2f}"
