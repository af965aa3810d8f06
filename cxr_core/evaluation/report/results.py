"""What the version got right: the summary, each class, the confusion, subgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.curves import (
    precision_recall_figure,
    roc_figure,
)
from cxr_core.evaluation.figures.forest import Row, forest, row
from cxr_core.evaluation.figures.look import measure_name
from cxr_core.evaluation.report.external import external_headlines
from cxr_core.evaluation.report.material import ALARM
from cxr_core.evaluation.report.parts import (
    Chart,
    Headline,
    Section,
    Table,
    among,
    cell,
    count,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.evaluation.figures.look import Look
    from cxr_core.evaluation.report.material import Material

_RATES = (
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "f1",
    "auc",
    "auc_within_sources",
    "average_precision",
)
_NOWHERE = (
    "No film of an independent hospital was tested, and no radiologist read the films again: "
    "nothing here says how the version would do in practice."
)
_NAIVE = (
    "The films were dealt one by one, copies included, as published work often did: test films "
    "show patients who were trained on, and every number below flatters."
)


def summary_section(told_of: Material) -> Section:
    """Tell the headline: internal beside external, and what to doubt."""
    numbers = told_of.evaluation
    accuracy = numbers["accuracy"]
    said = [
        f"{_n(numbers)} of the {numbers.get('split') or 'test'} split: accuracy "
        f"{cell(accuracy)}, balanced over classes {cell(numbers['balanced_accuracy'])}.",
        *_within_sources(numbers),
        _NOWHERE,
    ]
    if numbers.get("left_out_as_seen"):
        said.append(
            f"{count(numbers['left_out_as_seen'])} films of the split were left out, since the "
            "version was trained or tuned on their patient."
        )
    if numbers["refused"]:
        said.append(f"{count(numbers['refused'])} films could not be read and are not counted.")
    alarms = [_NAIVE] if told_of.is_naive else []
    if accuracy["value"] is not None and accuracy["value"] > ALARM:
        alarms.append(
            f"Internal accuracy above {ALARM:.2f} is an alarm, not a success: in published "
            "work it has mostly meant a leak or a shortcut. Look at the sources and the audit "
            "first."
        )
    return Section(
        "summary",
        "Summary",
        (*said, *numbers["remarks"]),
        tuple(alarms),
        headlines=tuple(_headlines(told_of)),
    )


def _headlines(told_of: Material) -> list[Headline]:
    numbers = told_of.evaluation
    found = [
        _headline("Internal accuracy", numbers["accuracy"]),
        _headline("Internal, balanced accuracy", numbers["balanced_accuracy"]),
        *external_headlines(told_of),
    ]
    reliability = numbers["after"] or numbers["before"]
    if reliability is None:
        found.append(Headline("Calibration error", "not measured", "judge the version again"))
    else:
        found.append(
            Headline(
                "Calibration error",
                f"{reliability['ece']['value']:.3f}",
                f"by chance alone {reliability['ece_if_calibrated']:.3f}",
            )
        )
    if told_of.audit is None:
        found.append(Headline("Shortcut audit", "not measured", "judge the version again"))
    else:
        score, verdict = told_of.audit["score"], told_of.audit["verdict"]
        found.append(Headline("Shortcut audit", f"{score:.2f}", verdict, verdict != "passes"))
    return found


def _headline(label: str, measure: Mapping[str, Any]) -> Headline:
    value, low, high = (measure.get(name) for name in ("value", "low", "high"))
    if value is None:
        return Headline(label, "not defined", "")
    beside = "no interval" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    return Headline(
        label, f"{value:.3f}", beside, label == "Internal accuracy" and value > ALARM
    )


def _within_sources(numbers: Mapping[str, Any]) -> list[str]:
    said = []
    for each in numbers["per_class"]:
        pooled, within = each["auc"]["value"], each["auc_within_sources"]["value"]
        if pooled is not None and within is not None:
            said.append(f"{each['name']} {pooled:.3f} and {within:.3f}")
    if not said:
        return []
    return [
        "Area under the ROC curve over all pairs of films, and over pairs of one source: "
        f"{'; '.join(said)}. Where the second is lower, the first owes the difference to "
        "telling sources apart."
    ]


def _n(numbers: Mapping[str, Any]) -> str:
    patients = numbers["patients"]
    return f"{count(numbers['films'])} held-out films" + (
        "" if patients is None else f" of {patients:,} patients"
    )


def classes_section(told_of: Material) -> Section:
    """Tell of each class against the rest."""
    numbers = told_of.evaluation
    classes = numbers["per_class"]
    n = among(numbers["films"], numbers["patients"])
    said = (
        "A film is called the class that the network finds most probable; the operating points "
        "below call otherwise. "
        + (
            f"Intervals are 95 % of {numbers['resamples']:,} samples of whole patients."
            if numbers["resamples"]
            else "Intervals treat films as independent: the true ones are wider."
        ),
    )
    return Section(
        "classes",
        "Classes",
        said,
        charts=(*_rate_charts(classes, n), *_curve_charts(classes, n)),
        tables=(_classes_table(numbers),),
    )


def _rate_charts(classes: list[dict[str, Any]], n: str) -> list[Chart]:
    return [
        Chart(
            "classes-rates",
            f"Sensitivity and specificity, {n}",
            _alt(classes, ("sensitivity", "specificity")),
            _rates_figure(classes),
        ),
        Chart(
            "classes-auc",
            f"Area under the ROC curve: all pairs, and pairs of one source, {n}",
            _alt(classes, ("auc", "auc_within_sources")),
            _areas_figure(classes),
        ),
    ]


def _curve_charts(classes: list[dict[str, Any]], n: str) -> list[Chart]:
    """Draw none where the evaluation is of the format that kept no curves."""
    if not any(each["roc"] for each in classes):
        return []
    return [
        Chart(
            "classes-roc",
            f"ROC curve, each class against the rest, {n}",
            _alt(classes, ("auc",)),
            lambda look: roc_figure(look, classes),
        ),
        Chart(
            "classes-precision",
            f"Precision and recall, each class against the rest, {n}",
            _alt(classes, ("average_precision",)),
            lambda look: precision_recall_figure(look, classes),
        ),
    ]


def _rates_figure(classes: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    rows = []
    for each in classes:
        label = f"{each['name']} (n {each['films']:,})"
        rows.append(row(label, "sensitivity", each["sensitivity"], each["films"]))
        rows.append(row(label, "specificity", each["specificity"]))

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "share, 95 % interval")

    return draw


def _areas_figure(classes: list[dict[str, Any]]) -> Any:  # noqa: ANN401
    rows: list[Row] = []
    for each in classes:
        label = f"{each['name']} (n {each['films']:,})"
        rows.append(row(label, "all pairs of films", each["auc"], each["films"]))
        rows.append(row(label, "pairs of one source", each["auc_within_sources"]))

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "area under the ROC curve, 0.5 is chance", span=(0.5, 1.0))

    return draw


def _classes_table(numbers: Mapping[str, Any]) -> Table:
    head = ("class", "films", *(measure_name(rate) for rate in _RATES))
    rows = [
        (each["name"], count(each["films"]), *(cell(each[rate]) for rate in _RATES))
        for each in numbers["per_class"]
    ]
    means = {"sensitivity": numbers["balanced_accuracy"], **numbers["macro"]}
    for name, values in (
        ("mean of classes", means),
        ("all questions pooled", numbers["micro"]),
    ):
        if len(values) > 1:
            cells = (cell(values[rate]) if rate in values else "" for rate in _RATES)
            rows.append((name, count(numbers["films"]), *cells))
    return Table("Each class against the rest", head, tuple(rows))


def _alt(classes: list[dict[str, Any]], rates: tuple[str, ...]) -> str:
    return "; ".join(
        f"{each['name']} {measure_name(rate)} {cell(each[rate])}"
        for each in classes
        for rate in rates
    )
