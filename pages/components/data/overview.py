"""Counts of the used films: classes, ages, views, sizes, splits."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.charts import count_chart, in_words, size_bands, turned
from pages.components.parts.chart import show_chart
from pages.components.parts.states import show_nothing
from pages.components.parts.tables import show_table
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import CrossTable, Curated

_CLASSES, _FINDINGS = "Three classes", "All findings"


def show_overview(curated: Curated) -> None:
    """Draw the charts, two abreast where the window is wide."""
    with st.container(key="data-charts-1"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("Class by source", anchor=False)
        kind = st.segmented_control(
            "Labels",
            [_CLASSES, _FINDINGS],
            default=_CLASSES,
            required=True,
            key="data_labels",
            label_visibility="collapsed",
        )
        whole = kind == _FINDINGS
        _show_counts(curated.finding_by_source if whole else curated.class_by_source, "classes")
        st.caption(
            "Numbers count films; the brighter a cell, the larger their share of its source. "
            "An empty cell has none."
        )
    with right:
        st.header("Split by class", anchor=False)
        _show_counts(turned(curated.split_by_class), "splits")
    with st.container(key="data-charts-2"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("Age by source", anchor=False)
        _show_counts(curated.age_by_source, "ages")
        for name, ages in curated.sources_of_children:
            st.caption(plain(f"{name} says of all its films: {ages}; not of each."))
    with right:
        st.header("View by source", anchor=False)
        _show_counts(curated.view_by_source, "views")
    with st.container(key="data-charts-3"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header("Longer side of the files, in pixels", anchor=False)
        _show_counts(size_bands(curated.sizes), "sizes")
    with right:
        st.header("Commonest size of the files", anchor=False)
        _show_commonest_sizes(curated)


def _show_counts(table: CrossTable, key: str) -> None:
    if not table.counts:
        show_nothing("No film is used.")
        return
    show_chart(partial(count_chart, table), f"data_{key}", in_words(table))


def _show_commonest_sizes(curated: Curated) -> None:
    """A size that all films of a source have, and no others, tells the source."""
    rows = []
    for source, films in sorted(curated.sizes.items()):
        (columns, height), most = max(films.items(), key=lambda each: each[1])
        share = most / sum(films.values())
        rows.append((source, f"{columns} x {height}", f"{most:,}", f"{share:.0%}"))
    head = ("Source", "Columns x rows", "Films", "Share of the source")
    show_table("Commonest size of the files", head, rows)
