"""Internal beside external: always both, and where one was not measured, those words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.forest import NOT_MEASURED, Row, forest, row
from cxr_core.evaluation.figures.look import told
from cxr_core.evaluation.report.parts import Chart, Headline, Section, Table, among, cell, count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.evaluation.figures.look import Look
    from cxr_core.evaluation.report.material import Material

INTERNAL = "internal, head"
EXTERNAL = "external, head"
_VERSION = "internal, the version"
_HONEST_AUC = (
    "Published external areas under the curve lie near 0.80, whatever the internal ones were "
    "(DeGrave et al. 2021, Roberts et al. 2021)."
)


@dataclass(frozen=True, slots=True)
class MeanOverSources:
    """Balanced accuracies averaged over the sources that have both sides and films enough."""

    internal: float
    external: float
    worst: float
    worst_source: str
    sources: int


def mean_over_sources(told_of: Material) -> MeanOverSources | None:
    """Average over left-out sources, each counting once; None where there is none to average.

    Both sides are heads on the same features and the same unseen films, so that they differ in
    nothing but whether the head met the source.
    """
    pairs = [
        (each["source"], each["internal"], each["external_unseen"])
        for each in told_of.sources_out
        if each["internal"] and each["external_unseen"] and not each["internal"]["is_small"]
    ]
    values = [
        (inside["balanced_accuracy"]["value"], outside["balanced_accuracy"]["value"], source)
        for source, inside, outside in pairs
        if None
        not in (inside["balanced_accuracy"]["value"], outside["balanced_accuracy"]["value"])
    ]
    if not values:
        return None
    worst = min(values, key=lambda each: each[1])
    return MeanOverSources(
        internal=sum(each[0] for each in values) / len(values),
        external=sum(each[1] for each in values) / len(values),
        worst=worst[1],
        worst_source=worst[2],
        sources=len(values),
    )


def external_headlines(told_of: Material) -> tuple[Headline, Headline]:
    """Return the two external numbers that stand beside the internal ones."""
    elsewhere = Headline("External, independent hospital", NOT_MEASURED, "no such films here")
    mean = mean_over_sources(told_of)
    if mean is None:
        why = "too few unseen patients" if told_of.sources_out else "no source was left out"
        return Headline("External, source left out", NOT_MEASURED, why), elsewhere
    return (
        Headline(
            "External, source left out",
            f"{mean.external:.3f}",
            f"balanced, mean of {mean.sources} sources; source met: {mean.internal:.3f}",
            is_alarm=mean.internal - mean.external > 0.1,
        ),
        elsewhere,
    )


def sources_section(told_of: Material) -> Section:
    """Tell of every source, from inside and from outside."""
    external = told_of.evaluation["external"]
    tables = [_version_table(told_of)]
    charts = [_accuracy_chart(told_of)]
    if told_of.sources_out:
        tables.append(_pairs_table(told_of))
        charts.append(_pairs_chart(told_of))
    return Section(
        "sources",
        "Sources: internal beside external",
        tuple(_sentences(told_of, external)),
        tuple(_alarms(told_of)),
        charts=tuple(charts),
        tables=tuple(tables),
    )


def _sentences(told_of: Material, external: Mapping[str, Any] | None) -> list[str]:
    said = []
    if external is None:
        return [
            "External: not measured. No source was left out, so nothing here says how the "
            "version does at a hospital that it has not met.",
            _HONEST_AUC,
        ]
    said.append(
        f"For each source a linear head on the features of {external['features']} learnt from "
        "all other sources' training films and was asked about that source (external, head). "
        "Beside it stands such a head that met the source too (internal, head), on the same "
        "films of patients whom the features never saw. Where a source has one class only, "
        "there is no area under the curve and the class' sensitivity stands in its place."
    )
    if mean := mean_over_sources(told_of):
        said.append(
            f"Averaged over {mean.sources} sources with films enough, balanced accuracy is "
            f"{mean.internal:.3f} when the head has met the source and {mean.external:.3f} "
            f"when it has not; the lowest is {mean.worst:.3f}, at {mean.worst_source}."
        )
    if saw := external.get("backbone_saw"):
        known, asked = sum(saw.values()), sum(external["patients"].values())
        said.append(
            f"The features themselves were trained or tuned on {known:,} of the {asked:,} "
            "patients here, under their sources' names: to them no source is wholly foreign, "
            "and a hospital that is will do worse than the external numbers."
        )
    elif external.get("backbone_saw") is None:
        said.append("Which patients the features were trained on is not known.")
    return [*said, _HONEST_AUC]


def _alarms(told_of: Material) -> list[str]:
    mean = mean_over_sources(told_of)
    if mean is None or mean.internal - mean.external <= 0.1:
        return []
    return [
        f"Leaving the source out costs {mean.internal - mean.external:.3f} of balanced "
        "accuracy: much of what the network knows is the source."
    ]


def _accuracy_chart(told_of: Material) -> Chart:
    out = {each["source"]: each for each in told_of.sources_out}
    inside = {each["name"]: each for each in told_of.evaluation["subgroups"]["source"]}
    rows: list[Row] = []
    for name in [*inside, *(source for source in out if source not in inside)]:
        own, left = inside.get(name), out.get(name)
        rows.append(_accuracy(name, _VERSION, own))
        rows.append(_accuracy(name, INTERNAL, left and left["internal"]))
        rows.append(
            _accuracy(name, EXTERNAL, left and (left["external_unseen"] or left["external"]))
        )

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "accuracy inside the source, 95 % interval")

    alt = "; ".join(f"{each.label}, {each.series}: {told(each.value)}" for each in rows)
    numbers = told_of.evaluation
    title = f"Accuracy by source, {among(numbers['films'], numbers['patients'])}"
    return Chart("sources-accuracy", title, alt, draw)


def _accuracy(name: str, series: str, group: Mapping[str, Any] | None) -> Row:
    if not group:
        return Row(name, series, None)
    return row(name, series, group["accuracy"], group["films"])


def _pairs_chart(told_of: Material) -> Chart:
    rows: list[Row] = []
    for each in told_of.sources_out:
        outside = each["external_unseen"] or each["external"]
        kind, values = discrimination(outside)
        inside = dict(discrimination(each["internal"])[1]) if each["internal"] else {}
        for name, measure in values.items():
            label = f"{each['source']}: {kind} {name.replace('_', ' ')}"
            rows.append(row(label, INTERNAL, inside.get(name), outside["films"]))
            rows.append(row(label, EXTERNAL, measure, outside["films"]))

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "AUC where a source has two classes, else sensitivity")

    alt = "; ".join(f"{each.label}, {each.series}: {told(each.value)}" for each in rows)
    films = sum({each.label.partition(":")[0]: each.films or 0 for each in rows}.values())
    title = f"Discrimination inside each source, {among(films, None)}"
    return Chart("sources-external", title, alt, draw)


def discrimination(group: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return AUC by class where a group has two classes, else sensitivity, with its name."""
    return ("AUC", group["auc"]) if group["auc"] else ("sensitivity", group["sensitivity"])


def _version_table(told_of: Material) -> Table:
    out = {each["source"]: each for each in told_of.sources_out}
    rows = []
    for each in told_of.evaluation["subgroups"]["source"]:
        left = out.get(each["name"])
        rows.append(
            (
                each["name"] + (" (few)" if each["is_small"] else ""),
                count(each["films"]),
                count(each["patients"]),
                cell(each["accuracy"]),
                cell(_of(left, "internal")),
                cell(_of(left, "external_unseen")),
                cell(_of(left, "external")),
            )
        )
    head = (
        "source",
        "films",
        "patients",
        "internal: the version",
        "internal: head, source met",
        "external: head, source left out",
        "external: all films of the source",
    )
    return Table("Accuracy by source", head, tuple(rows))


def _of(left: Mapping[str, Any] | None, side: str) -> Mapping[str, Any] | None:
    group = left and left[side]
    return group["accuracy"] if group else None


def _pairs_table(told_of: Material) -> Table:
    rows = []
    for each in told_of.sources_out:
        outside = each["external_unseen"] or each["external"]
        kind, values = discrimination(outside)
        inside = discrimination(each["internal"])[1] if each["internal"] else {}
        for name, measure in values.items():
            rows.append(
                (
                    each["source"],
                    f"{kind}, {name}",
                    cell(inside.get(name)),
                    cell(measure),
                    count(outside["films"]) + ("" if each["external_unseen"] else " (all)"),
                    ", ".join(f"{label} {films:,}" for label, films in each["trained"].items()),
                )
            )
    head = ("source", "measure", "internal", "external", "films", "head's training films")
    return Table("AUC or sensitivity, internal beside external", head, tuple(rows))
