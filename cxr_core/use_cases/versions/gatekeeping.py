"""Ask the gate: from kept answers, audits and what each version has seen, to a decision."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.manifest import HEADER_NAME, load_manifest, manifest_folder
from cxr_core.datasets.pack import SUFFIX, read_pack
from cxr_core.datasets.splits import Split
from cxr_core.errors import CxrError, DataError
from cxr_core.evaluation.calibration import fit_calibration
from cxr_core.evaluation.gate import judge_candidate
from cxr_core.evaluation.gate_terms import AuditVerdict, GateOptions, Side
from cxr_core.evaluation.reliability import fit_temperature
from cxr_core.use_cases.auditing import AUDIT_NAME
from cxr_core.use_cases.performance import read_json
from cxr_core.use_cases.seen import SEEN_NAME, read_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from cxr_core.datasets.manifest import Manifest as FilmManifest
    from cxr_core.evaluation.calibration import Calibration
    from cxr_core.evaluation.gate_terms import Decision
    from cxr_core.registry.catalogue import Catalogue, Entry
    from cxr_core.store.version_rows import Roster
    from cxr_core.use_cases.collecting import Films
    from cxr_core.use_cases.versions.answers import AnswerStore, SplitAnswers

ASKED = (Split.TEST, Split.VALIDATION)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a candidate stands against a champion.

    `decision` is None while `missing` names versions whose answers are not kept yet, or where
    `problem` says why nothing can be compared. `champion` is None where there is none at all.
    """

    candidate: str
    champion: str | None
    decision: Decision | None = None
    missing: tuple[str, ...] = ()
    problem: str = ""


@dataclass(slots=True, eq=False)
class Gatekeeper:
    """Decides on the films of one manifest, from answers that are kept.

    Nothing here runs a network but `answer`.
    """

    catalogue: Catalogue
    answers: AnswerStore
    films: Films
    options: GateOptions = field(default_factory=GateOptions)
    _decided: dict[object, Decision] = field(default_factory=dict)
    _manifest: tuple[object, FilmManifest] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def standing(self, roster: Roster, name: str, line: str) -> Standing:
        """Say how a version stands against the champion of a line.

        Where the line has none, it is set against the champion of the best balanced accuracy
        that has the same classes.
        """
        champion = self._opponent(roster, name, line)
        if champion is None:
            return Standing(name, None, problem="There is no champion to compare it with.")
        try:
            missing = self.missing((champion, name))
            if missing:
                return Standing(name, champion, missing=missing)
            return Standing(name, champion, self._decide(champion, name))
        except CxrError as error:
            return Standing(name, champion, problem=str(error))

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of the versions whose answers are not all kept.

        Raises
        ------
        DataError, ModelError
            When the manifest or a version cannot be read.
        """
        digest = self._films().digest
        found = []
        for name in names:
            version = self._entry(name).manifest
            kept = version is not None and all(
                self.answers.stored_answers(version, digest, split) for split in ASKED
            )
            if not kept:
                found.append(name)
        return tuple(found)

    def answer(self, names: Iterable[str], report: Callable[[str, int, int], None]) -> None:
        """Ask versions about all films that the gate and the thresholds want, and keep it.

        Raises
        ------
        DataError, ModelError, StorageError
            As loading a version and reading the films do.
        """
        for name in self.missing(names):
            [model] = self.catalogue.load([name])
            for split in ASKED:
                self.answers.answers_of(model, self.films, split, report)

    def refit(self, name: str) -> Calibration | None:
        """Fit what a version is served by on its validation answers; None without them.

        Raises
        ------
        DataError
            When there are too few films.
        """
        try:
            manifest = self._films()
        except DataError:
            return None
        version = self._entry(name).manifest
        if version is None:
            return None
        kept = self.answers.stored_answers(version, manifest.digest, Split.VALIDATION)
        if kept is None:
            return None
        try:
            return fit_calibration(kept.cases, manifest.digest)
        except DataError as error:
            raise DataError(f"The thresholds of {name} cannot be fitted: {error}") from error

    def _opponent(self, roster: Roster, name: str, line: str) -> str | None:
        own = roster.champion(line)
        if own is not None:
            return own.name
        classes = self._classes(name)
        others = [
            row.name
            for row in roster.champions()
            if row.name != name and self._classes(row.name) == classes
        ]
        return max(others, key=self._quality, default=None)

    def _classes(self, name: str) -> frozenset[str]:
        try:
            manifest = self.catalogue.entry(name).manifest
        except DataError:
            return frozenset()
        return frozenset() if manifest is None else frozenset(manifest.classes)

    def _quality(self, name: str) -> float:
        manifest = self._entry(name).manifest
        metrics = {} if manifest is None else manifest.record.get("metrics", {})
        return float(metrics.get("balanced_accuracy") or 0.0)

    def _decide(self, champion: str, candidate: str) -> Decision:
        entries = [self._entry(name) for name in (champion, candidate)]
        films = self._films()
        key = (films.digest, *(_stamp(entry.folder) for entry in entries))
        with self._lock:  # so that two pages compute it once
            if key not in self._decided:
                self._decided[key] = self._judge(entries, films)
            return self._decided[key]

    def _judge(self, entries: Sequence[Entry], films: FilmManifest) -> Decision:
        tests = [self._kept(entry, films.digest, Split.TEST) for entry in entries]
        validations = [self._kept(entry, films.digest, Split.VALIDATION) for entry in entries]
        seen = [read_seen(entry.folder) for entry in entries]
        masks = _shared(tests, films, [each for each in seen if each is not None])
        sides = [
            Side(
                name=entry.name,
                cases=test.cases.subset(mask),
                temperature=fit_temperature(validation.cases),
                audit=_audit(entry),
                says_what_it_saw=tokens is not None,
            )
            for entry, test, validation, mask, tokens in zip(
                entries, tests, validations, masks, seen, strict=True
            )
        ]
        return judge_candidate(sides[0], sides[1], self.options)

    def _kept(self, entry: Entry, digest: str, split: Split) -> SplitAnswers:
        kept = entry.manifest and self.answers.stored_answers(entry.manifest, digest, split)
        if not kept:
            raise DataError(f"{entry.name} was not asked about the {split.value} films yet.")
        return kept

    def _entry(self, name: str) -> Entry:
        entry = self.catalogue.entry(name)
        if entry.manifest is None:
            raise DataError(f"{name} cannot be compared: {entry.problem}")
        return entry

    def _films(self) -> FilmManifest:
        path = self.films.manifest
        whole = path if path.suffix == SUFFIX else manifest_folder(path) / HEADER_NAME
        stamp = _state(whole)
        kept = self._manifest
        if kept is None or kept[0] != stamp:
            is_pack = path.suffix == SUFFIX
            kept = (stamp, read_pack(path).manifest if is_pack else load_manifest(path))
            self._manifest = kept
        return kept[1]


def _shared(
    tests: Sequence[SplitAnswers], films: FilmManifest, seen: Sequence[frozenset[str]]
) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Mark, for each side, the films that both answered and neither has seen."""
    common = set(tests[0].paths) & set(tests[1].paths)
    masks = [
        test.unseen(films, seen) & np.array([path in common for path in test.paths])
        for test in tests
    ]
    if not masks[0].any():
        raise DataError(
            "No film is left that neither version has seen. Curate more films, or let the "
            "candidate be judged elsewhere."
        )
    return masks


def _audit(entry: Entry) -> AuditVerdict | None:
    """Read a version's audit; None where there is none of these weights."""
    try:
        told = read_json(entry.folder / AUDIT_NAME)
        if entry.manifest is None or told["weights_sha256"] != entry.manifest.weights_sha256:
            return None
        return AuditVerdict(float(told["score"]), str(told["verdict"]))
    except (DataError, TypeError, KeyError, ValueError):
        return None


def _stamp(folder: Path) -> tuple[object, ...]:
    names = ("manifest.json", AUDIT_NAME, SEEN_NAME)
    return (str(folder), *(_state(folder / name) for name in names))


def _state(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return str(path), status.st_mtime_ns, status.st_size
