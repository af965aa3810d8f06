"""The confusion matrix: counts in words, shares in colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.look import Look, draw, words

if TYPE_CHECKING:
    from collections.abc import Sequence

_CELL_HEIGHT = 64


def confusion_figure(
    look: Look, classes: Sequence[str], counts: Sequence[Sequence[int]]
) -> Any:  # noqa: ANN401 - Plotly is not typed
    """Draw counts of (true class, called class), each row coloured by its shares."""
    shares = [[count / max(1, sum(line)) for count in line] for line in counts]
    heat = {
        "type": "heatmap",
        "z": shares,
        "x": [words(name) for name in classes],
        "y": [
            f"{words(name)} (n {sum(line):,})  "
            for name, line in zip(classes, counts, strict=True)
        ],
        "customdata": [list(line) for line in counts],
        "colorscale": [list(stop) for stop in look.scale],
        "zmin": 0.0,
        "zmax": 1.0,
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "hovertemplate": "%{y}called %{x}: %{customdata:,} films, %{z:.1%} of the row"
        "<extra></extra>",
    }
    figure = draw(
        look,
        [heat],
        height=112 + _CELL_HEIGHT * len(classes),
        margin={"l": 8, "r": 8, "t": 64, "b": 8},
    )
    for note in _counted(look, counts, shares):
        figure.add_annotation(note)
    figure.update_xaxes(
        side="top", showgrid=False, title={"text": "called by the network, films"}
    )
    figure.update_yaxes(
        autorange="reversed", showgrid=False, title={"text": "truth", "standoff": 14}
    )
    return figure


def _counted(
    look: Look, counts: Sequence[Sequence[int]], shares: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    """Write count and share into every cell, in what can be read on its colour."""
    return [
        {
            "x": column,
            "y": row,
            "text": f"{count:,}<br>{share:.0%}",
            "showarrow": False,
            "font": {
                "size": 13,
                "color": look.text_high if share >= look.text_turns else look.text_low,
            },
        }
        for row, (line, own) in enumerate(zip(counts, shares, strict=True))
        for column, (count, share) in enumerate(zip(line, own, strict=True))
    ]
