"""Judge and audit a version, and write all that is told of it: HTML, JSON, card, checklist."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cxr_core
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.checklist import write_checklist
from cxr_core.evaluation.report.material import Material, material
from cxr_core.evaluation.report.sections import sections
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.folders import is_protected
from cxr_core.registry.manifest import MANIFEST_NAME, read_manifest
from cxr_core.use_cases.audit_films import AuditPlan
from cxr_core.use_cases.auditing import AUDIT_NAME, Auditor, VersionAudit
from cxr_core.use_cases.card import CARD_NAME, write_card
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.evaluating import EVALUATION_NAME, Judge, Judgement
from cxr_core.use_cases.performance import Performance
from cxr_core.use_cases.retraining import record_judgement
from cxr_core.use_cases.seen import read_seen
from cxr_core.use_cases.sources_out import FILMS, SourcesOut, leave_sources_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel

REPORT_NAME, NUMBERS_NAME = "report.html", "report.json"
CHECKLIST_NAME = "checklist.md"
_ROOT = Path(cxr_core.__file__).parent.parent


@dataclass(frozen=True, slots=True)
class ReportOrder:
    """A report as it was asked for.

    `version` is the folder of the version, `out` where the report goes, `studies` those of the
    ancestors, each a study.json. `has_audit` and `has_sources_out` may be left out for a
    quick look; `sources_films` bounds the films of each class, source and split that left-out
    sources are judged with. `is_recorded` writes what was found into the version too.
    """

    films: Films
    split: Split
    version: Path
    out: Path
    studies: tuple[dict[str, Any], ...] = ()
    options: Options = field(default_factory=Options)
    has_audit: bool = True
    has_sources_out: bool = True
    sources_films: int = FILMS
    audit_plan: AuditPlan = field(default_factory=AuditPlan)
    is_recorded: bool = False


@dataclass(frozen=True, slots=True)
class Reporter:
    """A version, how its films are read, and what was ordered.

    `report` hears a sentence, films done and films in all, and may raise to cancel.
    """

    model: LoadedModel
    order: ReportOrder
    limits: Limits
    report: Callable[[str, int, int], None]

    def run(self) -> Material:
        """Judge, leave sources out, audit, and write every file.

        What cannot be measured on these films becomes a remark of the report, not a failure.

        Raises
        ------
        DataError
            When the manifest or its films are not there, or no film is left, or what has
            served shall be changed.
        ModelError
            When the version's list of seen patients, or its weights, are damaged.
        StorageError
            When the disk refuses.
        """
        order = self.order
        if order.is_recorded and is_protected(order.version):
            raise DataError(
                f"{order.version.name} has served and is not changed any more. Leave the "
                "recording out; its thresholds are fitted anew when it is promoted."
            )
        # Written before the long work, so that a place that cannot be is refused at once.
        write_json(order.out / NUMBERS_NAME, {"state": "being made"})
        seen = read_seen(order.version)
        judgement = self._judge(seen)
        audited, remark = self._audit(seen)
        if remark:
            judgement = _with_remark(judgement, remark)
        told_of = material(
            _as_judged(judgement, order),
            judgement.as_dict(),
            None if audited is None else audited.as_dict(),
            order.studies,
        )
        self.report("Writing", 0, 1)
        _write(told_of, order)
        if order.is_recorded:
            _record(told_of, order, judgement, audited)
        self.report("Writing", 1, 1)
        return told_of

    def _judge(self, seen: frozenset[str] | None) -> Judgement:
        order = self.order
        judge = Judge(self.model, seen, self.limits, self.report, order.options)
        manifest, collection = open_collection(
            order.films,
            LabelSpace(self.model.manifest.classes),
            lambda done, total: self.report("Checking films", done, total),
        )
        judgement = judge.judge_collection(manifest, collection, order.split)
        if not order.has_sources_out:
            return _with_remark(
                judgement,
                "Sources were not left out: `--no-sources-out`.",
            )
        judge = replace(judge, report=self._under("Leaving sources out"))
        how = SourcesOut(films=order.sources_films, options=order.options)
        try:
            external = leave_sources_out(judge, manifest, collection, how)
        except DataError as error:
            return _with_remark(judgement, f"Sources were not left out: {error}")
        found = replace(judgement.evaluation, external=external)
        return replace(judgement, evaluation=found)

    def _audit(self, seen: frozenset[str] | None) -> tuple[VersionAudit | None, str]:
        """Return the audit, or None and why there is none."""
        order = self.order
        if not order.has_audit:
            return None, "Not audited for shortcuts: `--no-audit`."
        told = self._under("Audit")
        auditor = Auditor(self.model, order.version, seen, self.limits, told)
        try:
            return auditor.audit(order.films, order.split, order.audit_plan), ""
        except DataError as error:
            return None, f"Not audited for shortcuts: {error}"

    def _under(self, title: str) -> Callable[[str, int, int], None]:
        """Report under a title, for stages whose own names come up twice."""

        def told(stage: str, done: int, total: int) -> None:
            self.report(f"{title}: {stage[:1].lower()}{stage[1:]}", done, total)

        return told


def _with_remark(judgement: Judgement, words: str) -> Judgement:
    remarks = (*judgement.evaluation.remarks, words)
    return replace(judgement, evaluation=replace(judgement.evaluation, remarks=remarks))


def _as_judged(judgement: Judgement, order: ReportOrder) -> dict[str, Any]:
    """Say what the version's manifest will say once the judgement is recorded."""
    record = read_manifest(order.version).record
    data = {**record.get("data", {}), judgement.split.value: judgement.counts}
    return {**record, "data": data, "metrics": judgement.headline()}


def _write(told_of: Material, order: ReportOrder) -> None:
    told = Performance(told_of, sections(told_of), "")
    write_atomically(order.out / REPORT_NAME, told.report().encode())
    write_json(order.out / EVALUATION_NAME, told_of.evaluation)
    if told_of.audit is not None:
        write_json(order.out / AUDIT_NAME, told_of.audit)
    checklist = write_checklist(told_of, REPORT_NAME, _way_to_root(order.out))
    write_atomically(order.out / CHECKLIST_NAME, checklist.encode())
    # The card is written from files that lie beside a manifest, as it is for a version.
    write_json(order.out / MANIFEST_NAME, told_of.version)
    card = write_card(order.out / MANIFEST_NAME, told_of.studies)
    write_atomically(order.out / CARD_NAME, card.encode())
    write_json(order.out / NUMBERS_NAME, told_of.as_dict())


def _record(
    told_of: Material, order: ReportOrder, judgement: Judgement, audited: VersionAudit | None
) -> None:
    """Write it into the version: what it is served by, and what the Performance page shows."""
    if audited is not None:
        write_json(order.version / AUDIT_NAME, audited.as_dict())
    record_judgement(order.version, judgement)
    if told_of.studies:
        card = write_card(order.version / MANIFEST_NAME, told_of.studies)
        write_atomically(order.version / CARD_NAME, card.encode())
    checklist = write_checklist(told_of, "", _way_to_root(order.version))
    write_atomically(order.version / CHECKLIST_NAME, checklist.encode())


def _way_to_root(folder: Path) -> str:
    """Lead from a folder to the repository, for links."""
    try:
        return f"{Path(os.path.relpath(_ROOT, folder.resolve())).as_posix()}/"
    except ValueError:  # another drive
        return f"{_ROOT.as_uri()}/"
