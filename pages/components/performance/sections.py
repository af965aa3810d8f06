"""One section of a version's report on the page: alarms, figures, sentences, tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import alarms_html, headlines_html, table_html, told_html
from pages.components.text import plain
from pages.components.theme import chart_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Chart, Section, Table

_OPTIONS = {"displayModeBar": False, "scrollZoom": False}


def show_section(section: Section, *, has_header: bool = True) -> None:
    """Draw everything of a section; tables stand below its figures, most of them closed."""
    if has_header:
        st.header(section.title, anchor=False)
    if section.headlines:
        st.html(headlines_html(section.headlines))
    if section.alarms:
        st.html(alarms_html(section.alarms))
    if section.sentences:
        st.html(told_html(section.sentences))
    _show_charts(section)
    if section.tables and section.charts and not section.has_open_tables:
        with st.expander(f"{section.title}: the numbers"):
            show_tables(section.tables)
    else:
        show_tables(section.tables)


def show_tables(tables: Sequence[Table]) -> None:
    """Draw tables, each as wide as it needs to be."""
    for table in tables:
        st.html(table_html(table))


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
        figure = chart.figure(chart_look())
    except CxrError as error:
        st.error(plain(str(error)))
        return
    st.plotly_chart(
        figure,
        theme=None,
        config=_OPTIONS,
        key=f"performance_figure_{chart.key}",
        alt=f"{chart.title}: {chart.alt}",
    )
