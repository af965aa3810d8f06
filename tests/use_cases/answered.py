"""A registry over tiny versions, a manifest without films, and answers made up for both."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.manifest import (
    HEADER_NAME,
    TABLE_NAME,
    header_bytes,
    load_manifest,
    seal,
)
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.splits import Split
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.cases import Cases
from cxr_core.evaluation.gate_terms import GateOptions
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue
from cxr_core.registry.serving import Serving
from cxr_core.store.versions import VersionStore
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.seen import tokens, write_tokens
from cxr_core.use_cases.versions.answers import AnswerStore, SplitAnswers
from cxr_core.use_cases.versions.gatekeeping import Gatekeeper
from cxr_core.use_cases.versions.roster import lines_of
from cxr_core.use_cases.versions.version_desk import VersionDesk, version_desk
from tests.tiny import tiny_version
from tests.use_cases.test_seen import film

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cxr_core.datasets.manifest import Film, Manifest
    from cxr_core.store.database import Database

CLASSES = ("normal", "pneumonia", "covid19")
QUICK = GateOptions(bootstrap=Options(resamples=200, seed=1))
PER_CLASS = {Split.TRAIN: 5, Split.VALIDATION: 40, Split.TEST: 200}


def write_manifest(folder: Path, per_class: Mapping[Split, int] = PER_CLASS) -> Manifest:
    """Write a manifest of films that exist nowhere, each of a patient of its own."""
    rows = [
        film(
            f"{split.value}-{name}-{number}",
            f"hill/{split.value}-{name}-{number}",
            f"{split.value}-{name}-{number}",
            split,
            finding=Finding(name),
        )
        for split, count in per_class.items()
        for name in CLASSES
        for number in range(count)
    ]
    sealed = seal(rows, {"sources": []})
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLE_NAME).write_bytes(sealed.table)
    (folder / HEADER_NAME).write_bytes(header_bytes(sealed))
    return load_manifest(folder)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All that a registry needs, under one folder."""

    folder: Path
    catalogue: Catalogue
    serving: Serving
    answers: AnswerStore
    desk: VersionDesk
    films: Manifest

    def answer(self, name: str, missed: Mapping[str, range] | None = None) -> None:
        """Make up what a version says of the held-out films; it errs on `missed` test films."""
        version = self.catalogue.entry(name).manifest
        assert version is not None
        for split in (Split.TEST, Split.VALIDATION):
            rows = [each for each in self.films.films if each.split is split]
            cases = _cases(rows, missed or {} if split is Split.TEST else {})
            answers = SplitAnswers(
                version=name,
                weights_sha256=version.weights_sha256,
                manifest=self.films.digest,
                split=split,
                paths=tuple(each.path for each in rows),
                cases=cases,
            )
            self.answers.keep(version, answers)


def scene(
    folder: Path, database: Database, per_class: Mapping[Split, int] = PER_CLASS
) -> Scene:
    """Wire a registry over `folder`/models and `folder`/versions."""
    films = write_manifest(folder / "manifest", per_class)
    catalogue = Catalogue(folder / "models", versions=folder / "versions")
    store = VersionStore(database)
    serving = Serving(catalogue, lambda: lines_of(store.roster(), catalogue.bundled()))
    answers = AnswerStore(folder / "answers", Limits())
    where = Films(folder / "manifest", None, FilmStore(folder / "cache", Limits()))
    gate = Gatekeeper(catalogue, answers, where, QUICK)
    desk = version_desk(database, catalogue, serving, gate)
    return Scene(folder, catalogue, serving, answers, desk, films)


def finished_run(runs: Path, name: str, seed: int, audit_score: float | None = 0.5) -> Path:
    """Leave what a training leaves: a version that tells what it saw, and was audited."""
    folder = tiny_version(runs, name, CLASSES, "nova", seed)
    write_tokens(folder, tokens("sha-train-normal-0", "hill/train-normal-0"))
    if audit_score is not None:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        weights = manifest["weights"]["sha256"]
        verdict = "suspicious" if audit_score >= 0.3 else "fails"
        told = {"weights_sha256": weights, "score": audit_score, "verdict": verdict}
        (folder / "audit.json").write_text(json.dumps(told), "utf-8")
    return folder


def lay_out(source: Path, target: Path) -> Path:
    """Copy versions and runs that were made once."""
    return shutil.copytree(source, target)


def _cases(rows: list[Film], missed: Mapping[str, range]) -> Cases:
    """Call every film rightly at odds of 9 to 1, but the missed numbers of a class."""
    truth = np.array([CLASSES.index(each.finding.value) for each in rows])
    called = truth.copy()
    for place, each in enumerate(rows):
        number = int(each.group.rpartition("-")[2])
        if number in missed.get(each.finding.value, ()):
            called[place] = (truth[place] + 1) % len(CLASSES)
    return Cases(
        classes=CLASSES,
        logits=np.eye(len(CLASSES))[called] * np.log(18.0),
        truth=truth,
        groups=tuple(each.group for each in rows),
        sources=tuple(each.source for each in rows),
    )
