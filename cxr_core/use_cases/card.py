"""A model card in Markdown, written from a version's files so that they cannot disagree.

The headings follow Mitchell et al. 2019 (Model Cards for Model Reporting).
"""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.schemes import is_naive
from cxr_core.errors import DataError
from cxr_core.evaluation.report.ancestors import ancestors_markdown
from cxr_core.evaluation.report.caveats import caveats_of
from cxr_core.evaluation.report.external import sources_section
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.report.parts import Section, Table, markdown
from cxr_core.evaluation.report.results import classes_section, summary_section
from cxr_core.evaluation.report.shortcuts import audit_section
from cxr_core.evaluation.report.trust import (
    calibration_section,
    conformal_section,
    operating_section,
)
from cxr_core.use_cases.auditing import AUDIT_NAME
from cxr_core.use_cases.evaluating import EVALUATION_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CARD_NAME = "card.md"
_INTENDED = """\
For research on chest-radiograph classifiers and for teaching. It is not a medical device: no
diagnosis, no treatment and no rule-out may rest on it. The order of a worklist is advice."""

_BY_PATIENT = """\
Patients are joined across sources by key, file name, bytes and copies, whole or cropped; no
film of a patient with a film in training or validation counts as a test film."""

_NAIVE = """\
Films were dealt one by one, copies included, as published work often did: test films show
patients who were trained on, and the result below flatters."""

_FACTORS = (
    "What the film was taken with, from which side, and of whom changes the answer: results "
    "are told by source, view, sex and age where a release says them. Devices, origin and "
    "severity are not known."
)
_ETHICS = (
    "Made of published, de-identified films only; no patient was asked for this work and none "
    "can be named by it. A wrong all-clear and a false alarm both harm: neither is known for "
    "any ward."
)
_LICENCE = (
    "The weights were trained on data that is in part licensed for non-commercial use only: "
    "see LICENSE."
)


def write_card(manifest: Path, studies: Sequence[dict[str, Any]] = ()) -> str:
    """Compose the card of the version described by a manifest file.

    The evaluation and the audit beside it are told of where they are there; `studies` are
    those of the ancestors.

    Raises
    ------
    DataError
        When a file beside the manifest is not what it should be.
    """
    table = json.loads(manifest.read_text(encoding="utf-8"))
    told_of = _material(manifest.parent, table, tuple(studies))
    parts = [
        (f"# {table['name']}, version {table['version']}", f"{table['title']}."),
        ("## Model details", _details(table)),
        ("## Intended use", _INTENDED),
        ("## Factors", f"{_filled(_FACTORS)}\n\n{_children(table)}"),
        ("## Metrics", _filled(_metrics(told_of))),
        (
            "## Data",
            f"{_data_table(table['data'])}\n\n{_dealing(table)}\n\n{_filled(_LICENCE)}",
        ),
        ("## Quantitative analyses", _analyses(table, told_of)),
        ("## Ethical considerations", _filled(_ETHICS)),
        ("## Caveats and recommendations", _caveats(table, told_of)),
        ("## How it was made", _making(table)),
    ]
    if studies:
        parts.insert(7, ("## Ancestors", ancestors_markdown(studies).strip()))
    return "\n\n".join(f"{title}\n\n{text}" for title, text in parts) + "\n"


def _material(
    folder: Path, table: dict[str, Any], studies: tuple[dict[str, Any], ...]
) -> Material | None:
    """Read what lies beside the manifest; None where the version was never judged."""
    evaluation = _read(folder / EVALUATION_NAME)
    if evaluation is None:
        return None
    try:
        return material(table, evaluation, _read(folder / AUDIT_NAME), studies)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{folder / EVALUATION_NAME} is not an evaluation: {error}. Judge the version "
            "again."
        ) from error


def _read(path: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON. Judge the version again.") from error
    return told


def _details(table: dict[str, Any]) -> str:
    facts = {
        "network": table.get("architecture"),
        "classes": ", ".join(table.get("classes", ())),
        "input": _input(table),
        "recipe": table.get("recipe", {}).get("paper") or table.get("recipe", {}).get("name"),
        "started from": table.get("started_from"),
        "weights, SHA-256": table.get("weights", {}).get("sha256"),
    }
    return _bullets(f"{name}: {value}" for name, value in facts.items() if value)


def _input(table: dict[str, Any]) -> str:
    size = table.get("input_size")
    return f"{size} x {size} pixels, {table.get('normalisation')}" if size else ""


def _children(table: dict[str, Any]) -> str:
    return f"Films of children in training: {table.get('children', 'not known')}."


def _metrics(told_of: Material | None) -> str:
    if told_of is None:
        return "Accuracy on held-out films."
    how = (
        f"Intervals are 95 % of {told_of.evaluation['resamples']:,} samples of whole patients"
        if told_of.evaluation["resamples"]
        else "Intervals treat films as independent, although some patients have several: the "
        "true ones are wider"
    )
    return (
        "Sensitivity, specificity and predictive values by class, areas under ROC and "
        f"precision-recall curves, calibration, coverage of prediction sets. {how}. External "
        "results stand beside internal ones."
    )


def _analyses(table: dict[str, Any], told_of: Material | None) -> str:
    if told_of is None:
        return _headline_only(table["metrics"])
    sections = (
        ("Internal and external", summary_section(told_of)),
        ("By source, internal beside external", sources_section(told_of)),
        ("By class", classes_section(told_of)),
        ("Calibration", calibration_section(told_of)),
        ("Prediction sets", conformal_section(told_of)),
        ("Operating points", operating_section(told_of)),
        ("Shortcut audit", audit_section(told_of)),
    )
    metrics = table.get("metrics", {})
    counted = _filled(
        f"Films refused as unreadable, and not counted: {told_of.evaluation['refused']}."
        f"{_seen(metrics)}"
    )
    body = "\n\n".join(f"### {title}\n\n{_section(section)}" for title, section in sections)
    return f"{counted}\n\n{body}"


def _section(section: Section) -> str:
    headlines = Table(
        "",
        ("measure", "value", "interval, or beside it"),
        tuple((each.label, each.value, each.beside) for each in section.headlines),
    )
    parts = [
        *([markdown(headlines)] if section.headlines else []),
        *(f"**{_filled(each)}**" for each in section.alarms),
        *(_filled(each) for each in section.sentences),
        *(f"{table.caption}:\n\n{markdown(table)}" for table in section.tables),
    ]
    return "\n\n".join(parts)


def _headline_only(metrics: dict[str, Any]) -> str:
    """Tell what the manifest alone knows."""
    low, high = metrics["accuracy_95"]
    spread = (
        f"The interval draws the {metrics['patients']:,} patients again, each with all films."
        if "patients" in metrics
        else "The interval treats films as independent, although some patients have several: "
        "the true one is wider."
    )
    said = (
        f"{metrics['films']} held-out films: accuracy {metrics['accuracy']:.3f} (95 % interval "
        f"{low:.3f} to {high:.3f}), balanced over classes {metrics['balanced_accuracy']:.3f}. "
        f"Films refused as unreadable, and not counted: {metrics['refused']}.{_seen(metrics)} "
        f"{spread} External results: not measured."
    )
    return "\n\n".join(
        (
            _filled(said),
            markdown(Table("", ("source", "accuracy"), _rows(metrics["accuracy_by_source"]))),
            markdown(Table("", ("class", "AUC against the rest"), _rows(metrics["auc"]))),
        )
    )


def _seen(metrics: dict[str, Any]) -> str:
    """Say how many films of the split did not count as held out."""
    if not metrics.get("left_out_as_seen"):
        return ""
    return (
        " Left out, since their patient turned out to stand in the training or validation "
        f"films too: {metrics['left_out_as_seen']}."
    )


def _rows(values: dict[str, float | None]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, "none" if value is None else f"{value:.3f}") for name, value in values.items()
    )


def _caveats(table: dict[str, Any], told_of: Material | None) -> str:
    fitted = None if told_of is None else told_of.evaluation["calibration"]
    return _bullets(caveats_of(table, fitted))


def _dealing(table: dict[str, Any]) -> str:
    """Say whether patients were kept apart."""
    return _NAIVE if is_naive(str(table.get("scheme", ""))) else _BY_PATIENT


def _making(table: dict[str, Any]) -> str:
    said = (
        f"`{table['command']}`, {table['training_minutes']:.0f} minutes, code "
        f"{table['code_version']}."
    )
    absent = [str(each) for each in table.get("substitutes", ())]
    return "\n\n".join([said, *([_bullets(absent)] if absent else [])])


def _data_table(data: dict[str, dict[str, dict[str, int]]]) -> str:
    lines = ["| split | class | films by source |", "|---|---|---|"]
    for split, by_label in data.items():
        for label, by_source in by_label.items():
            films = ", ".join(f"{source} {count}" for source, count in by_source.items())
            lines.append(f"| {split} | {label} | {films} |")
    return "\n".join(lines)


def _bullets(sentences: Iterable[str]) -> str:
    return "\n".join(
        textwrap.fill(words, 96, initial_indent="- ", subsequent_indent="  ")
        for words in sentences
    )


def _filled(text: str) -> str:
    return textwrap.fill(text, 96)
