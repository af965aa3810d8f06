"""What is known of a film and of the models that read it, as two quiet tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.tables import show_facts
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.domain import Provenance, Reading


def show_details(reading: Reading) -> None:
    """Draw provenance and model versions in a closed section."""
    with st.expander(say("details-title")):
        left, right = st.columns(2, gap="large")
        with left:
            show_facts(say("details-film"), _film_rows(reading))
        with right:
            show_facts(say("details-models"), _model_rows(reading))


def _film_rows(reading: Reading) -> dict[str, str]:
    provenance = reading.provenance
    if provenance is None:
        return {}
    unknown = say("details-not-stated")
    size = say("details-size-told", columns=str(provenance.columns), rows=str(provenance.rows))
    return {
        say("details-format"): provenance.format.upper(),
        say("details-size"): size,
        say("details-bits"): str(provenance.bits_stored),
        say("details-photometric"): provenance.photometric_interpretation or unknown,
        say("details-view"): provenance.view_position or unknown,
        say("details-spacing"): _spacing(provenance),
        say("details-digest"): provenance.sha256[:16],
    }


def _spacing(provenance: Provenance) -> str:
    if provenance.pixel_spacing_mm is None:
        return say("details-not-stated")
    down, across = (f"{each:.3g}" for each in provenance.pixel_spacing_mm)
    if down == across:
        size = say("details-spacing-square", size=down)
    else:
        size = say("details-spacing-oblong", down=down, across=across)
    is_known = provenance.is_spacing_calibrated
    return say("details-calibrated" if is_known else "details-not-calibrated", size=size)


def _model_rows(reading: Reading) -> dict[str, str]:
    if not reading.predictions:
        return {say("details-models"): say("details-no-models")}
    return {
        each.model.name: say(
            "details-model",
            version=each.model.version,
            weights=each.model.weights_sha256[:12],
            milliseconds=round(each.seconds * 1000),
            device=each.device,
            classes=", ".join(each.prediction_set),
        )
        for each in reading.predictions
    }
