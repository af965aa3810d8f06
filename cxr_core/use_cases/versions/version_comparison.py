"""Versions side by side: on films of one's own, and on the test split from kept answers.

On the split no network runs here: what a version said of every film was asked and kept before,
and where it was not, that is said. Films of patients of whom any of the versions has seen a
film are left out for all of them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import HEADER_NAME, load_manifest
from cxr_core.datasets.splits import Split
from cxr_core.domain import Role
from cxr_core.errors import DataError
from cxr_core.evaluation.comparison import compare
from cxr_core.evaluation.reliability import assess_reliability, fit_temperature
from cxr_core.use_cases.access import require
from cxr_core.use_cases.seen import read_seen
from cxr_core.use_cases.versions.comparison_values import (
    Pair,
    Side,
    SplitComparison,
    common_films,
    flips_of,
    in_order_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from cxr_core.datasets.manifest import Manifest as FilmManifest
    from cxr_core.domain import Actor, FilmFile, Reading
    from cxr_core.evaluation.bootstrap import Options
    from cxr_core.evaluation.cases import Cases
    from cxr_core.registry.catalogue import Catalogue, Entry
    from cxr_core.use_cases.reading import ReadingService
    from cxr_core.use_cases.versions.answers import AnswerStore, SplitAnswers

_MOST_KEPT = 6
_DOING = "compare versions"


@dataclass(frozen=True, slots=True)
class Subject:
    """A version and what it said of films, in the order of the films that all answered."""

    entry: Entry
    answers: SplitAnswers
    temperature: float


class VersionComparer:
    """Compares any versions of a catalogue: champions, candidates and retired ones."""

    def __init__(
        self,
        reading: ReadingService,
        catalogue: Catalogue,
        answers: AnswerStore,
        manifest_dir: Path,
        options: Options,
    ) -> None:
        self._catalogue = catalogue
        self._answers = answers
        self._manifest_dir = manifest_dir
        self._options = options
        self._reading = replace(reading, models=catalogue)
        self._kept: OrderedDict[object, SplitComparison] = OrderedDict()
        self._films: tuple[object, FilmManifest] | None = None
        self._lock = threading.Lock()

    def read(
        self, actor: Actor | None, names: Sequence[str], files: Iterable[FilmFile]
    ) -> Iterator[Reading]:
        """Yield a reading for each film by these versions alone, whatever they serve as.

        Raises
        ------
        AccessError
            When nobody is signed in.
        DataError, ModelError
            When a version is not there, or cannot be loaded.
        """
        require(actor, Role.READER, _DOING)
        return self._reading.read(files, list(names), batch=2)

    def missing(self, actor: Actor | None, names: Sequence[str]) -> list[str]:
        """Name those of the versions whose answers for the test split are not kept.

        Raises
        ------
        AccessError
            When nobody is signed in.
        DataError
            When nothing is curated, or a version is not there.
        """
        require(actor, Role.READER, _DOING)
        digest = self._manifest().digest
        return [name for name in names if self._answered(self._entry(name), digest) is None]

    def on_split(self, actor: Actor | None, names: Sequence[str]) -> SplitComparison:
        """Compare on the test split; the first version is what the others are set against.

        Raises
        ------
        AccessError
            When nobody is signed in.
        DataError
            When fewer than two versions are given, answers are missing, or the versions have
            no films or not the same classes in common.
        """
        require(actor, Role.READER, _DOING)
        if len(set(names)) < 2:
            raise DataError("Choose two or more different versions to compare.")
        films = self._manifest()
        subjects = [self._subject(name, films.digest) for name in dict.fromkeys(names)]
        key = (
            films.digest,
            *((each.entry.name, each.answers.weights_sha256) for each in subjects),
            *(each.temperature for each in subjects),
        )
        with self._lock:  # two who ask for the same wait for one computation
            if key not in self._kept:
                self._kept[key] = self._compared(subjects, films)
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def _compared(self, subjects: Sequence[Subject], films: FilmManifest) -> SplitComparison:
        seen = [read_seen(each.entry.folder) for each in subjects]
        masks = [
            each.answers.unseen(films, [tokens for tokens in seen if tokens is not None])
            for each in subjects
        ]
        answered = [each.answers for each in subjects]
        classes = answered[0].cases.classes
        paths = common_films(answered, masks)
        cases = [in_order_of(each, paths, classes) for each in answered]
        heats = [each.temperature for each in subjects]
        names = [each.entry.name for each in subjects]
        pairs = []
        for place in range(1, len(subjects)):
            both = cases[0], cases[place]
            found = compare(*both, self._options, (heats[0], heats[place]))
            flips = flips_of(both, (heats[0], heats[place]), paths)
            pairs.append(Pair(names[0], names[place], found, flips))
        sides = [
            self._side(name, heat, case, tokens is not None, own)
            for name, heat, case, tokens, own in zip(
                names, heats, cases, seen, _places(pairs), strict=True
            )
        ]
        left = len(answered[0].paths) - len(paths)
        return SplitComparison(
            films.digest,
            classes,
            len(paths),
            cases[0].patients,
            left,
            tuple(sides),
            tuple(pairs),
        )

    def _side(
        self, name: str, temperature: float, cases: Cases, says: bool, own: tuple[Pair, int]
    ) -> Side:
        pair, place = own
        return Side(
            name=name,
            temperature=temperature,
            accuracy=pair.accuracy(place),
            balanced_accuracy=pair.balanced_accuracy(place),
            sensitivity=pair.sensitivity(place),
            auc=pair.auc(place),
            reliability=assess_reliability(cases, temperature, self._options),
            says_what_it_saw=says,
        )

    def _subject(self, name: str, digest: str) -> Subject:
        entry = self._entry(name)
        kept = self._answered(entry, digest)
        if kept is None:
            raise DataError(f"{name} was not asked about the test films yet.")
        return Subject(entry, kept, self._temperature(entry, digest))

    def _temperature(self, entry: Entry, digest: str) -> float:
        """What the gate would take: fitted on validation answers, else what it is served by."""
        manifest = entry.manifest
        if manifest is None:
            return 1.0
        kept = self._answers.stored_answers(manifest, digest, Split.VALIDATION)
        if kept is not None:
            return round(fit_temperature(kept.cases), 6)
        return manifest.calibration.temperature if manifest.calibration else 1.0

    def _answered(self, entry: Entry, digest: str) -> SplitAnswers | None:
        if entry.manifest is None:
            raise DataError(f"{entry.name} cannot be compared: {entry.problem}")
        return self._answers.stored_answers(entry.manifest, digest, Split.TEST)

    def _entry(self, name: str) -> Entry:
        return self._catalogue.entry(name)

    def _manifest(self) -> FilmManifest:
        """The manifest in force, read again when it changes."""
        path = self._manifest_dir / HEADER_NAME
        try:
            status = path.stat()
        except OSError as error:
            raise DataError(
                "No films are curated, so there is no test split. Curate on the Data page."
            ) from error
        stamp = status.st_mtime_ns, status.st_size
        kept = self._films
        if kept is None or kept[0] != stamp:
            kept = self._films = (stamp, load_manifest(self._manifest_dir))
        return kept[1]


def _places(pairs: Sequence[Pair]) -> list[tuple[Pair, int]]:
    """Where each side's own values stand: 0 for a pair's first version, 1 for its second."""
    return [(pairs[0], 0), *((pair, 1) for pair in pairs)]
