"""An image on its way into the manifest, and what is found out about it there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
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

    def telling_stem(self) -> list[tuple[str, str]]:
        """Return the file's name if chance is unlikely to give it twice, else nothing."""
        stem = PurePosixPath(self.path).stem.lower()
        is_telling = len(stem) >= _LEAST_STEM and any(letter.isdigit() for letter in stem)
        return [("stem", stem)] if is_telling else []


def _film_as_patient(path: str) -> str:
    """Where nobody says whose film it is, the film stands for a patient of its own."""
    return f"film-{PurePosixPath(path).stem}"


def clusters_of(rows: Iterable[Candidate]) -> list[list[Candidate]]:
    """Return the candidates by the film that they show."""
    clusters: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows:
        clusters[row.cluster].append(row)
    return list(clusters.values())
