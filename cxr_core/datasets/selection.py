"""Which films a study asks for: so many of a class, from these releases or from substitutes."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.datasets.manifest import Film


@dataclass(frozen=True, slots=True)
class Wanted:
    """At most `films` (0: all) of these classes, findings and sources.

    Empty `findings` and `sources` mean any. Where no such film of `sources` is on offer,
    `substitutes` stand in.
    """

    classes: tuple[str, ...]
    findings: tuple[str, ...]
    sources: tuple[str, ...]
    films: int
    substitutes: tuple[str, ...]


def choose(
    films: Sequence[Film], labels: Sequence[str], wanted: Sequence[Wanted], salt: str
) -> tuple[list[int], tuple[str, ...]]:
    """Return the places of the films that are asked for, sorted, and what had to give way.

    Of more films than are asked for, those whose paths hash lowest under `salt` are taken: the
    same on every machine. A film that two rows ask for counts for the first.

    Raises
    ------
    DataError
        When nothing that is asked for is there.
    """
    if not wanted:
        return list(range(len(films))), ()
    taken: set[int] = set()
    remarks: list[str] = []
    for row in wanted:
        fitting = [
            place
            for place, (film, label) in enumerate(zip(films, labels, strict=True))
            if label in row.classes and (not row.findings or film.finding.value in row.findings)
        ]
        sources = set(row.sources)
        if sources and not sources & {films[place].source for place in fitting}:
            sources = set(row.substitutes)
        offered = [
            place
            for place in fitting
            if place not in taken and (not row.sources or films[place].source in sources)
        ]
        offered.sort(key=lambda place: _rank(salt, films[place].path))
        found = offered[: row.films or None]
        taken.update(found)
        remarks += _remarks(row, Counter(films[place].source for place in found))
    if not taken:
        raise DataError(
            "The manifest holds none of the films that the recipe asks for: "
            f"{'; '.join(remarks)}. Curate the releases it names."
        )
    return sorted(taken), tuple(remarks)


def _rank(salt: str, path: str) -> str:
    return hashlib.sha256(f"{salt}/choice/{path}".encode()).hexdigest()


def _remarks(row: Wanted, found: Counter[str]) -> list[str]:
    """Say where films came from, when it is not as asked, and how many are missing."""
    asked = f"{' and '.join(row.classes)} of {', '.join(row.sources) or 'any release'}"
    number = f"{row.films} films" if row.films else "all films"
    if not found:
        return [f"{asked}: {number} asked for, none there"]
    said = []
    got = ", ".join(f"{count} of {source}" for source, count in sorted(found.items()))
    if row.sources and not found.keys() & set(row.sources):
        said.append(f"{asked}: {number} asked for, {got} instead")
    elif row.films and found.total() < row.films:
        said.append(f"{asked}: {number} asked for, {got} there")
    elif missing := sorted(set(row.sources) - found.keys()):
        said.append(f"{asked}: nothing of {', '.join(missing)}")
    return said
