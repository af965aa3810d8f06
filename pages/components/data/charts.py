"""Charts of counts: numbers in, figures out. The colours are cividis', told apart by all."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from pages.components.theme import chart_look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.services import CrossTable

CHART_OPTIONS = {"displayModeBar": False, "scrollZoom": False}
# Cividis from its second eighth on: what is darker than that is lost on the dark ground.
SCALE = (
    (0.0, "rgb(31,58,107)"),
    (0.2, "rgb(64,77,107)"),
    (0.4, "rgb(97,97,111)"),
    (0.6, "rgb(139,134,120)"),
    (0.8, "rgb(186,173,102)"),
    (1.0, "rgb(254,232,56)"),
)
_DARK_TEXT_FROM = 0.51  # of the scale: there black and white are told apart equally well
_CLEAR = "rgba(0,0,0,0)"
# A shape beside each colour, for those who cannot use the colour.
_SOURCE_SHAPES = ("circle", "square", "diamond", "cross", "x", "triangle-up", "star")
_SIZE_TICKS = (100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000, 3000, 4000)
_ROW_HEIGHT = 30
_FRAME_HEIGHT = 60


def count_chart(table: CrossTable) -> go.Figure:
    """Draw counts, each column of `table` (mostly a source) as a row, coloured by its share.

    A count of zero is an empty cell. A row's shares add up to 1, so that a small source is
    as visible as a large one.
    """
    lines = [list(line) for line in zip(*table.counts, strict=True)]
    shares = [[count / max(1, sum(line)) for count in line] for line in lines]
    figure = go.Figure(
        go.Heatmap(
            z=[[share if share else None for share in line] for line in shares],
            x=[escape(words(name)).replace(" ", "<br>") for name in table.rows],
            y=[f"{escape(name)}  " for name in table.columns],
            customdata=lines,
            colorscale=SCALE,
            zmin=0.0,
            zmax=1.0,
            xgap=2,
            ygap=2,
            showscale=False,
            hoverongaps=False,
            hovertemplate="%{y}%{x}: %{customdata:,} films, %{z:.0%} of the row<extra></extra>",
        )
    )
    for row, (counts, line) in enumerate(zip(lines, shares, strict=True)):
        for column, (count, share) in enumerate(zip(counts, line, strict=True)):
            if count:
                figure.add_annotation(
                    x=column, y=row, text=f"{count:,}", showarrow=False,
                    font={"size": 13, "color": _text_on(share)},
                )  # fmt: skip
    _frame(figure, _FRAME_HEIGHT + _ROW_HEIGHT * len(lines))
    figure.update_layout(plot_bgcolor=chart_look().hover)
    figure.update_xaxes(side="top", showgrid=False, tickangle=0, fixedrange=True)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True)
    return figure


def size_chart(sizes: Mapping[str, Mapping[tuple[int, int], int]]) -> go.Figure:
    """Draw the films' sizes, width against height, a colour and a shape for each source."""
    figure = go.Figure()
    looks = {source: place for place, source in enumerate(sorted(sizes))}
    for source in sorted(sizes, key=lambda name: -len(sizes[name])):  # the small ones on top
        figure.add_trace(_size_trace(source, looks[source], sizes[source]))
    _frame(figure, 380)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    figure.update_layout(showlegend=True, legend={**legend, "itemsizing": "constant"})
    axis = {
        "type": "log",
        "gridcolor": chart_look().line,
        "tickvals": _SIZE_TICKS,
        "ticktext": [str(size) for size in _SIZE_TICKS],
        "fixedrange": True,
    }
    figure.update_xaxes(title={"text": "columns, pixels"}, **axis)
    figure.update_yaxes(title={"text": "rows, pixels"}, **axis)
    return figure


def _size_trace(source: str, place: int, films: Mapping[tuple[int, int], int]) -> go.Scatter:
    series = chart_look().series
    return go.Scatter(
        x=[columns for columns, _ in films],
        y=[rows for _, rows in films],
        customdata=list(films.values()),
        name=escape(source),
        legendrank=place,
        mode="markers",
        marker={
            "color": series[place % len(series)],
            "symbol": _SOURCE_SHAPES[place % len(_SOURCE_SHAPES)],
            "size": [min(14.0, 5 + count**0.35) for count in films.values()],
            "opacity": 0.75,
            "line": {"width": 0},
        },
        hovertemplate="%{x} x %{y}, %{customdata} films",
    )


def turned(table: CrossTable) -> CrossTable:
    """Swap rows and columns."""
    counts = tuple(zip(*table.counts, strict=True))
    return replace(table, rows=table.columns, columns=table.rows, counts=counts)


def in_words(table: CrossTable, unit: str = "films") -> str:
    """Say the largest cell of every row of the chart, for those who do not see it."""
    said = []
    for place, source in enumerate(table.columns):
        counts = [line[place] for line in table.counts]
        most = counts.index(max(counts))
        total = sum(counts)
        said.append(
            f"{source}: {total:,} {unit}, {counts[most] / total:.0%} {words(table.rows[most])}"
        )
    return "; ".join(said) + "."


def words(name: str) -> str:
    """Return a name of the ontology as people write it."""
    return name.replace("_", " ")


def _text_on(share: float) -> str:
    return "rgb(0,0,0)" if share >= _DARK_TEXT_FROM else "rgb(255,255,255)"


def _frame(figure: go.Figure, height: int) -> None:
    """Everything that the charts share; every colour is written out."""
    look = chart_look()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 46, "b": 8},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        font={"color": look.ink, "size": 13, "family": "sans-serif"},
        showlegend=False,
        hoverlabel={"bgcolor": look.hover, "font": {"color": look.ink}},
        dragmode=False,
    )
    figure.update_xaxes(ticks="", zeroline=False, tickfont={"color": look.ink}, automargin=True)
    figure.update_yaxes(ticks="", zeroline=False, tickfont={"color": look.ink}, automargin=True)
