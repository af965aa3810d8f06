"""What a dataset is made of: a labelled film file, and the report of what was left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Film:
    """One frontal radiograph on disk; `patient` is unique only inside its `source`."""

    path: Path
    source: str
    patient: str
    label: str


@dataclass(slots=True)
class Listing:
    """Films found, and a count for each reason why a row or file was left out."""

    films: list[Film] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def add(self, film: Film) -> None:
        """Keep `film` if its file exists; count it as missing otherwise."""
        if film.path.is_file():
            self.films.append(film)
        else:
            self.left_out[f"{film.source}: row without a file"] += 1

    def leave_out(self, source: str, reason: str) -> None:
        """Count one row or file that is not used."""
        self.left_out[f"{source}: {reason}"] += 1
