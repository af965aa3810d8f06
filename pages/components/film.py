"""From a case to what the viewer draws; the film is decoded again, once per change of film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import services
from pages.components.viewer import ViewerFilm, ViewerPanel

if TYPE_CHECKING:
    from pages.components.session import Case


def film_of(case: Case) -> ViewerFilm:
    """Decode and quantise the film under review, unless it is the one already shown.

    Only the newest is kept: a full-size film is tens of megabytes.

    Raises
    ------
    InputError
        When the film can no longer be decoded.
    """
    kept: tuple[Case, ViewerFilm] | None = st.session_state.get("film_under_review")
    if kept is not None and kept[0] is case:
        return kept[1]
    radiograph = services().reading.radiograph(case.file.load())
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
    selected = predictions[0].label if predictions else ""
    film = ViewerFilm.from_radiograph(radiograph, panels, selected)
    st.session_state.film_under_review = (case, film)
    return film
