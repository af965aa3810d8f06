"""Whether to believe it: calibration, prediction sets, operating points, the shortcut audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.curves import reliability_figure
from cxr_core.evaluation.figures.forest import Line, forest, row
from cxr_core.evaluation.figures.look import told
from cxr_core.evaluation.report.parts import Chart, Section, Table, among, cell, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.evaluation.figures.look import Look
    from cxr_core.evaluation.report.material import Material

_WAYS = {"together": "one threshold for all", "by_class": "a threshold for each class"}
_SET_SIZES = {
    "mean_size": "mean size",
    "singletons": "sets of one class",
    "full": "sets of all classes",
    "empty": "would have been empty",
}
_AGAIN = "Judge the version again with `evaluate NAME --record`."


def calibration_section(told_of: Material) -> Section:
    """Tell whether a probability means what it says, before and after the temperature."""
    numbers = told_of.evaluation
    before, after = numbers["before"], numbers["after"]
    if before is None:
        return Section("calibration", "Calibration", (f"Not measured. {_AGAIN}",))
    said = [
        "A perfect version lies on the diagonal: of the films that it is sure of to 0.8, 0.8 "
        "are right. The expected calibration error is the mean distance from it over 15 bins "
        "of equally many films; a version whose probabilities are true would still show "
        f"{before['ece_if_calibrated']:.3f} on so many films, by chance.",
    ]
    if after is None:
        said.append(
            "No temperature was fitted: the probabilities are as the network gives them."
        )
    else:
        fitted = numbers["calibration"]
        said.append(
            f"One temperature, {after['temperature']:.3f}, was fitted on "
            f"{count(fitted['films'])} validation films. It changes the error from "
            f"{told(before['ece']['value'])} to {told(after['ece']['value'])}, and no call."
        )
    columns = [("as trained", before), *([("at the temperature", after)] if after else [])]
    rows = [
        (words, *(cell(each[key]) for _, each in columns))
        for words, key in (
            ("expected calibration error, favourite", "ece"),
            ("expected calibration error, mean of classes", "ece_by_class"),
            ("Brier score, 0 to 2", "brier"),
            ("log loss, nats", "log_loss"),
        )
    ]
    return Section(
        "calibration",
        "Calibration",
        tuple(said),
        charts=(
            Chart(
                "calibration",
                f"Reliability, {among(numbers['films'], numbers['patients'])}",
                " ".join(said),
                lambda look: reliability_figure(look, before, after),
            ),
        ),
        tables=(Table("Calibration", ("", *(name for name, _ in columns)), tuple(rows)),),
    )


def conformal_section(told_of: Material) -> Section:
    """Tell how often prediction sets hold the truth."""
    numbers = told_of.evaluation
    sets = numbers["conformal"]
    if sets is None:
        return Section("conformal", "Prediction sets", (f"Not measured. {_AGAIN}",))
    ways = [(name, sets[name]) for name in _WAYS if sets[name] is not None]
    level = sets["level"]
    served = sets[sets["served"]]
    said = [
        f"A prediction set should hold the truth for {level:.0%} of films like the validation "
        f"films; on the test films it did for {cell(served['coverage'])}, with "
        f"{told(served['mean_size']['value'])} classes in a set on average. Readings use "
        f"{_WAYS[sets['served']]}.",
        "The promise is for films like those it was fitted to: coverage inside a source may be "
        "lower, and at another hospital nobody knows it.",
    ]
    rows = [
        row(label, _WAYS[name], measure)
        for name, way in ways
        for label, measure in _coverages(way)
    ]
    labels = dict.fromkeys(each.label for each in rows)
    cells = [[dict(_coverages(way)).get(label) for _, way in ways] for label in labels]
    table = [
        (label, *(cell(measure) for measure in line))
        for label, line in zip(labels, cells, strict=True)
    ]
    table += [
        (words, *(cell(way[key]) for _, way in ways)) for key, words in _SET_SIZES.items()
    ]

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "coverage", (Line(level, "wanted"),), (0.5, 1.0))

    return Section(
        "conformal",
        "Prediction sets",
        tuple(said),
        charts=(
            Chart(
                "conformal",
                f"Coverage, {among(numbers['films'], numbers['patients'])}",
                "; ".join(f"{each.label}: {told(each.value)}" for each in rows),
                draw,
            ),
        ),
        tables=(Table("Coverage", ("", *(_WAYS[name] for name, _ in ways)), tuple(table)),),
    )


def _coverages(way: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        ("all films", way["coverage"]),
        *((f"class: {name}", each) for name, each in way["by_class"].items()),
        *((f"source: {name}", each) for name, each in way["by_source"].items()),
    ]


def operating_section(told_of: Material) -> Section:
    """Tell what a threshold for a wanted sensitivity gave on films it was not chosen on."""
    points = told_of.evaluation["operating_points"]
    if not points:
        return Section("operating", "Operating points", (f"None were chosen. {_AGAIN}",))
    rows, lines = [], []
    for each in points:
        point = each["point"]
        label = f"{point['name']}, wanted {point['wanted']:g}"
        rows += [row(label, rate, each[rate]) for rate in ("sensitivity", "specificity")]
        lines.append(
            (
                label,
                f"{point['threshold']:.3f}",
                count(point["films"]),
                *(cell(each[rate]) for rate in ("sensitivity", "specificity", "ppv", "npv")),
            )
        )
    head = ("class and wanted sensitivity", "from probability", "validation films",
            "sensitivity", "specificity", "PPV", "NPV")  # fmt: skip

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "share of test films, 95 % interval")

    numbers = told_of.evaluation
    return Section(
        "operating",
        "Operating points",
        (
            "Each threshold was chosen on validation films to find the wanted share of a "
            "class, and measured on test films: there the share may turn out another.",
        ),
        charts=(
            Chart(
                "operating",
                f"Operating points, {among(numbers['films'], numbers['patients'])}",
                "; ".join(f"{line[0]}: sensitivity {line[3]}" for line in lines),
                draw,
            ),
        ),
        tables=(Table("Thresholds and what they gave", head, tuple(lines)),),
    )
