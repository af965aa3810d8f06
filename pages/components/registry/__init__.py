"""Versions: which read films, which wait, which have served; promotion and its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.registry.bundle import show_import
from pages.components.registry.candidate import show_candidates
from pages.components.registry.champion import show_champions
from pages.components.registry.notes import show_note
from pages.components.registry.past import show_history, show_retired
from pages.components.session import actor, registry
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Overview

__all__ = ["show_versions"]


def show_versions() -> None:
    """Draw all of it; the core refuses whoever is no administrator at every button."""
    told = registry().versions.overview(actor())
    show_note()
    for remark in told.remarks:
        st.warning(plain(remark))
    show_champions(told)
    show_candidates(told)
    _show_rest(told)


def _show_rest(told: Overview) -> None:
    show_retired(told)
    show_history(told)
    show_import()
