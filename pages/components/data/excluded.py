"""What is not used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.csv_text import excluded_csv

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import CrossTable, Curated, Film

_ANY = "any"
_MOST_ROWS = 2000
_USED = "used"
_COUNT = st.column_config.NumberColumn(format="localized")
_WIDE = st.column_config.TextColumn(width="large")


def show_excluded(curated: Curated) -> None:
    """Draw counts by reason and source, two choices, and the rows with their reasons."""
    table = curated.fate_by_source
    st.dataframe(
        _count_rows(table),
        hide_index=True,
        column_config=dict.fromkeys(("All", *table.columns), _COUNT),
        alt="Images by what became of them and source",
    )
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
        st.info("Nothing is excluded for this reason from this source.")
        return
    rest = f"; the first {_MOST_ROWS:,} are shown" if len(films) > _MOST_ROWS else ""
    st.caption("1 image" if len(films) == 1 else f"{len(films):,} images{rest}")
    st.dataframe(
        _film_rows(films[:_MOST_ROWS]),
        hide_index=True,
        height=520,
        column_config={"Path": _WIDE, "Detail": _WIDE},
        alt="Excluded images",
    )


def _count_rows(table: CrossTable) -> list[dict[str, str | int]]:
    lines = sorted(zip(table.rows, table.counts, strict=True), key=lambda line: -sum(line[1]))
    return [
        {"Images": name, "All": sum(counts), **dict(zip(table.columns, counts, strict=True))}
        for name, counts in lines
    ]


def _film_rows(films: Sequence[Film]) -> list[dict[str, str]]:
    return [
        {
            "Source": film.source,
            "Reason": film.exclusion.value if film.exclusion else "",
            "Path": film.path,
            "Finding as published": film.finding_text,
            "Detail": film.detail,
        }
        for film in films
    ]
