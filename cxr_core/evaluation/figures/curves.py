"""ROC, precision-recall and reliability, each on a square from 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.look import Look, draw, style, told, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEIGHT = 430


def roc_figure(look: Look, classes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Draw the receiver operating curve of each class that has one."""
    traces = [_diagonal(look)]
    for place, each in enumerate(classes):
        if (line := each.get("roc")) is not None:
            traces.append(
                curve(
                    look,
                    place,
                    line["false_positive_rate"],
                    line["true_positive_rate"],
                    f"{words(each['name'])}, AUC {_value(each['auc'])}",
                )
                | {
                    "customdata": [_threshold(value) for value in line["threshold"]],
                    "hovertemplate": "%{x:.3f} false alarms, %{y:.3f} found%{customdata}",
                }
            )
    return _square(
        look,
        traces,
        "false alarms among the others (1 - specificity)",
        "found among the class (sensitivity)",
    )


def precision_recall_figure(look: Look, classes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Draw precision over recall of each class, with its share of the films as a floor."""
    traces: list[dict[str, Any]] = []
    for place, each in enumerate(classes):
        if (line := each.get("precision_recall")) is None:
            continue
        traces.append(
            curve(
                look,
                place,
                line["recall"],
                line["precision"],
                f"{words(each['name'])}, area {_value(each['average_precision'])}",
            )
            | {
                "customdata": [_threshold(value) for value in line["threshold"]],
                "hovertemplate": "%{x:.3f} found, %{y:.3f} of calls right%{customdata}",
            }
        )
        traces.append(_floor(look, place, each))
    return _square(
        look, traces, "found among the class (recall)", "right among the calls (precision)"
    )


def reliability_figure(
    look: Look, before: Mapping[str, Any], after: Mapping[str, Any] | None
) -> Any:  # noqa: ANN401
    """Draw how often the favourite was right against how sure the network was."""
    told_of = [("as trained", before)]
    if after is not None:
        told_of.append((f"at temperature {after['temperature']:.2f}", after))
    traces = [_diagonal(look)]
    for place, (name, each) in enumerate(told_of):
        kind = style(look, place)
        bins = each["curve"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": f"{name}, error {_value(each['ece'])}",
                "x": [one["confidence"] for one in bins],
                "y": [one["accuracy"] for one in bins],
                "error_y": {
                    "type": "data",
                    "array": [one["high"] - one["accuracy"] for one in bins],
                    "arrayminus": [one["accuracy"] - one["low"] for one in bins],
                    "color": kind.colour,
                    "thickness": 1,
                    "width": 3,
                },
                "line": {"color": kind.colour, "dash": kind.dash, "width": 1.5},
                "marker": {"color": kind.colour, "symbol": kind.shape, "size": 8},
                "cliponaxis": False,
                "customdata": [one["films"] for one in bins],
                "hovertemplate": "sure to %{x:.3f}, right in %{y:.3f} of %{customdata} films",
            }
        )
    return _square(
        look, traces, "probability of the favourite class", "share of films where it was right"
    )


def _floor(look: Look, place: int, each: Mapping[str, Any]) -> dict[str, Any]:
    """What calling every film the class would give: its share of the films."""
    kind, name = style(look, place), words(each["name"])
    return {
        "type": "scatter",
        "mode": "lines+text",
        "x": [0, 1],
        "y": [each["prevalence"]] * 2,
        "text": [f" all called {name}", ""],
        "textposition": "top right",
        "textfont": {"size": 11, "color": look.quiet},
        "line": {"color": kind.colour, "width": 1, "dash": kind.dash},
        "showlegend": False,
        "hovertemplate": f"calling every film {name}: %{{y:.3f}}<extra></extra>",
    }


def curve(
    look: Look, place: int, across: Sequence[float], up: Sequence[float | None], name: str
) -> dict[str, Any]:
    """Return a line in the style of the series at a place."""
    kind = style(look, place)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(across),
        "y": list(up),
        "line": {"color": kind.colour, "dash": kind.dash, "width": 2},
    }


def _diagonal(look: Look) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": look.quiet, "width": 1, "dash": "dot"},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _square(look: Look, traces: list[dict[str, Any]], across: str, up: str) -> Any:  # noqa: ANN401
    figure = draw(look, traces, height=_HEIGHT, showlegend=True)
    figure.update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "font": {"size": 12}}
    )
    figure.update_xaxes(title={"text": across}, range=[-0.02, 1.02])
    figure.update_yaxes(title={"text": up}, range=[-0.02, 1.03])
    return figure


def _threshold(value: float | None) -> str:
    return "" if value is None else f"<br>from probability {value:.3f} on"


def _value(measure: Mapping[str, Any]) -> str:
    return told(measure["value"])
