"""Whether to believe it: calibration, prediction sets, operating points, the shortcut audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.curves import reliability_figure
from cxr_core.evaluation.figures.forest import Line, forest, row
from cxr_core.evaluation.figures.look import measure_name, told
from cxr_core.evaluation.report.parts import Chart, Section, Table, among, cell, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    said = _calibration_told(numbers)
    return Section(
        "calibration",
        "Calibration",
        said,
        charts=(
            Chart(
                "calibration",
                f"Reliability, {among(numbers['films'], numbers['patients'])}",
                " ".join(said),
                lambda look: reliability_figure(look, before, after),
            ),
        ),
        tables=(_calibration_table(before, after),),
    )


def _calibration_told(numbers: Mapping[str, Any]) -> tuple[str, ...]:
    before, after = numbers["before"], numbers["after"]
    said = (
        "A perfect version lies on the diagonal: of the films that it is sure of to 0.8, 0.8 "
        "are right. The expected calibration error is the mean distance from it over 15 bins "
        "of equally many films; a version whose probabilities are true would still show "
        f"{before['ece_if_calibrated']:.3f} on so many films, by chance."
    )
    if after is None:
        untouched = (
            "No temperature was fitted: the probabilities are as the network gives them."
        )
        return said, untouched
    fitted = numbers["calibration"]
    films = f"{count(fitted['films'])} validation films" if fitted else "validation films"
    return said, (
        f"One temperature, {after['temperature']:.3f}, was fitted on {films}. It changes the "
        f"error from {told(before['ece']['value'])} to {told(after['ece']['value'])}, and no "
        "call."
    )


def _calibration_table(before: Mapping[str, Any], after: Mapping[str, Any] | None) -> Table:
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
    return Table("Calibration", ("", *(name for name, _ in columns)), tuple(rows))


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
    films = _films_of(numbers)
    rows = [
        row(label, _WAYS[name], measure, films.get(label))
        for name, way in ways
        for label, measure in _coverages(way)
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
        tables=(_coverage_table(ways),),
    )


def _coverage_table(ways: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    """Compare the ways to choose thresholds, a column each."""
    labels = dict.fromkeys(label for _, way in ways for label, _ in _coverages(way))
    coverages = [dict(_coverages(way)) for _, way in ways]
    rows = [(label, *(cell(own.get(label)) for own in coverages)) for label in labels]
    rows += [(words, *(cell(way[key]) for _, way in ways)) for key, words in _SET_SIZES.items()]
    return Table("Coverage", ("", *(_WAYS[name] for name, _ in ways)), tuple(rows))


def _coverages(way: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        ("all films", way["coverage"]),
        *((f"class: {name}", each) for name, each in way["by_class"].items()),
        *((f"source: {name}", each) for name, each in way["by_source"].items()),
    ]


def _films_of(numbers: Mapping[str, Any]) -> dict[str, int]:
    """Say how many films each line of the coverage rests on, where that is known."""
    classes = {f"class: {each['name']}": each["films"] for each in numbers["per_class"]}
    sources = {
        f"source: {each['name']}": each["films"] for each in numbers["subgroups"]["source"]
    }
    return {"all films": numbers["films"], **classes, **sources}


def operating_section(told_of: Material) -> Section:
    """Tell what a threshold for a wanted sensitivity gave on films it was not chosen on."""
    points = told_of.evaluation["operating_points"]
    if not points:
        return Section("operating", "Operating points", (f"None were chosen. {_AGAIN}",))
    films = {each["name"]: each["films"] for each in told_of.evaluation["per_class"]}
    rows = [
        row(_point_label(each["point"]), rate, each[rate], films.get(each["point"]["name"]))
        for each in points
        for rate in ("sensitivity", "specificity")
    ]
    table = _points_table(points)

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
                "; ".join(f"{line[0]}: sensitivity {line[3]}" for line in table.rows),
                draw,
            ),
        ),
        tables=(table,),
    )


def _point_label(point: Mapping[str, Any]) -> str:
    return f"{point['name']}, wanted {point['wanted']:g}"


def _points_table(points: Sequence[Mapping[str, Any]]) -> Table:
    rates = ("sensitivity", "specificity", "ppv", "npv")
    rows = [
        (
            _point_label(each["point"]),
            f"{each['point']['threshold']:.3f}",
            count(each["point"]["films"]),
            *(cell(each[rate]) for rate in rates),
        )
        for each in points
    ]
    head = (
        "class and wanted sensitivity",
        "from probability",
        "validation films",
        *(measure_name(rate) for rate in rates),
    )
    return Table("Thresholds and what they gave", head, tuple(rows))
