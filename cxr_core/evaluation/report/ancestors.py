"""The ancestors' table: what each paper reports, beside our run dealt its way and honestly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.figures.forest import Row, forest
from cxr_core.evaluation.figures.look import told
from cxr_core.evaluation.report.parts import Chart, Section, Table, markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cxr_core.evaluation.figures.look import Look

_HEAD = (
    "study, run",
    "network",
    "paper",
    "ours, dealt naively",
    "ours, dealt by patient",
    "minutes an epoch",
    "epochs",
    "scale",
)
_NOTHING = (
    "No study is here. Run one with `train RECIPE --out RUN` and name its folder with "
    "`--study RUN`; until then what the papers report stands alone in the recipes.",
)
_EXPLAINED = (
    "Each published system was run here twice on the films that this machine has. Naively, as "
    "the papers did: every image is dealt by itself, copies and other films of a patient fall "
    "on both sides, and the test films come from where the training films do. And by patient, "
    "tested on every held-out film of the classes, other hospitals' included (folds keep to "
    "the study's own films). Neither uses the paper's own films, so a difference from the "
    "paper is not its refutation; the difference between our two is what such a test hides.",
    "A scale below 1 shortened the epochs and thinned out the films: such a run says that the "
    "recipe works, not how well the system could do.",
)


def ancestors_section(studies: Sequence[Mapping[str, Any]]) -> Section:
    """Tell of every study that was given."""
    if not studies:
        return Section("ancestors", "Ancestors: paper, naive, honest", _NOTHING)
    return Section(
        "ancestors",
        "Ancestors: paper, naive, honest",
        (*_EXPLAINED, *gaps(studies)),
        charts=(_chart(studies),),
        tables=(ancestors_table(studies), *_substitutes(studies)),
        has_open_tables=True,
    )


def ancestors_table(studies: Sequence[Mapping[str, Any]]) -> Table:
    """Return a row for each run of each study."""
    rows = tuple(
        (
            f"{study['recipe']}, {row['run']}",
            str(row["network"]),
            _reported(row["reported"]),
            _ours(row["naive"]),
            _ours(row["honest"]),
            f"{row['minutes_per_epoch']:.2f}",
            str(row["epochs"]),
            f"{study['scale']:g}",
        )
        for study in studies
        for row in study["rows"]
    )
    return Table("Accuracy with its 95 % interval, and the area under the curve", _HEAD, rows)


def ancestors_markdown(studies: Sequence[Mapping[str, Any]]) -> str:
    """Write the table and the substitutes in Markdown, for a document."""
    tables = (ancestors_table(studies), *_substitutes(studies))
    return "\n\n".join(markdown(table) for table in tables) + "\n"


def gaps(studies: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say, for each run with both, what the naive way adds, and at which scale it was run."""
    said = []
    for study in studies:
        for row in study["rows"]:
            if row["naive"] and row["honest"]:
                gap = row["naive"]["accuracy"] - row["honest"]["accuracy"]
                way = "more" if gap >= 0 else "less"
                scale = f", at scale {study['scale']:g}" if study["scale"] < 1 else ""
                said.append(
                    f"{study['recipe']}, {row['run']}{scale}: dealing naively gave "
                    f"{abs(gap):.3f} {way} accuracy than dealing by patient."
                )
    return said


def _chart(studies: Sequence[Mapping[str, Any]]) -> Chart:
    rows = []
    for study in studies:
        for each in study["rows"]:
            label = f"{study['recipe']}, {each['run']}"
            reported = each["reported"].get("accuracy")
            rows.append(Row(label, "paper", reported, absent="not reported"))
            for series, key in (("ours, naive", "naive"), ("ours, by patient", "honest")):
                ours = each[key]
                if ours is None:
                    rows.append(Row(label, series, None, absent="not run"))
                    continue
                low, high = ours["accuracy_95"]
                rows.append(Row(label, series, ours["accuracy"], low, high, ours["films"]))

    def draw(look: Look) -> Any:  # noqa: ANN401 - a Plotly figure
        return forest(look, rows, "accuracy")

    alt = "; ".join(
        f"{each.label}, {each.series}: {told(each.value)}" for each in rows if each.value
    )
    return Chart("ancestors", "Accuracy: paper, ours naive, ours by patient", alt, draw)


def _reported(numbers: Mapping[str, float]) -> str:
    if not numbers:
        return "not reported"
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in numbers.items())


def _ours(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return "not run"
    low, high = result["accuracy_95"]
    said = f"{told(result['accuracy'], low, high)}, n {result['films']:,}"
    areas = [value for value in result["auc"].values() if value is not None]
    if areas:
        said += f"; AUC {sum(areas) / len(areas):.3f}"
    if (deviation := result.get("accuracy_deviation")) is not None:
        said += f"; over folds ± {deviation:.3f}"
    if together := result.get("ensemble"):
        said += f"; ensemble {together['accuracy']:.3f}"
    return said


def _substitutes(studies: Sequence[Mapping[str, Any]]) -> list[Table]:
    rows = [
        (f"{study['recipe']}, {row['run']}", "; ".join(words), str(row.get("note") or ""))
        for study in studies
        for row in study["rows"]
        if (words := row["substitutes"]) or row.get("note")
    ]
    head = ("study, run", "stands in for what is absent", "note")
    return [Table("Substitutes, and what does not add up", head, tuple(rows))] if rows else []
