"""From a case to what the viewer draws; decoded and packed once per change of film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import AS_STORED
from pages.components.session import actor, services
from pages.components.viewer import Mark, ViewerFilm, ViewerPanel, film_viewer, pack_film

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Prediction, Presentation
    from pages.components.cases import Case

_KEY = "viewer"


def show_film(case: Case, presentation: Presentation) -> None:
    """Draw the film under review, as a person wants it, beside what each model saw in it.

    Only the newest parcel is kept: a full-size film is megabytes, even packed.

    Raises
    ------
    InputError
        When the film can no longer be decoded.
    """
    kept: tuple[Case, Presentation, bytes] | None = st.session_state.get("film_under_review")
    if kept is None or kept[0] is not case or kept[1] != presentation:
        film = film_of(case.reading.predictions, case.file, presentation)
        parcel = pack_film(film, _KEY)
        kept = (case, presentation, parcel)
        st.session_state.film_under_review = kept
    film_viewer(kept[2], _KEY, marks_of_films())


def marks_of_films() -> dict[str, tuple[Mark, ...]]:
    """Return what was drawn on each film in this session, by the digest of its file."""
    kept: dict[str, tuple[Mark, ...]] = st.session_state.setdefault("marks_of_films", {})
    return kept


def forget_film() -> None:
    """Drop the parcel of the film under review, and what was drawn on all films."""
    st.session_state.pop("film_under_review", None)
    st.session_state.pop("marks_of_films", None)


def film_of(
    predictions: Sequence[Prediction], file: FilmFile, presentation: Presentation = AS_STORED
) -> ViewerFilm:
    """Decode a film with all its values, beside what versions say of it and were given of it.

    Raises
    ------
    InputError
        When the film can no longer be decoded.
    """
    kinds = {each.input_kind for each in predictions if each.input_kind}
    look = services().reading.look_for(actor(), file.load(), kinds, presentation)
    panels = tuple(
        ViewerPanel(
            name=each.model.name,
            probabilities=each.probabilities,
            classes=each.classes,
            heatmaps=each.heatmaps,
            seen=look.inputs[each.input_kind].pixels[0, ..., 0] if each.input_kind else None,
        )
        for each in predictions
    )
    return ViewerFilm.from_look(look, panels, predictions[0].label if predictions else "")
