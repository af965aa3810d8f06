"""Versions: which read films, which wait, which have served; promotion and its way back."""

from __future__ import annotations

from pages.components.parts.note import show_note
from pages.components.parts.states import show_warnings
from pages.components.registry.bundle import show_import
from pages.components.registry.candidate import show_candidates
from pages.components.registry.champion import show_champions
from pages.components.registry.past import show_history, show_retired
from pages.components.session import actor, registry

__all__ = ["show_versions"]


def show_versions() -> None:
    """Draw all of it; the core refuses whoever is no administrator at every button."""
    told = registry().versions.overview(actor())
    show_note("versions")
    show_warnings(told.remarks)
    show_champions(told)
    show_candidates(told)
    show_retired(told)
    show_history(told)
    show_import()
