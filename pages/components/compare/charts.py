"""Charts of a comparison: numbers in, figures out; told apart by colour, dash and shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from pages.components.theme import chart_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Side

_HEIGHT = 440
_CLEAR = "rgba(0,0,0,0)"
_DASHES = ("solid", "dash", "dot", "dashdot")
_SHAPES = ("circle", "square", "diamond", "triangle-up")


def reliability_chart(sides: Sequence[Side]) -> go.Figure:
    """Draw how often the favourite was right against how sure each version was."""
    look = chart_look()
    diagonal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": look.quiet, "width": 1, "dash": "dot"},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    figure = go.Figure(
        {
            "data": [diagonal, *(_line(side, place) for place, side in enumerate(sides))],
            "layout": {
                "template": {},
                "height": _HEIGHT,
                "margin": {"l": 8, "r": 12, "t": 40, "b": 8},
                "paper_bgcolor": _CLEAR,
                "plot_bgcolor": _CLEAR,
                "font": {"color": look.ink, "size": 13, "family": "sans-serif"},
                "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
                "hoverlabel": {"bgcolor": look.hover, "font": {"color": look.ink}},
                "dragmode": False,
            },
        }
    )
    shared = {
        "gridcolor": look.line,
        "linecolor": look.line,
        "zeroline": False,
        "tickfont": {"color": look.ink},
        "automargin": True,
        "fixedrange": True,
        "range": [-0.01, 1.02],
    }
    figure.update_xaxes(title={"text": "probability of the favourite class"}, **shared)
    figure.update_yaxes(title={"text": "share of films where it was right"}, **shared)
    return figure


def _line(side: Side, place: int) -> dict[str, Any]:
    series = chart_look().series
    colour = series[place % len(series)]
    bins = side.reliability.curve
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": side.name,
        "x": [each.confidence for each in bins],
        "y": [each.accuracy for each in bins],
        "error_y": {
            "type": "data",
            "array": [each.high - each.accuracy for each in bins],
            "arrayminus": [each.accuracy - each.low for each in bins],
            "color": colour,
            "thickness": 1,
            "width": 3,
        },
        "line": {"color": colour, "dash": _DASHES[place % len(_DASHES)], "width": 1.5},
        "marker": {"color": colour, "symbol": _SHAPES[place % len(_SHAPES)], "size": 8},
        "customdata": [each.films for each in bins],
        "hovertemplate": "sure to %{x:.3f}, right in %{y:.3f} of %{customdata} films",
    }
