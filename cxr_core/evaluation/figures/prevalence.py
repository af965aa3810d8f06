"""What a prevalence makes of a call: PPV and NPV, by Bayes' rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.evaluation.figures.curves import curve
from cxr_core.evaluation.figures.look import Look, draw, dress_axes, told, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HEIGHT = 540
_PREVALENCES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_TICKS = (0.001, 0.01, 0.1, 0.5)
_FIRST = 5  # of the prevalences: where the slider stands at first


def prevalence_figure(look: Look, classes: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401
    """Draw PPV and NPV over prevalence; a slider in the figure reads them off.

    Bayes' rule on each class' sensitivity and specificity, which are taken to be the same at
    every prevalence.
    """
    figure = draw(look, _predictive_curves(look, classes), height=_HEIGHT, showlegend=True)
    shared = {
        "type": "log",
        "title": {"text": "prevalence"},
        "tickvals": _TICKS,
        "ticktext": [f"{tick:.1%}" for tick in _TICKS],
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


def _predictive_curves(
    look: Look, classes: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """PPV on the first axes and NPV on the second, a curve for each class that has both."""
    grid = np.geomspace(_PREVALENCES[0], _PREVALENCES[-1], 120).tolist()
    traces = []
    for place, each in enumerate(classes):
        rates = each["sensitivity"]["value"], each["specificity"]["value"]
        if None in rates:
            continue
        pairs = [predictive_values(*rates, prevalence) for prevalence in grid]
        lines = zip(*pairs, strict=True)
        for axis, name, line in zip(("x", "x2"), ("PPV", "NPV"), lines, strict=True):
            traces.append(
                curve(look, place, grid, line, words(each["name"]))
                | {
                    "xaxis": axis,
                    "yaxis": axis.replace("x", "y"),
                    "showlegend": name == "PPV",
                    "hovertemplate": f"{name} %{{y:.3f}} at prevalence %{{x:.3f}}",
                }
            )
    return traces


def predictive_values(
    sensitivity: float, specificity: float, prevalence: float
) -> tuple[float | None, float | None]:
    """Return PPV and NPV by Bayes' rule; None where the class is never called, or always.

    >>> predictive_values(0.9, 0.9, 0.5), predictive_values(0.0, 1.0, 0.5)
    ((0.9, 0.9), (None, 0.5))
    """
    found, alarms = sensitivity * prevalence, (1 - specificity) * (1 - prevalence)
    missed, cleared = (1 - sensitivity) * prevalence, specificity * (1 - prevalence)
    return (
        found / (found + alarms) if found + alarms > 0 else None,
        cleared / (cleared + missed) if cleared + missed > 0 else None,
    )


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
            said.append(f"{words(each['name'])}: PPV {told(right)}, NPV {told(clear)}")
    return f"At {prevalence:.1%}: " + "; ".join(said)
