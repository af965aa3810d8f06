"""What is known of a film and of the models that read it, as two quiet tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from cxr_core.domain import Provenance, Reading


def show_details(reading: Reading) -> None:
    """Draw provenance and model versions in a closed section."""
    with st.expander("About this film and the models"):
        left, right = st.columns(2, gap="large")
        with left:
            st.table(_film_rows(reading), border="horizontal")
        with right:
            st.table(_model_rows(reading), border="horizontal")


def _film_rows(reading: Reading) -> dict[str, str]:
    provenance = reading.provenance
    if provenance is None:
        return {}
    return {
        "Format": provenance.format.upper(),
        "Size": f"{provenance.columns} x {provenance.rows} pixels",
        "Bits stored": str(provenance.bits_stored),
        "Photometric interpretation": provenance.photometric_interpretation or "not stated",
        "View position": provenance.view_position or "not stated",
        "Pixel spacing": _spacing(provenance),
        "SHA-256": provenance.sha256[:16],
    }


def _spacing(provenance: Provenance) -> str:
    if provenance.pixel_spacing_mm is None:
        return "not stated"
    down, across = provenance.pixel_spacing_mm
    size = f"{down:.3g} mm" if down == across else f"{down:.3g} x {across:.3g} mm"
    return f"{size}, {'' if provenance.is_spacing_calibrated else 'not '}calibrated"


def _model_rows(reading: Reading) -> dict[str, str]:
    if not reading.predictions:
        return {"Models": "none has read this film"}
    rows = {}
    for each in reading.predictions:
        cannot_exclude = ", ".join(each.prediction_set)
        rows[each.model.name] = (
            f"version {each.model.version}, weights {each.model.weights_sha256[:12]}, "
            f"{each.seconds * 1000:.0f} ms on {each.device}; cannot rule out: {cannot_exclude} "
            "(not calibrated)"
        )
    return rows
