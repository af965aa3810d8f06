"""Which films went wrong: the confusion, what a call is worth, subgroups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.forest import forest, row
from cxr_core.evaluation.figures.look import measure_name, told
from cxr_core.evaluation.figures.matrix import confusion_figure
from cxr_core.evaluation.figures.prevalence import predictive_values, prevalence_figure
from cxr_core.evaluation.report.parts import Chart, Section, Table, among, cell, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cxr_core.evaluation.figures.look import Look
    from cxr_core.evaluation.report.material import Material

_TABLED = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)


def confusion_section(told_of: Material) -> Section:
    """Tell what was called what."""
    numbers = told_of.evaluation
    classes, counts = told_of.classes, numbers["confusion"]
    said = []
    for name, line in zip(classes, counts, strict=True):
        errors = [
            (films, other)
            for other, films in zip(classes, line, strict=True)
            if other != name and films
        ]
        if errors:
            films, other = max(errors)
            said.append(
                f"{name}, {sum(line):,} films: taken most often for {other}, {films:,} times."
            )
    rows = tuple(
        (name, *(f"{films:,}" for films in line), f"{sum(line):,}")
        for name, line in zip(classes, counts, strict=True)
    )
    head = ("truth", *(f"called {name}" for name in classes), "all")
    return Section(
        "confusion",
        "Confusion",
        tuple(said),
        charts=(
            Chart(
                "confusion",
                f"What was called what, {among(numbers['films'], numbers['patients'])}",
                " ".join(said),
                lambda look: confusion_figure(look, classes, counts),
            ),
        ),
        tables=(Table("Films by truth and call", head, rows),),
    )


def prevalence_section(told_of: Material) -> Section:
    """Tell what a call is worth where the disease is rarer or commoner than here."""
    numbers = told_of.evaluation
    known = _with_both_rates(told_of)
    table = prevalence_table(told_of, _TABLED)
    asked = [
        f"{each['name']} at a prevalence of {at['prevalence']:.3f}: PPV {cell(at['ppv'])}, NPV "
        f"{cell(at['npv'])}."
        for each in known
        if (at := each["at_prevalence"]) is not None
    ]
    return Section(
        "prevalence",
        "What a call is worth",
        (
            "The share of calls that are right depends on how common the class is. By Bayes' "
            "rule, with the sensitivity and specificity measured here, which another "
            "population would not leave unchanged.",
            *asked,
        ),
        charts=(
            Chart(
                "prevalence",
                "PPV and NPV against prevalence, "
                + among(numbers["films"], numbers["patients"]),
                "; ".join(f"{line[0]} PPV / NPV at 5 %: {line[4]}" for line in table.rows),
                lambda look: prevalence_figure(look, known),
            ),
        ),
        tables=(table,),
    )


def prevalence_table(told_of: Material, prevalences: Sequence[float]) -> Table:
    """Return PPV / NPV of each class at prevalences in (0, 1)."""
    rows = []
    for each in _with_both_rates(told_of):
        rates = each["sensitivity"]["value"], each["specificity"]["value"]
        pairs = (predictive_values(*rates, prevalence) for prevalence in prevalences)
        cells = (f"{told(ppv)} / {told(npv)}" for ppv, npv in pairs)
        rows.append((each["name"], f"{each['prevalence']:.3f}", *cells))
    head = ("class", "share here", *(f"at {prevalence:.1%}" for prevalence in prevalences))
    return Table("PPV / NPV", head, tuple(rows))


def _with_both_rates(told_of: Material) -> list[dict[str, Any]]:
    return [
        each
        for each in told_of.evaluation["per_class"]
        if None not in (each["sensitivity"]["value"], each["specificity"]["value"])
    ]


def subgroups_section(told_of: Material) -> Section:
    """Tell of views, sexes and age bands, the unknown among them."""
    numbers = told_of.evaluation
    groups = [
        (kind, each)
        for kind in ("view", "sex", "age")
        for each in numbers["subgroups"].get(kind, [])
    ]
    if not groups:
        return Section("subgroups", "Subgroups", ("Not measured in this evaluation.",))
    rows = [
        row(_group_label(kind, each), measure_name(name), each[name], each["films"])
        for kind, each in groups
        for name in ("accuracy", "balanced_accuracy")
    ]

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "share, 95 % interval")

    table = _groups_table(groups)
    return Section(
        "subgroups",
        "Subgroups",
        (
            "A group is also a mix of sources and classes: a difference between groups may be "
            "one between hospitals. A group of fewer than 20 patients is marked as few; its "
            "interval is Wilson's.",
        ),
        charts=(
            Chart(
                "subgroups",
                "Accuracy by view, sex and age, "
                + among(numbers["films"], numbers["patients"]),
                "; ".join(f"{line[0]}: {line[3]}" for line in table.rows),
                draw,
            ),
        ),
        tables=(table,),
    )


def _group_label(kind: str, group: Mapping[str, Any]) -> str:
    few = ", few" if group["is_small"] else ""
    return f"{kind}: {group['name']} (n {group['films']:,}{few})"


def _groups_table(groups: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    lines = [
        (
            f"{kind}: {each['name']}{' (few)' if each['is_small'] else ''}",
            count(each["films"]),
            count(each["patients"]),
            cell(each["accuracy"]),
            cell(each["balanced_accuracy"]),
            "; ".join(
                f"{name} {told(measure['value'])}"
                for name, measure in each["sensitivity"].items()
            ),
        )
        for kind, each in groups
    ]
    head = (
        "group",
        "films",
        "patients",
        "accuracy",
        "balanced accuracy",
        "sensitivity by class",
    )
    return Table("View, sex and age where a release tells them", head, tuple(lines))
