"""What the shortcut audit found: the score, what it rests on, and every number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.audit import (
    CONDITIONS,
    PARTS,
    attention_figure,
    blackout_figure,
    cascade_figure,
    parts_figure,
    probe_figure,
)
from cxr_core.evaluation.figures.look import measure_name
from cxr_core.evaluation.report.parts import Chart, Section, Table, among, cell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.evaluation.report.material import Material

_AGAIN = "Judge the version again with `evaluate NAME --record`."


def audit_section(told_of: Material) -> Section:
    """Tell what the shortcut audit found, its score first."""
    audit = told_of.audit
    if audit is None:
        return Section(
            "audit",
            "Shortcut audit",
            (f"Not measured: whether it reads lungs or borders is not known. {_AGAIN}",),
        )
    opening = (
        f"Score {audit['score']:.2f} of 1, verdict: {audit['verdict']}. The score is that of "
        "the worst part; from 0.7 an audit passes, below 0.3 it fails."
    )
    alarms = tuple(audit["reasons"]) if audit["verdict"] != "passes" else ()
    parts = tuple(
        (
            PARTS.get(part["name"], part["name"]),
            "not judged" if part["score"] is None else f"{part['score']:.2f}",
            part["sentence"],
        )
        for part in audit["parts"]
    )
    tables = [Table("Parts of the score", ("part", "score", "finding"), parts)]
    tables += [_blackout_table(name, each) for name, each in _blackouts(audit)]
    return Section(
        "audit",
        "Shortcut audit",
        (opening, *audit["notes"]),
        alarms,
        charts=tuple(_audit_charts(audit)),
        tables=tuple(tables),
    )


def _audit_charts(audit: Mapping[str, Any]) -> list[Chart]:
    films = audit["films"]
    charts = [
        Chart(
            "audit-parts",
            f"Score of each part, n = {films['all']:,} films",
            "; ".join(part["sentence"] for part in audit["parts"]),
            lambda look: parts_figure(look, audit),
        )
    ]
    charts += [_blackout_chart(name, each) for name, each in _blackouts(audit)]
    return [*charts, *_map_charts(audit)]


def _map_charts(audit: Mapping[str, Any]) -> list[Chart]:
    """Where the heat lies, what the features know, what random weights make of the maps."""
    attention, source, sanity = (audit[name] for name in ("attention", "source", "sanity"))
    charts = []
    if attention is not None:
        title = f"Grad-CAM: heat inside the lungs, n = {attention['films']:,} films"
        charts.append(("attention", title, partial(attention_figure, attention=attention)))
    if source is not None:
        films = source["overall"]["films"]
        title = f"The source, told from the network's features, n = {films:,} films"
        charts.append(("source", title, partial(probe_figure, source=source)))
    if sanity is not None:
        title = (
            f"Maps while weights are drawn at random, n = {sanity['maps']:,} maps of "
            f"{sanity['films']:,} films"
        )
        charts.append(("sanity", title, partial(cascade_figure, sanity=sanity)))
    return [
        Chart(f"audit-{name}", title, _part_sentence(audit, name), figure)
        for name, title, figure in charts
    ]


def _blackouts(audit: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    names = {
        "border": "Border alone",
        "lungs": "Lungs hidden, lungs alone",
        "lungs_unseen": "Lungs hidden, unseen patients only",
    }
    blackout = audit["blackout"]
    return [(name, blackout[key]) for key, name in names.items() if blackout[key] is not None]


def _blackout_chart(name: str, each: Mapping[str, Any]) -> Chart:
    """Draw the fairest measure that every condition has."""
    measure = next(
        key
        for key in ("auc", "balanced_accuracy", "accuracy")
        if all(one[key] is not None for one in each["conditions"])
    )
    seen = f", {each['seen']:,} of them of patients it knows" if each["seen"] else ""
    return Chart(
        f"audit-{name}".lower().replace(" ", "-").replace(",", ""),
        f"{name}: {measure_name(measure)}, n = {each['films']:,} films{seen}",
        "; ".join(
            f"{CONDITIONS.get(one['name'], one['name'])} {cell(one[measure])}"
            for one in each["conditions"]
        ),
        lambda look: blackout_figure(look, each, measure),
    )


def _blackout_table(name: str, each: Mapping[str, Any]) -> Table:
    rows = [
        (
            CONDITIONS.get(one["name"], one["name"]),
            *(cell(one[key]) for key in ("accuracy", "balanced_accuracy", "auc", "skill_kept")),
            f"{one['same_answer']:.3f}",
        )
        for one in each["conditions"]
    ]
    chance = each["balanced_chance"]
    rows.append(
        (
            "without looking",
            f"{each['majority']:.3f}",
            "not defined" if chance is None else f"{chance:.3f}",
            "0.500",
            "0.000",
            "",
        )
    )
    head = ("condition", "accuracy", "balanced accuracy", "AUC", "skill kept", "same answer")
    caption = f"{name}, {among(each['films'], each['patients'])}"
    return Table(caption, head, tuple(rows))


def _part_sentence(audit: Mapping[str, Any], name: str) -> str:
    return next((part["sentence"] for part in audit["parts"] if part["name"] == name), name)
