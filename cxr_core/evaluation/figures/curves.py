"""ROC, precision-recall, reliability, and what a prevalence makes of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.evaluation.figures.look import Look, draw, dress_axes, style, told, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEIGHT = 430
_PREVALENCES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_FIRST = 5  # of the prevalences: where the slider stands at first


def roc_figure(look: Look, classes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Draw the receiver operating curve of each class that has one."""
    traces = [_diagonal(look)]
    for place, each in enumerate(classes):
        if (curve := each.get("roc")) is not None:
            traces.append(
                _curve(
                    look,
                    place,
                    curve["false_positive_rate"],
                    curve["true_positive_rate"],
                    f"{words(each['name'])}, AUC {_value(each['auc'])}",
                )
                | {
                    "customdata": [_threshold(value) for value in curve["threshold"]],
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
        if (curve := each.get("precision_recall")) is None:
            continue
        traces.append(
            _curve(
                look,
                place,
                curve["recall"],
                curve["precision"],
                f"{words(each['name'])}, area {_value(each['average_precision'])}",
            )
            | {
                "customdata": [_threshold(value) for value in curve["threshold"]],
                "hovertemplate": "%{x:.3f} found, %{y:.3f} of calls right%{customdata}",
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [0, 1],
                "y": [each["prevalence"]] * 2,
                "line": {"color": style(look, place).colour, "width": 1, "dash": "dot"},
                "opacity": 0.6,
                "showlegend": False,
                "hovertemplate": f"calling every film {words(each['name'])}: %{{y:.3f}}"
                "<extra></extra>",
            }
        )
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
                "customdata": [one["films"] for one in bins],
                "hovertemplate": "sure to %{x:.3f}, right in %{y:.3f} of %{customdata} films",
            }
        )
    return _square(
        look, traces, "probability of the favourite class", "share of films where it was right"
    )


def prevalence_figure(look: Look, classes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Draw PPV and NPV over prevalence; a slider in the figure reads them off.

    Bayes' rule on each class' sensitivity and specificity, which are taken to be the same at
    every prevalence.
    """
    grid = np.geomspace(_PREVALENCES[0], _PREVALENCES[-1], 120)
    traces: list[dict[str, Any]] = []
    for place, each in enumerate(classes):
        rates = each["sensitivity"]["value"], each["specificity"]["value"]
        if None in rates:
            continue
        values = predictive_values(*rates, grid)
        for axis, name, line in zip(("x", "x2"), ("PPV", "NPV"), values, strict=True):
            traces.append(
                _curve(look, place, grid.tolist(), line.tolist(), words(each["name"]))
                | {
                    "xaxis": axis,
                    "yaxis": axis.replace("x", "y"),
                    "showlegend": name == "PPV",
                    "hovertemplate": f"{name} %{{y:.3f}} at prevalence %{{x:.3f}}",
                }
            )
    figure = draw(look, traces, height=_HEIGHT + 110, showlegend=True)
    ticks = [0.001, 0.01, 0.1, 0.5]
    shared = {
        "type": "log",
        "title": {"text": "prevalence"},
        "tickvals": ticks,
        "ticktext": [f"{tick:.1%}" for tick in ticks],
    }
    figure.update_layout(
        xaxis={**shared, "domain": [0, 0.46], "anchor": "y"},
        xaxis2={**shared, "domain": [0.54, 1], "anchor": "y2"},
        yaxis={"title": {"text": "PPV: calls that are right"}, "range": [0, 1.02]},
        yaxis2={
            "title": {"text": "NPV: all-clears that are right"},
            "range": [0, 1.02],
            "anchor": "x2",
        },
        shapes=[_marker(look, axis) for axis in ("x", "x2")],
        annotations=[_reading(look, classes, _PREVALENCES[_FIRST])],
        sliders=[_slider(look, classes)],
        margin={"l": 8, "r": 12, "t": 66, "b": 8},
    )
    dress_axes(look, figure)
    return figure


def predictive_values(
    sensitivity: float,
    specificity: float,
    prevalence: Any,  # noqa: ANN401 - number or array
) -> tuple[Any, Any]:
    """Return PPV and NPV by Bayes' rule.

    >>> predictive_values(0.9, 0.9, 0.5)
    (0.9, 0.9)
    """
    found, alarms = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    missed, cleared = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    with np.errstate(divide="ignore", invalid="ignore"):
        return found / (found + alarms), cleared / (cleared + missed)


def _slider(look: Look, classes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    steps = [
        {
            "label": f"{prevalence:.1%}",
            "method": "relayout",
            "args": [
                {
                    f"shapes[{place}].{end}": prevalence
                    for place in (0, 1)
                    for end in ("x0", "x1")
                }
                | {"annotations[0].text": _sentence(classes, prevalence)}
            ],
        }
        for prevalence in _PREVALENCES
    ]
    return {
        "active": _FIRST,
        "steps": steps,
        "pad": {"t": 62, "b": 4, "l": 6, "r": 6},
        "currentvalue": {"prefix": "If this share of the films were of the class: "},
        "bgcolor": look.line,
        "activebgcolor": look.series[0],
        "bordercolor": look.line,
        "tickcolor": look.quiet,
        "font": {"size": 11, "color": look.ink},
    }


def _marker(look: Look, axis: str) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": axis,
        "yref": axis.replace("x", "y") + " domain",
        "x0": _PREVALENCES[_FIRST],
        "x1": _PREVALENCES[_FIRST],
        "y0": 0,
        "y1": 1,
        "line": {"color": look.ink, "width": 1},
    }


def _reading(
    look: Look, classes: Sequence[Mapping[str, Any]], prevalence: float
) -> dict[str, Any]:
    return {
        "text": _sentence(classes, prevalence),
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": 1.06,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": 20,
        "align": "left",
        "showarrow": False,
        "font": {"size": 12, "color": look.ink},
    }


def _sentence(classes: Sequence[Mapping[str, Any]], prevalence: float) -> str:
    said = []
    for each in classes:
        rates = each["sensitivity"]["value"], each["specificity"]["value"]
        if None not in rates:
            right, clear = predictive_values(*rates, prevalence)
            said.append(f"{words(each['name'])}: PPV {right:.2f}, NPV {clear:.3f}")
    return f"At {prevalence:.1%}: " + "; ".join(said)


def _curve(
    look: Look, place: int, across: Sequence[float], up: Sequence[float], name: str
) -> dict[str, Any]:
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
    figure.update_xaxes(title={"text": across}, range=[-0.01, 1.01])
    figure.update_yaxes(title={"text": up}, range=[-0.01, 1.02])
    return figure


def _threshold(value: float | None) -> str:
    return "" if value is None else f"<br>from probability {value:.3f} on"


def _value(measure: Mapping[str, Any]) -> str:
    return told(measure["value"])
