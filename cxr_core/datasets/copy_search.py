"""Copy detection over whole sources: in parallel, kept on disk, never the same twice.

What two sources have in common depends on their films alone, so it is kept under a digest of
both; when one of them changes, the films are nominated anew, and only pairs never seen before
are laid over each other.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.copies import (
    ALGORITHM,
    PATIENT_SCORE,
    Nominee,
    detail,
    likeness,
    nominate,
)
from cxr_core.datasets.joining import Link
from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

_BATCH = 256
_TABLES = """
CREATE TABLE IF NOT EXISTS blocks (digest TEXT PRIMARY KEY, links TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS likenesses (
    whole TEXT, cropped TEXT, box INTEGER, score REAL NOT NULL,
    PRIMARY KEY (whole, cropped, box)) WITHOUT ROWID;
"""


class CopySearch:
    """Related films among those of a square store; results live in a file under `folder`.

    `report` hears a sentence on what is being done, how much of it is done and how much there
    is in all; it is called from several threads, and may raise to cancel.
    """

    def __init__(
        self,
        folder: Path,
        squares: NDArray[np.uint8],
        report: Callable[[str, int, int], None],
    ) -> None:
        self._path = folder / f"copies-{ALGORITHM}.sqlite"
        self._squares = squares
        self._report = report

    def links(
        self, sources: Sequence[str], digests: Sequence[str], slots: Sequence[int]
    ) -> list[Link]:
        """Return the related pairs of films, by their places in the three arguments.

        Films of the same bytes are searched once, and not linked here.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        places: dict[str, int] = {}
        members: dict[str, dict[str, int]] = {}
        for place, (source, digest) in enumerate(zip(sources, digests, strict=True)):
            places.setdefault(digest, place)
            members.setdefault(source, {})[digest] = slots[place]
        films = {source: dict(sorted(own.items())) for source, own in members.items()}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path, timeout=60.0)) as index:
                index.executescript(_TABLES)
                found = self._all_blocks(index, films)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"Cannot keep copies in {self._path}: {error}.") from error
        return [
            Link(places[first], places[second], score)
            for (first, second), score in sorted(found.items())
        ]

    def _all_blocks(
        self, index: sqlite3.Connection, films: dict[str, dict[str, int]]
    ) -> dict[tuple[str, str], float]:
        blocks = {
            (whole, cropped): _digest(films[whole], films[cropped], whole == cropped)
            for cropped in films
            for whole in films
        }
        known = dict(index.execute("SELECT digest, links FROM blocks").fetchall())
        missing = [pair for pair, digest in blocks.items() if digest not in known]
        nominees = self._nominate(films, missing)
        scores = self._compare(index, films, nominees)
        found: dict[tuple[str, str], float] = {}
        for pair, digest in blocks.items():
            links = json.loads(known[digest]) if digest in known else scores[pair]
            if digest not in known:
                index.execute(
                    "INSERT OR REPLACE INTO blocks VALUES (?, ?)", (digest, json.dumps(links))
                )
            for first, second, score in links:
                if first == second:  # the same bytes in two sources
                    continue
                key = (min(first, second), max(first, second))
                found[key] = max(score, found.get(key, score))
        index.commit()
        return found

    def _nominate(
        self, films: dict[str, dict[str, int]], missing: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], list[Nominee]]:
        wanted = {source for pair in missing for source in pair}
        details = {source: self._details(list(films[source].values())) for source in wanted}
        total = sum(len(films[source]) for source in {cropped for _, cropped in missing})
        done = 0
        nominees = {}
        for cropped in sorted({cropped for _, cropped in missing}):
            others = [whole for whole, other in missing if other == cropped]

            def advance(count: int, before: int = done) -> None:
                self._report("Looking for copies", before + count, total)

            found = nominate(details[cropped], [details[each] for each in others], advance)
            nominees.update(
                {(whole, cropped): own for whole, own in zip(others, found, strict=True)}
            )
            done += len(films[cropped])
        return nominees

    def _details(self, slots: list[int]) -> FloatArray:
        with ThreadPoolExecutor() as pool:
            parts = pool.map(
                lambda some: detail(self._squares[some]),
                [slots[start : start + _BATCH] for start in range(0, len(slots), _BATCH)],
            )
            return np.concatenate(list(parts))

    def _compare(
        self,
        index: sqlite3.Connection,
        films: dict[str, dict[str, int]],
        nominees: dict[tuple[str, str], list[Nominee]],
    ) -> dict[tuple[str, str], list[tuple[str, str, float]]]:
        """Lay the nominees over each other; keep the pairs that are of one patient."""
        total = sum(map(len, nominees.values()))
        done = 0
        scores: dict[tuple[str, str], list[tuple[str, str, float]]] = {}
        for (whole, cropped), own in nominees.items():
            first, second = list(films[whole]), list(films[cropped])
            slots = {**films[whole], **films[cropped]}
            kept = scores.setdefault((whole, cropped), [])
            for start in range(0, len(own), _BATCH):
                self._report("Comparing films that look alike", done, total)
                some = [
                    (first[each.whole], second[each.cropped], each.box)
                    for each in own[start : start + _BATCH]
                ]
                for (one, other, _), score in zip(
                    some, self._likenesses(index, some, slots), strict=True
                ):
                    if score >= PATIENT_SCORE:
                        kept.append((one, other, score))
                done += len(some)
        return scores

    def _likenesses(
        self,
        index: sqlite3.Connection,
        pairs: list[tuple[str, str, int]],
        slots: dict[str, int],
    ) -> list[float]:
        query = "SELECT score FROM likenesses WHERE whole = ? AND cropped = ? AND box = ?"
        known = {pair: index.execute(query, pair).fetchone() for pair in pairs}
        new = [pair for pair, row in known.items() if row is None]

        def lay(pair: tuple[str, str, int]) -> float:
            whole, cropped, box = pair
            return likeness(self._squares[slots[whole]], self._squares[slots[cropped]], box)

        with ThreadPoolExecutor() as pool:
            fresh = dict(zip(new, pool.map(lay, new), strict=True))
        rows = [(*pair, score) for pair, score in fresh.items()]
        index.executemany("INSERT OR REPLACE INTO likenesses VALUES (?, ?, ?, ?)", rows)
        index.commit()
        return [fresh[pair] if row is None else row[0] for pair, row in known.items()]


def _digest(whole: dict[str, int], cropped: dict[str, int], is_same: bool) -> str:
    text = "\n".join((str(ALGORITHM), str(is_same), *whole, "against", *cropped))
    return hashlib.sha256(text.encode()).hexdigest()
