"""Curves of a training: rows of events in, figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.services import DARK, chart_style, draw_chart
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import ChartLook

_HEIGHT = 230


def loss_chart(
    epochs: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]], look: ChartLook = DARK
) -> Any:  # noqa: ANN401 - Plotly is not typed
    """Draw the cross-entropy of training and validation, the epoch under way as it goes."""
    traces = [
        _line(look, epochs, "loss", 0),
        _line(look, epochs, "validation_loss", 1),
    ]
    if steps:
        at = [row["epoch"] - 1 + row["step"] / row["steps"] for row in steps]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": say("retrain-curve-steps"),
                "x": at,
                "y": [row["loss"] for row in steps],
                "line": {"color": look.series[0], "width": 1, "dash": "dot"},
            }
        )
    return _figure(look, "loss", traces)


def score_chart(epochs: Sequence[dict[str, Any]], look: ChartLook = DARK) -> Any:  # noqa: ANN401
    """Draw accuracy, and the AUC of validation."""
    keys = ("accuracy", "validation_accuracy", "validation_auc")
    traces = [_line(look, epochs, key, place) for place, key in enumerate(keys)]
    figure = _figure(look, "score", traces)
    figure.update_yaxes(range=[0, 1.03])
    return figure


def rate_chart(
    epochs: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]], look: ChartLook = DARK
) -> Any:  # noqa: ANN401 - Plotly is not typed
    """Draw the learning rate, on a logarithmic axis."""
    rows = [(row["epoch"], row["learning_rate"]) for row in epochs]
    rows += [(r["epoch"] - 1 + r["step"] / r["steps"], r["learning_rate"]) for r in steps]
    kind = chart_style(look, 3)
    rate = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say("retrain-curve-rate"),
        "x": [at for at, _ in rows],
        "y": [rate for _, rate in rows],
        "line": {"color": kind.colour, "width": 2},
        "marker": {"color": kind.colour, "symbol": kind.shape, "size": 5},
    }
    figure = _figure(look, "rate", [rate])
    figure.update_yaxes(type="log", tickformat=".0e", dtick=1)
    return figure


def _figure(look: ChartLook, name: str, traces: Sequence[dict[str, Any]]) -> Any:  # noqa: ANN401
    figure = draw_chart(
        look,
        traces,
        height=_HEIGHT,
        showlegend=len(traces) > 1,
        uirevision=name,  # what was hidden in the legend stays so with the next drawing
    )
    figure.update_xaxes(
        title={"text": say("retrain-axis-epoch")}, rangemode="tozero", tickformat="d"
    )
    return figure


def _line(
    look: ChartLook, rows: Sequence[dict[str, Any]], key: str, place: int
) -> dict[str, Any]:
    kind = chart_style(look, place)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say(f"retrain-curve-{key.replace('_', '-')}"),
        "x": [row["epoch"] for row in rows],
        "y": [row[key] for row in rows],
        "line": {"color": kind.colour, "width": 2},
        "marker": {"color": kind.colour, "size": 6, "symbol": kind.shape},
        "cliponaxis": False,
    }
