"""What the shortcut audit measured: bars against chance, where heat lies, maps that fade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.forest import Line, Row, forest, row
from cxr_core.evaluation.figures.look import Look, draw, measure_name, style, told, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CONDITIONS = {
    "plain": "whole film",
    "lungs_hidden": "lungs blacked out",
    "lungs_only": "only the lungs",
    "border_only": "only the border",
}
PARTS = {
    "border": "border alone",
    "lungs_hidden": "lungs hidden",
    "attention": "heat in the lungs",
    "source": "source in the features",
    "sanity": "maps under random weights",
}


def parts_figure(look: Look, audit: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Draw each part's score; the audit's own is the worst of them."""
    rows = [
        Row(
            PARTS.get(part["name"], part["name"]),
            "score",
            part["score"],
            absent="not judged, counts 0.5",
        )
        for part in audit["parts"]
    ]
    return forest(
        look, rows, "score, 0 bad to 1 good", (Line(0.3, "fails below"), Line(0.7, "passes"))
    )


def blackout_figure(look: Look, blackout: Mapping[str, Any], measure: str) -> Any:  # noqa: ANN401
    """Draw bars of one measure for each condition, with chance as a line.

    `measure` is accuracy, balanced_accuracy or auc; a condition that has none says so.
    """
    names = [CONDITIONS.get(each["name"], each["name"]) for each in blackout["conditions"]]
    values = [each[measure] or {} for each in blackout["conditions"]]
    chance = {
        "accuracy": blackout["majority"],
        "balanced_accuracy": blackout["balanced_chance"],
        "auc": 0.5,
    }[measure]
    traces = [_bars(look, names, values, blackout["films"])]
    if chance is not None:
        name = "always the commonest class" if measure == "accuracy" else "chance"
        traces.append(_level(look, names, chance, f"{name}, {chance:.2f}"))
    figure = draw(look, traces, height=330, showlegend=chance is not None)
    figure.update_yaxes(title={"text": measure_name(measure)}, range=[0, 1.04])
    figure.update_xaxes(showgrid=False)
    return figure


def _bars(
    look: Look, names: list[str], values: list[Mapping[str, Any]], films: int
) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": names,
        "y": [each.get("value") for each in values],
        "marker": {"color": style(look, 0).colour},
        "error_y": _whiskers(values, look.ink, width=5),
        "customdata": [
            told(*(each.get(end) for end in ("value", "low", "high"))) for each in values
        ],
        "hovertemplate": f"%{{x}}: %{{customdata}}<br>{films:,} films<extra></extra>",
        "width": 0.35,
        "name": "with its 95 % interval",
    }


def _level(look: Look, names: list[str], value: float, name: str) -> dict[str, Any]:
    kind = style(look, 1)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": names,
        "y": [value] * len(names),
        "line": {"color": kind.colour, "dash": kind.dash, "width": 2},
        "hoverinfo": "skip",
    }


def attention_figure(look: Look, attention: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Draw how many times the lungs' share of the area their share of the heat is."""
    told_of = [("all classes", attention), *((c["name"], c) for c in attention["per_class"])]
    rows = [
        row(
            f"{name} (n {each['films']})", series, (each[key] or {}).get("ratio"), each["films"]
        )
        for name, each in told_of
        for key, series in (("film", "on the full film"), ("map", "on the map's own grid"))
    ]
    return forest(
        look,
        rows,
        "heat in the lungs / area of the lungs",
        (Line(1.0, "heat spread evenly"),),
        (0.4, 1.6),
    )


def probe_figure(look: Look, source: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Draw how well the source is told from the features, against chance."""
    probes = [source["overall"], *source["within_class"]]
    rows = []
    for probe in probes:
        name = "all films" if probe["label"] is None else f"inside {probe['label']}"
        label = f"{name}, {len(probe['sources'])} sources (n {probe['films']})"
        rows.append(
            row(label, "told from the features", probe["balanced_accuracy"], probe["films"])
        )
        floor = probe["class_alone"] if probe["label"] is None else probe["chance"]
        rows.append(Row(label, "without looking at the film", floor, films=probe["films"]))
    return forest(look, rows, "balanced accuracy of telling the source")


def cascade_figure(look: Look, sanity: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Draw how maps lose their likeness while weights are drawn at random, head first."""
    names = ["trained", *(words(stage["name"]) for stage in sanity["stages"])]
    traces = []
    for place, (key, name) in enumerate(
        (("spearman", "rank correlation"), ("ssim", "structural similarity"))
    ):
        kind = style(look, place)
        values = [{"value": 1.0}, *(stage[key] for stage in sanity["stages"])]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": names,
                "y": [each["value"] for each in values],
                "error_y": _whiskers(values, kind.colour, width=3),
                "line": {"color": kind.colour, "dash": kind.dash},
                "marker": {"color": kind.colour, "symbol": kind.shape, "size": 8},
                "hovertemplate": f"%{{x}}: {name} %{{y:.3f}}<extra></extra>",
            }
        )
    figure = draw(look, traces, height=340, showlegend=True)
    figure.update_yaxes(title={"text": "likeness to the trained maps"}, range=[-0.25, 1.05])
    figure.update_xaxes(
        title={"text": "drawn at random, down to and including"}, showgrid=False
    )
    return figure


def _whiskers(values: Sequence[Mapping[str, Any]], colour: str, width: int) -> dict[str, Any]:
    return {
        "type": "data",
        "array": [_reach(each, "high") for each in values],
        "arrayminus": [_reach(each, "low") for each in values],
        "color": colour,
        "thickness": 1.4,
        "width": width,
    }


def _reach(measure: Mapping[str, Any], end: str) -> float:
    value, limit = measure.get("value"), measure.get(end)
    return 0.0 if value is None or limit is None else max(0.0, abs(limit - value))
