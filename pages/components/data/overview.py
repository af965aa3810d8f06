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
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import CrossTable, Curated

_CLASSES, _FINDINGS = "classes", "findings"


def show_overview(curated: Curated) -> None:
    """Draw the charts, two abreast where the window is wide."""
    with st.container(key="data-charts-1"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header(say("data-classes"), anchor=False)
        kind = st.segmented_control(
            say("data-labels"),
            [_CLASSES, _FINDINGS],
            default=_CLASSES,
            required=True,
            format_func=lambda name: say(f"data-labels-{name}"),
            key="data_labels",
            label_visibility="collapsed",
        )
        whole = kind == _FINDINGS
        _show_counts(curated.finding_by_source if whole else curated.class_by_source, "classes")
        st.caption(say("data-classes-told"))
    with right:
        st.header(say("data-splits"), anchor=False)
        _show_counts(turned(curated.split_by_class), "splits")
    with st.container(key="data-charts-2"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header(say("data-ages"), anchor=False)
        _show_counts(curated.age_by_source, "ages")
        for name, ages in curated.sources_of_children:
            st.caption(say("data-ages-of-all", source=plain(name), ages=plain(ages)))
    with right:
        st.header(say("data-views"), anchor=False)
        _show_counts(curated.view_by_source, "views")
    with st.container(key="data-charts-3"):
        left, right = st.columns([3, 2], gap="large")
    with left:
        st.header(say("data-sizes"), anchor=False)
        _show_counts(size_bands(curated.sizes), "sizes")
    with right:
        st.header(say("data-commonest"), anchor=False)
        _show_commonest_sizes(curated)


def _show_counts(table: CrossTable, key: str) -> None:
    if not table.counts:
        show_nothing(say("data-no-film"))
        return
    show_chart(partial(count_chart, table), f"data_{key}", in_words(table))


def _show_commonest_sizes(curated: Curated) -> None:
    """A size that all films of a source have, and no others, tells the source."""
    rows = []
    for source, films in sorted(curated.sizes.items()):
        (columns, height), most = max(films.items(), key=lambda each: each[1])
        share = most / sum(films.values())
        rows.append((source, f"{columns} x {height}", f"{most:,}", f"{share:.0%}"))
    head = [say(f"data-commonest-head-{name}") for name in ("source", "size", "films", "share")]
    show_table(say("data-commonest"), head, rows)
