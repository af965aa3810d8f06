"""The whole story of a version, in the order in which it should be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.evaluation.report.ancestors import ancestors_section
from cxr_core.evaluation.report.caveats import caveats_of
from cxr_core.evaluation.report.external import sources_section
from cxr_core.evaluation.report.films import (
    confusion_section,
    prevalence_section,
    subgroups_section,
)
from cxr_core.evaluation.report.parts import Section, Table, count
from cxr_core.evaluation.report.results import classes_section, summary_section
from cxr_core.evaluation.report.shortcuts import audit_section
from cxr_core.evaluation.report.trust import (
    calibration_section,
    conformal_section,
    operating_section,
)

if TYPE_CHECKING:
    from cxr_core.evaluation.report.material import Material


def sections(told_of: Material) -> tuple[Section, ...]:
    """Return every section; what was not measured says so in its place."""
    return (
        summary_section(told_of),
        sources_section(told_of),
        audit_section(told_of),
        ancestors_section(told_of.studies),
        classes_section(told_of),
        confusion_section(told_of),
        prevalence_section(told_of),
        calibration_section(told_of),
        conformal_section(told_of),
        operating_section(told_of),
        subgroups_section(told_of),
        version_section(told_of),
        Section(
            "caveats",
            "Caveats",
            tuple(caveats_of(told_of.version, told_of.evaluation["calibration"])),
        ),
    )


def version_section(told_of: Material) -> Section:
    """Tell which version this is, and on which films it was made and judged."""
    version, numbers = told_of.version, told_of.evaluation
    facts = [
        ("network", version.get("architecture")),
        ("classes", ", ".join(told_of.classes)),
        ("input", _input(version.get("input_size"), version.get("normalisation"))),
        ("weights, SHA-256", version.get("weights", {}).get("sha256")),
        ("trained by", version.get("command")),
        ("started from", version.get("started_from")),
        ("training minutes", version.get("training_minutes")),
        ("judged on manifest", numbers.get("manifest")),
        ("films dealt by", numbers.get("scheme")),
    ]
    rows = tuple((name, str(value)) for name, value in facts if value not in (None, ""))
    data = tuple(
        (f"{split}, {label}", count(sum(by_source.values())),
         ", ".join(f"{source} {films:,}" for source, films in by_source.items()))
        for split, by_label in version.get("data", {}).items()
        for label, by_source in by_label.items()
    )  # fmt: skip
    absent = tuple(str(each) for each in version.get("substitutes", ()))
    tables = [Table("This version", ("fact", "value"), rows)]
    if data:
        tables.append(Table("Films", ("split and class", "films", "by source"), data))
    return Section("version", "Version and data", absent, tables=tuple(tables))


def _input(size: object, normalisation: object) -> str:
    return f"{size} x {size} pixels, normalisation {normalisation}" if size else ""
