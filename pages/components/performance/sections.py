"""One section of a version's report on the page: alarms, figures, sentences, tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import DARK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Chart, Headline, Section, Table

_OPTIONS = {"displayModeBar": False, "scrollZoom": False}


def show_section(section: Section, *, has_header: bool = True) -> None:
    """Draw everything of a section; tables stand closed below its figures."""
    if has_header:
        st.header(section.title, anchor=False)
    if section.headlines:
        show_headlines(section.headlines)
    if section.alarms:
        st.html(f'<ul class="cxr-alarms">{_items(section.alarms)}</ul>')
    if section.sentences:
        told = "".join(f"<p>{marked(each)}</p>" for each in section.sentences)
        st.html(f'<div class="cxr-told">{told}</div>')
    _show_charts(section)
    if section.tables and section.charts:
        with st.expander(f"Numbers: {section.title.lower()}"):
            show_tables(section.tables)
    else:
        show_tables(section.tables)


def show_headlines(headlines: Sequence[Headline]) -> None:
    """Draw the numbers that stand above everything."""
    st.html(f'<dl class="cxr-headlines">{"".join(_headline(each) for each in headlines)}</dl>')


def show_tables(tables: Sequence[Table]) -> None:
    """Draw tables, each as wide as it needs to be."""
    for table in tables:
        st.html(table_html(table))


def table_html(table: Table) -> str:
    """Write a table; whatever a file holds is text and never markup."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(line[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in line[1:])
        + "</tr>"
        for line in table.rows
    )
    caption = escape(table.caption)
    return (
        f'<div class="cxr-scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="cxr-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def marked(sentence: str) -> str:
    """Escape a sentence; what stands between backticks is code."""
    words = escape(sentence).split("`")
    if len(words) % 2 == 0:
        return "`".join(words)
    return "".join(
        f"<code>{word}</code>" if place % 2 else word for place, word in enumerate(words)
    )


def _show_charts(section: Section) -> None:
    """Two abreast where the window is wide; one alone takes the wider half."""
    charts = section.charts
    for place in range(0, len(charts), 2):
        with st.container(key=f"performance-charts-{section.key}-{place}"):
            shares = [1, 1] if len(charts) > 1 else [2, 1]
            for column, chart in zip(
                st.columns(shares, gap="large"), charts[place : place + 2], strict=False
            ):
                with column:
                    _show_chart(chart)


def _show_chart(chart: Chart) -> None:
    st.html(f"<strong>{escape(chart.title)}</strong>")
    st.plotly_chart(
        chart.draw(DARK),
        theme=None,
        config=_OPTIONS,
        key=f"performance_{chart.key}",
        alt=f"{chart.title}: {chart.alt}",
    )


def _headline(headline: Headline) -> str:
    kind = ' class="cxr-alarm"' if headline.is_alarm else ""
    return (
        f"<div{kind}><dt>{escape(headline.label)}</dt><dd>{escape(headline.value)}"
        f"<small>{escape(headline.beside)}</small></dd></div>"
    )


def _items(sentences: Sequence[str]) -> str:
    return "".join(f"<li>{marked(each)}</li>" for each in sentences)
