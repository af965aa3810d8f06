"""An image on its way into the manifest, and what is found out about it there."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from cxr_core.datasets.film_store import Examined
    from cxr_core.datasets.ontology import Finding
    from cxr_core.datasets.records import Exclusion, Record, Source
    from cxr_core.datasets.splits import Split

_LEAST_STEM = 8  # shorter file names, "1.png", say nothing


@dataclass(slots=True)
class Candidate:
    """An image on its way into the manifest."""

    source: Source
    record: Record
    path: str
    file: Path
    order: int
    examined: Examined | None = None
    exclusion: Exclusion | None = None
    detail: str = ""
    group: str = ""
    cluster: str = ""
    split: Split | None = None

    @property
    def patient(self) -> str:
        """The key under which the source itself deals."""
        return f"{self.source.name}/{self.record.patient or _film_as_patient(self.path)}"

    @property
    def is_readable(self) -> bool:
        """True when its pixels could be decoded."""
        return self.examined is not None and not self.examined.fault

    @property
    def finding(self) -> Finding:
        """What its release says it shows."""
        return self.record.finding

    def exclude(self, exclusion: Exclusion, detail: str = "") -> None:
        """Exclude for a reason, unless an earlier one stands."""
        if self.exclusion is None:
            self.exclusion, self.detail = exclusion, detail


def _film_as_patient(path: str) -> str:
    """Where nobody says whose film it is, the film stands for a patient of its own."""
    return f"film-{PurePosixPath(path).stem}"


def clusters_of(rows: Iterable[Candidate]) -> list[list[Candidate]]:
    """Return the candidates by the film that they show."""
    clusters: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        clusters[row.cluster].append(row)
    return list(clusters.values())


def namesakes(candidates: Sequence[Candidate]) -> list[tuple[int, int]]:
    """Return the places of films of two sources whose file name cannot be theirs by chance.

    It has eight characters or more with a digit among them, and neither source has it twice:
    scanners call the first film of every patient IMG00001.
    """
    places: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, each in enumerate(candidates):
        stem = PurePosixPath(each.path).stem.lower()
        if len(stem) >= _LEAST_STEM and any(letter.isdigit() for letter in stem):
            places[stem, each.source.name].append(place)
    by_stem: dict[str, list[int]] = defaultdict(list)
    for (stem, _), found in places.items():
        if len(found) == 1:
            by_stem[stem] += found
    return [pair for found in by_stem.values() for pair in itertools.combinations(found, 2)]
