"""Curves of a training: rows of events in, figures out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from pages.components.theme import chart_look

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTIONS = {"displayModeBar": False, "scrollZoom": False}
_HEIGHT = 230
_CLEAR = "rgba(0,0,0,0)"


def loss_chart(epochs: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw the cross-entropy of training and validation, the epoch under way as it goes."""
    figure = _figure("Loss")
    _line(figure, epochs, "loss", "training", 0)
    _line(figure, epochs, "validation_loss", "validation", 1)
    if steps:
        at = [row["epoch"] - 1 + row["step"] / row["steps"] for row in steps]
        told = [row["loss"] for row in steps]
        line = {"color": chart_look().series[0], "width": 1, "dash": "dot"}
        figure.add_scatter(x=at, y=told, mode="lines", name="this epoch", line=line)
    return figure


def score_chart(epochs: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw accuracy, and the AUC of validation."""
    figure = _figure("Accuracy and AUC")
    _line(figure, epochs, "accuracy", "training accuracy", 0)
    _line(figure, epochs, "validation_accuracy", "validation accuracy", 1)
    _line(figure, epochs, "validation_auc", "validation AUC", 2)
    figure.update_yaxes(range=[0, 1.02])
    return figure


def rate_chart(epochs: Sequence[dict[str, Any]], steps: Sequence[dict[str, Any]]) -> go.Figure:
    """Draw the learning rate, on a logarithmic axis."""
    figure = _figure("Learning rate")
    rows = [(row["epoch"], row["learning_rate"]) for row in epochs]
    rows += [(r["epoch"] - 1 + r["step"] / r["steps"], r["learning_rate"]) for r in steps]
    line = {"color": chart_look().series[3], "width": 2}
    figure.add_scatter(
        x=[at for at, _ in rows],
        y=[rate for _, rate in rows],
        mode="lines+markers",
        marker={"size": 4},
        name="rate",
        line=line,
    )
    figure.update_yaxes(type="log", exponentformat="power", dtick=1)
    return figure


def _figure(title: str) -> go.Figure:
    look, figure = chart_look(), go.Figure()
    figure.update_layout(
        title={"text": title, "font": {"size": 13}, "x": 0, "xanchor": "left", "y": 0.98},
        height=_HEIGHT,
        margin={"l": 44, "r": 8, "t": 30, "b": 34},
        paper_bgcolor=_CLEAR,
        plot_bgcolor=_CLEAR,
        font={"color": look.ink, "size": 12},
        hoverlabel={"bgcolor": look.hover},
        legend={"orientation": "h", "y": -0.16, "x": 0, "font": {"size": 11}},
        uirevision=title,  # a zoom survives the next drawing
    )
    figure.update_xaxes(gridcolor=look.line, zeroline=False, rangemode="tozero", dtick=None)
    figure.update_yaxes(gridcolor=look.line, zeroline=False)
    return figure


def _line(
    figure: go.Figure, rows: Sequence[dict[str, Any]], key: str, name: str, place: int
) -> None:
    symbol = ("circle", "square", "diamond")[place]
    figure.add_scatter(
        x=[row["epoch"] for row in rows],
        y=[row[key] for row in rows],
        mode="lines+markers",
        name=name,
        line={"color": chart_look().series[place], "width": 2},
        marker={"size": 6, "symbol": symbol},
    )
