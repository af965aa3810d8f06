"""One section of a version's report on the page: alarms, figures, sentences, tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import alarms_html, told_html
from pages.components.parts.chart import show_chart
from pages.components.parts.key_figures import show_key_figures
from pages.components.parts.states import show_fault
from pages.components.parts.tables import show_table
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Chart, Section, Table


def show_section(section: Section, *, has_header: bool = True) -> None:
    """Draw everything of a section; tables stand below its figures, most of them closed."""
    if has_header:
        st.header(section.title, anchor=False)
    show_key_figures(section.headlines)
    if section.alarms:
        st.html(alarms_html(section.alarms))
    if section.sentences:
        st.html(told_html(section.sentences))
    _show_charts(section)
    if section.tables and section.charts and not section.has_open_tables:
        with st.expander(say("performance-numbers", section=section.title)):
            show_tables(section.tables)
    else:
        show_tables(section.tables)


def show_tables(tables: Sequence[Table]) -> None:
    """Draw tables, each as wide as it needs to be."""
    for table in tables:
        show_table(table.caption, table.head, table.rows, is_titled=True)


def _show_charts(section: Section) -> None:
    """Two abreast where the window is wide; one alone is no wider than it can be read."""
    charts = section.charts
    if len(charts) == 1:
        with st.container(key=f"performance-chart-{section.key}"):
            _show_chart(charts[0])
        return
    for place in range(0, len(charts), 2):
        with st.container(key=f"performance-charts-{section.key}-{place}"):
            for column, chart in zip(
                st.columns(2, gap="large"), charts[place : place + 2], strict=False
            ):
                with column:
                    _show_chart(chart)


def _show_chart(chart: Chart) -> None:
    st.html(f"<strong>{escape(chart.title)}</strong>")
    try:
        alt = f"{chart.title}: {chart.alt}"
        show_chart(chart.figure, f"performance_figure_{chart.key}", alt)
    except CxrError as error:
        show_fault(error)
