"""What is not used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.csv_text import excluded_csv
from pages.components.data.pager import show_page_of
from pages.components.parts.states import show_nothing
from pages.components.parts.tables import show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import CrossTable, Curated, Film

_ANY = "any"
_ROWS_A_PAGE = 100
_USED = "used"
_HEAD = ("Path", "Source", "Reason", "Finding as published", "Detail")


def show_excluded(curated: Curated) -> None:
    """Draw counts by reason and source, two choices, and the rows with their reasons."""
    table = curated.fate_by_source
    head = ("Images", "All", *table.columns)
    show_table("Images by what became of them, and by source", head, _count_rows(table))
    with st.container(horizontal=True, vertical_alignment="bottom", key="data-choices"):
        reasons = [name for name in table.rows if name != _USED]
        reason = st.selectbox("Reason", [_ANY, *reasons], key="excluded_reason")
        source = st.selectbox("Source", [_ANY, *table.columns], key="excluded_source")
        films = curated.excluded(
            None if reason == _ANY else reason, None if source == _ANY else source
        )
        st.download_button(
            "Save these rows as CSV",
            lambda: excluded_csv(films),
            file_name="excluded.csv",
            mime="text/csv",
            on_click="ignore",
            disabled=not films,
        )
    if not films:
        show_nothing("Nothing is excluded for this reason from this source.")
        return
    choice = (curated.manifest.digest, reason, source)
    shown = show_page_of(films, _ROWS_A_PAGE, "excluded", choice)
    show_table("Excluded images", _HEAD, _film_rows(shown))


def _count_rows(table: CrossTable) -> list[tuple[str, ...]]:
    rows = sorted(zip(table.rows, table.counts, strict=True), key=lambda row: -sum(row[1]))
    return [(name, *(f"{count:,}" for count in (sum(own), *own))) for name, own in rows]


def _film_rows(films: Sequence[Film]) -> list[tuple[str, ...]]:
    return [
        (
            film.path,
            film.source,
            film.exclusion.value if film.exclusion else "",
            film.finding_text,
            film.detail,
        )
        for film in films
    ]
