"""From a case to what the viewer draws; decoded and packed once per change of film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import actor, services
from pages.components.viewer import ViewerFilm, ViewerPanel, film_viewer, pack_film

if TYPE_CHECKING:
    from pages.components.session import Case

_KEY = "viewer"


def show_film(case: Case) -> None:
    """Draw the film under review beside what each model saw in it.

    Only the newest parcel is kept: a full-size film is megabytes, even packed.

    Raises
    ------
    InputError
        When the film can no longer be decoded.
    """
    kept: tuple[Case, bytes] | None = st.session_state.get("film_under_review")
    if kept is None or kept[0] is not case:
        kept = (case, pack_film(_film_of(case), _KEY))
        st.session_state.film_under_review = kept
    film_viewer(kept[1], _KEY)


def forget_film() -> None:
    """Drop the parcel of the film under review."""
    st.session_state.pop("film_under_review", None)


def _film_of(case: Case) -> ViewerFilm:
    predictions = case.reading.predictions
    panels = tuple(
        ViewerPanel(
            name=each.model.name,
            probabilities=each.probabilities,
            classes=each.classes,
            heatmaps=each.heatmaps,
        )
        for each in predictions
    )
    radiograph = services().reading.show_to(actor(), case.file.load())
    return ViewerFilm.from_radiograph(radiograph, panels, predictions[0].label)
