"""What all figures share: the two looks, a colour, dash and shape for each series, the frame.

Plotly is imported when the first figure is made, not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

CLEAR = "rgba(0,0,0,0)"
ROW_HEIGHT = 30
_FRAME_HEIGHT = 92
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star")


@dataclass(frozen=True, slots=True)
class Look:
    """Colours of a ground; `series` are Okabe and Ito's that can be told from it.

    `scale` grows from what is nearly the ground to what stands out most; `text_turns` is the
    share of the scale from which black and white writing change places. `font` is what the
    words around the figure are written in.
    """

    name: str
    font: str
    ink: str
    quiet: str
    line: str
    hover: str
    series: tuple[str, ...]
    scale: tuple[tuple[float, str], ...]
    text_low: str
    text_high: str
    text_turns: float


# The scale stays below the light of a film, which nothing beside it may outshine; white can be
# read on all of it.
DARK = Look(
    name="dark",
    font='"Source Sans", "Source Sans Pro", sans-serif',
    ink="rgb(207,214,222)",
    quiet="rgb(151,161,172)",
    line="rgb(44,52,61)",
    hover="rgb(22,27,33)",
    series=(
        "rgb(86,180,233)",
        "rgb(230,159,0)",
        "rgb(0,158,115)",
        "rgb(204,121,167)",
        "rgb(240,228,66)",
        "rgb(213,94,0)",
        "rgb(150,160,171)",
    ),
    scale=((0.0, "rgb(24,33,43)"), (1.0, "rgb(54,114,168)")),
    text_low="rgb(255,255,255)",
    text_high="rgb(255,255,255)",
    text_turns=1.0,
)
# Cividis the other way round: on paper the many are dark.
LIGHT = Look(
    name="light",
    font="system-ui, sans-serif",
    ink="rgb(28,33,39)",
    quiet="rgb(90,99,109)",
    line="rgb(219,224,229)",
    hover="rgb(255,255,255)",
    series=(
        "rgb(0,114,178)",
        "rgb(190,84,0)",
        "rgb(0,128,93)",
        "rgb(170,80,130)",
        "rgb(138,105,0)",
        "rgb(30,130,170)",
        "rgb(90,99,109)",
    ),
    scale=(
        (0.0, "rgb(255,246,190)"),
        (0.2, "rgb(222,208,132)"),
        (0.4, "rgb(166,156,117)"),
        (0.6, "rgb(118,116,118)"),
        (0.8, "rgb(70,82,108)"),
        (1.0, "rgb(15,42,92)"),
    ),
    text_low="rgb(0,0,0)",
    text_high="rgb(255,255,255)",
    text_turns=0.595,
)


@dataclass(frozen=True, slots=True)
class Style:
    """How one series is drawn; shape and dash say the same as the colour."""

    colour: str
    dash: str
    shape: str


def style(look: Look, place: int) -> Style:
    """Return the style of the series at a place."""
    return Style(
        look.series[place % len(look.series)],
        _DASHES[place % len(_DASHES)],
        _SHAPES[place % len(_SHAPES)],
    )


def draw(look: Look, traces: Sequence[dict[str, Any]], **layout: Any) -> Any:  # noqa: ANN401
    """Make a Plotly figure of traces in a look; every colour is written out."""
    import plotly.graph_objects as go

    figure = go.Figure(
        {
            "data": list(traces),
            "layout": {
                "template": {},
                "paper_bgcolor": CLEAR,
                "plot_bgcolor": CLEAR,
                "font": {"color": look.ink, "size": 13, "family": look.font},
                "margin": {
                    "l": 8,
                    "r": 12,
                    "t": 40 if layout.get("showlegend") else 12,
                    "b": 8,
                },
                "hoverlabel": {
                    "bgcolor": look.hover,
                    "bordercolor": look.line,
                    "font": {"color": look.ink},
                    "align": "left",
                },
                "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom"},
                "dragmode": False,
            },
        }
    )
    figure.update_layout(**layout)
    dress_axes(look, figure)
    return figure


def dress_axes(look: Look, figure: Any) -> None:  # noqa: ANN401 - a Plotly figure
    """Give every axis that the figure has by now the look's colours."""
    shared = {
        "gridcolor": look.line,
        "linecolor": look.line,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"color": look.ink},
        "automargin": True,
        "fixedrange": True,
        "title": {"font": {"size": 13, "color": look.ink}},
    }
    figure.update_xaxes(**shared)
    figure.update_yaxes(**shared)


def rows_height(rows: int) -> int:
    """Height in pixels of a figure with so many rows."""
    return _FRAME_HEIGHT + ROW_HEIGHT * max(2, rows)


def words(name: str) -> str:
    """Return a name as people write it, safe to be put into Plotly's little markup."""
    return escape(name.replace("_", " "))


def measure_name(name: str) -> str:
    """Return a measure's name as people write it.

    >>> measure_name("ppv"), measure_name("balanced_accuracy"), measure_name("auc")
    ('PPV', 'balanced accuracy', 'AUC')
    """
    special = {
        "ppv": "PPV",
        "npv": "NPV",
        "f1": "F1",
        "auc": "AUC",
        "auc_within_sources": "AUC, pairs of one source",
    }
    return special.get(name, name.replace("_", " "))


def told(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """Write a share with its interval.

    >>> told(0.5, 0.25, 0.75), told(0.5), told(None)
    ('0.500 (0.250 to 0.750)', '0.500', 'not defined')
    """
    if value is None:
        return "not defined"
    if low is None or high is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({low:.3f} to {high:.3f})"
