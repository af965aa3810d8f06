"""Counts of the used films: classes, ages, views, sizes, splits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.charts import (
    CHART_OPTIONS,
    count_chart,
    in_words,
    size_chart,
    turned,
)
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
            "Numbers count films; the colour is their share of the source, from blue (few) to "
            "yellow (all). An empty cell has none."
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
    st.header("Size of the files", anchor=False)
    _show_sizes(curated)


def _show_counts(table: CrossTable, key: str) -> None:
    if not table.counts:
        st.caption("No film is used.")
        return
    said = in_words(table)
    st.plotly_chart(
        count_chart(table), theme=None, config=CHART_OPTIONS, key=f"data_{key}", alt=said
    )
    st.caption(plain(said))


def _show_sizes(curated: Curated) -> None:
    if not curated.sizes:
        st.caption("No film is used.")
        return
    said = "; ".join(
        f"{source}: {min(films)[0]} to {max(films)[0]} columns"
        for source, films in sorted(curated.sizes.items())
    )
    st.plotly_chart(
        size_chart(curated.sizes), theme=None, config=CHART_OPTIONS, key="data_sizes", alt=said
    )
    st.caption(plain(f"{said}."))
