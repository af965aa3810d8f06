"""Shares with their intervals, one below the other: the forest plot that most results use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.look import Look, draw, rows_height, style, told, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPREAD = 0.56  # of a row's height, over which its series are spread
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Row:
    """One share in [0, 1] of one label; `value` None says `absent` in its place.

    Rows of one label and several `series` stand in one line. `films` is what the share rests
    on, None where that is not known.
    """

    label: str
    series: str
    value: float | None
    low: float | None = None
    high: float | None = None
    films: int | None = None
    absent: str = NOT_MEASURED


@dataclass(frozen=True, slots=True)
class Line:
    """A vertical line at a value that the eye should compare with."""

    value: float
    label: str


def row(label: str, series: str, measure: object, films: int | None = None) -> Row:
    """Make a row of a measure: a mapping of value, low and high, a bare number, or None."""
    if isinstance(measure, Mapping):
        value, low, high = (measure.get(name) for name in ("value", "low", "high"))
        return Row(label, series, value, low, high, films)
    if isinstance(measure, int | float):
        return Row(label, series, float(measure), None, None, films)
    return Row(label, series, None, None, None, films)


def forest(
    look: Look,
    rows: Sequence[Row],
    axis: str,
    lines: Sequence[Line] = (),
    span: tuple[float, float] = (0.0, 1.0),
) -> Any:  # noqa: ANN401 - Plotly is not typed
    """Draw rows from above; each series has its colour, its shape and its place in a line."""
    labels = list(dict.fromkeys(each.label for each in rows))
    series = list(dict.fromkeys(each.series for each in rows))
    known = [name for name in series if _is_known(rows, name)] or series[:1]
    traces = [
        _trace(look, [each for each in rows if each.series == name], labels, known, place)
        if name in known
        else _absent_trace(look, name, place)
        for place, name in enumerate(series)
    ]
    left, right = _span(rows, lines, span)
    figure = draw(
        look,
        traces,
        height=rows_height(len(labels) * max(1, (len(known) + 1) // 2)),
        showlegend=len(series) > 1,
    )
    figure.update_xaxes(title={"text": axis}, range=[left, right])
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=[f"{words(label)}{_films(rows, label)}  " for label in labels],
        range=[len(labels) - 0.4, -1.2 if lines else -0.6],
        showgrid=False,
    )
    for each in lines:
        figure.add_vline(x=each.value, **_line(look, each))
    for note in _absent_notes(look, rows, labels, known, left):
        figure.add_annotation(note)
    return figure


def _films(rows: Sequence[Row], label: str) -> str:
    """Say what a line rests on, unless its label does."""
    known = {each.films for each in rows if each.label == label and each.films is not None}
    if not known or "(n " in label:
        return ""
    least, most = min(known), max(known)
    return f" (n {least:,})" if least == most else f" (n {least:,} to {most:,})"


def _line(look: Look, line: Line) -> dict[str, Any]:
    return {
        "line": {"color": look.quiet, "width": 1, "dash": "dash"},
        "annotation": {
            "text": words(line.label),
            "font": {"size": 11, "color": look.quiet},
            "yanchor": "top",
            "y": 1.0,
            "xanchor": "left",
            "xshift": 4,
        },
    }


def _is_known(rows: Sequence[Row], series: str) -> bool:
    return any(each.value is not None for each in rows if each.series == series)


def _absent_trace(look: Look, name: str, place: int) -> dict[str, Any]:
    """A series that has no value anywhere says so once, in the legend."""
    kind = style(look, place)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": f"{words(name)}: {NOT_MEASURED}",
        "x": [None],
        "y": [None],
        "marker": {"color": kind.colour, "symbol": f"{kind.shape}-open", "size": 9},
    }


def _trace(
    look: Look, rows: Sequence[Row], labels: list[str], series: list[str], place: int
) -> dict[str, Any]:
    """Draw the rows of one series, at its `place` in the look."""
    kind = style(look, place)
    own = [each for each in rows if each.value is not None]
    above = [max(0.0, (each.high or 0.0) - (each.value or 0.0)) for each in own]
    below = [max(0.0, (each.value or 0.0) - (each.low or 0.0)) for each in own]
    known = [each.low is not None and each.high is not None for each in own]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": words(rows[0].series),
        "x": [each.value for each in own],
        "y": [_height(labels, series, each) for each in own],
        "error_x": {
            "type": "data",
            "array": [
                each if is_known else 0 for each, is_known in zip(above, known, strict=True)
            ],
            "arrayminus": [
                each if is_known else 0 for each, is_known in zip(below, known, strict=True)
            ],
            "color": kind.colour,
            "thickness": 1.6,
            "width": 4,
        },
        "marker": {"color": kind.colour, "symbol": kind.shape, "size": 9},
        "customdata": [
            [
                words(each.label),
                told(each.value, each.low, each.high),
                "" if each.films is None else f"<br>{each.films:,} films",
            ]
            for each in own
        ],
        "hovertemplate": "%{customdata[0]}: %{customdata[1]}%{customdata[2]}",
        "cliponaxis": False,
    }


def _height(labels: list[str], series: list[str], each: Row) -> float:
    """The first series of a line stands highest."""
    middle = (len(series) - 1) / 2
    offset = (series.index(each.series) - middle) / max(1, len(series))
    return labels.index(each.label) + _SPREAD * offset


def _span(
    rows: Sequence[Row], lines: Sequence[Line], span: tuple[float, float]
) -> tuple[float, float]:
    """Widen the span to hold everything that is drawn."""
    ends = [
        end for each in rows for end in (each.value, each.low, each.high) if end is not None
    ]
    ends += [each.value for each in lines]
    low, high = min([span[0], *ends]), max([span[1], *ends])
    margin = 0.03 * (high - low)  # a mark on the last value is whole
    return low - margin, high + margin


def _absent_notes(
    look: Look, rows: Sequence[Row], labels: list[str], series: list[str], left: float
) -> list[dict[str, Any]]:
    """Put words where a row has no value."""
    return [
        {
            "x": left,
            "y": _height(labels, series, each),
            "text": words(f"{each.series}: {each.absent}" if len(series) > 1 else each.absent),
            "showarrow": False,
            "xanchor": "left",
            "xshift": 6,
            "font": {"size": 11, "color": look.quiet},
        }
        for each in rows
        if each.value is None and each.series in series
    ]
