"""From a case to what the viewer draws; decoded and packed once per change of film."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import AS_STORED
from cxr_core.errors import InputError
from pages.components.parts.states import show_fault
from pages.components.session import actor, services
from pages.components.viewer import (
    Beside,
    Mark,
    ViewerFilm,
    ViewerPanel,
    beside_key,
    film_viewer,
    pack_film,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Prediction, Presentation
    from pages.components.cases import Case

_KEY = "viewer"
_BESIDE = "film_beside"


def show_film(case: Case, presentation: Presentation, beside: Case | None = None) -> None:
    """Draw the film under review, as a person wants it, and what each model saw in it.

    With a film `beside`, both stand side by side, one picture each. Only the newest parcels are
    kept: a full-size film is megabytes, even packed.

    Raises
    ------
    InputError
        When the film can no longer be decoded.
    """
    parcel = _parcel_of("film_under_review", case, presentation, _KEY)
    if beside is None:
        st.session_state.pop(_BESIDE, None)
    other = None if beside is None else _packed_beside(beside, case)
    film_viewer(parcel, _KEY, marks_of_films(), other)


def _parcel_of(place: str, case: Case, presentation: Presentation, key: str) -> bytes:
    kept: tuple[Case, Presentation, bytes] | None = st.session_state.get(place)
    if kept is None or kept[0] is not case or kept[1] != presentation:
        film = film_of(case.reading.predictions, case.file, presentation)
        kept = (case, presentation, pack_film(film, key))
        st.session_state[place] = kept
    return kept[2]


def _packed_beside(case: Case, first: Case) -> Beside | None:
    """Pack the film beside; one that cannot be decoded takes nothing from the first."""
    presentation = replace(case.file.presentation, any_view=case.is_seen_only)
    try:
        parcel = _parcel_of(_BESIDE, case, presentation, beside_key(_KEY))
    except InputError as error:
        show_fault(f"{case.reading.name}: {error}")
        return None
    return Beside(parcel, case.reading.name, first.reading.name)


def marks_of_films() -> dict[str, tuple[Mark, ...]]:
    """Return what was drawn on each film in this session, by the digest of its file."""
    kept: dict[str, tuple[Mark, ...]] = st.session_state.setdefault("marks_of_films", {})
    return kept


def forget_film() -> None:
    """Drop the parcels of the films on show, and what was drawn on all films."""
    st.session_state.pop("film_under_review", None)
    st.session_state.pop(_BESIDE, None)
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
