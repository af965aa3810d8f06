"""Charts of counts: numbers in, figures out; told apart by colour and shape."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from cxr_core.services import DARK, CrossTable, draw_chart
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.services import ChartLook

_BANDS = (0, 200, 300, 400, 600, 1000, 1500, 2000, 3000)  # pixels of the longer side, from
_ROW_HEIGHT = 30
_FRAME_HEIGHT = 60


def count_chart(table: CrossTable, look: ChartLook = DARK) -> Any:  # noqa: ANN401 - Plotly
    """Draw counts, each column of `table` (mostly a source) as a row, coloured by its share.

    A count of zero is an empty cell. A row's shares add up to 1, so that a small source is
    as visible as a large one.
    """
    lines = [list(line) for line in zip(*table.counts, strict=True)]
    shares = [[count / max(1, sum(line)) for count in line] for line in lines]
    cell = {"place": "%{y}%{x}", "films": "%{customdata:,}", "share": "%{z:.0%}"}
    heat = {
        "type": "heatmap",
        "z": [[share if share else None for share in line] for line in shares],
        "x": [escape(words(name)).replace(" ", "<br>") for name in table.rows],
        "y": [f"{escape(name)}  " for name in table.columns],
        "customdata": lines,
        "colorscale": [list(stop) for stop in look.scale],
        "zmin": 0.0,
        "zmax": 1.0,
        "xgap": 2,
        "ygap": 2,
        "showscale": False,
        "hoverongaps": False,
        "hovertemplate": f"{say('data-chart-hover', **cell)}<extra></extra>",
    }
    height = _FRAME_HEIGHT + _ROW_HEIGHT * len(lines)
    figure = draw_chart(look, [heat], height=height, showlegend=False, margin={"t": 46})
    for row, (counts, line) in enumerate(zip(lines, shares, strict=True)):
        for column, (count, share) in enumerate(zip(counts, line, strict=True)):
            if count:
                ink = look.text_high if share >= look.text_turns else look.text_low
                figure.add_annotation(
                    x=column, y=row, text=f"{count:,}", showarrow=False,
                    font={"size": 13, "color": ink},
                )  # fmt: skip
    figure.update_xaxes(side="top", showgrid=False, tickangle=0)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def size_bands(sizes: Mapping[str, Mapping[tuple[int, int], int]]) -> CrossTable:
    """Count films by their longer side, in bands that are used, for each source.

    `sizes` has the films of each source by (columns, rows).
    """
    sources = tuple(sorted(sizes))
    counts = {band: dict.fromkeys(sources, 0) for band in _BANDS}
    for source, films in sizes.items():
        for size, count in films.items():
            band = next(each for each in reversed(_BANDS) if max(size) >= each)
            counts[band][source] += count
    used = [band for band in _BANDS if any(counts[band].values())]
    return CrossTable(
        tuple(_band_words(band) for band in used),
        sources,
        tuple(tuple(counts[band].values()) for band in used),
    )


def _band_words(band: int) -> str:
    place = _BANDS.index(band)
    if place + 1 == len(_BANDS):
        return f"{band}+"
    return f"{band}-{_BANDS[place + 1] - 1}"


def turned(table: CrossTable) -> CrossTable:
    """Swap rows and columns."""
    counts = tuple(zip(*table.counts, strict=True))
    return replace(table, rows=table.columns, columns=table.rows, counts=counts)


def in_words(table: CrossTable) -> str:
    """Say the largest cell of every row of the chart, for those who do not see it."""
    said = []
    for place, source in enumerate(table.columns):
        counts = [line[place] for line in table.counts]
        most = counts.index(max(counts))
        total = sum(counts)
        share, name = f"{counts[most] / total:.0%}", words(table.rows[most])
        said.append(say("data-chart-row", source=source, films=total, share=share, most=name))
    return say("data-chart-rows", rows="; ".join(said))


def words(name: str) -> str:
    """Return a name of the ontology as people write it."""
    return name.replace("_", " ")
