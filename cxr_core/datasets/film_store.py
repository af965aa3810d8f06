"""Every film decoded once: squares of grey in one mapped file, an SQLite index beside it.

A film is known by its bytes, so a file that moves, or stands in two releases, is decoded once,
and every manifest and every training shares the squares. What is decoded goes to the end of the
file, is flushed, and only then enters the index in one transaction: a process that is killed
leaves cells that nobody knows of and the next one writes over.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import InputError, StorageError
from cxr_core.imaging.model_input import to_square
from cxr_core.imaging.preparing import InProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.imaging.decode import Limits
    from cxr_core.imaging.preparing import Decoder

STORED_SIZE = 256
_PREPROCESSING = 2  # raised when decoding or squaring changes, so that nothing stale is served
_BATCH = 64
_NO_SLOT = -1
_PASSING = frozenset({"file_too_large", "too_many_pixels", "decoder_failed"})  # not the film's
_TABLES = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, bytes INTEGER, modified INTEGER, sha256 TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS films (
    sha256 TEXT PRIMARY KEY, slot INTEGER NOT NULL, "rows" INTEGER, "columns" INTEGER,
    view TEXT, age_years REAL, fault TEXT NOT NULL, message TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """What decoding a file told.

    `slot` is the film's place among the squares, -1 where there is none; then `fault` is the
    code of the refusal and `message` its sentence. `view` and `age_years` come from a DICOM
    header. `rows` and `columns` are those of the film as stored, 0 where unknown.
    """

    sha256: str
    slot: int
    rows: int
    columns: int
    view: str
    age_years: float | None
    fault: str
    message: str


class FilmStore:
    """The squares of one size under a folder of their own; uint8, dense tissue bright.

    Several processes may fill one store: SQLite's write lock makes them take turns. `decoder`
    is a pool of child processes where releases are read for the first time.
    """

    def __init__(
        self,
        folder: Path,
        limits: Limits,
        size: int = STORED_SIZE,
        decoder: Decoder | None = None,
    ) -> None:
        self.size = size
        self._decoder = decoder or InProcess(limits)
        self._folder = folder / f"films-{size}-{_PREPROCESSING}"
        self._squares = self._folder / "squares.u8"
        self._index = self._folder / "index.sqlite"

    def examine(
        self, paths: Sequence[Path], report: Callable[[int, int], None]
    ) -> list[Examined]:
        """Decode what is not known yet; one answer a path, in order.

        `report` hears films done and films in all, and may raise to cancel: what was decoded
        until then stays.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        found: list[Examined] = []
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as index, ThreadPoolExecutor() as pool:
                seen = {row[0] for row in index.execute("SELECT sha256 FROM films")}
                for start in range(0, len(paths), _BATCH):
                    report(start, len(paths))
                    some = paths[start : start + _BATCH]
                    found += self._examine_batch(index, pool, some, seen)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"Cannot keep films in {self._folder}: {error}.") from error
        report(len(paths), len(paths))
        return found

    def squares(self) -> NDArray[np.uint8]:
        """Map all squares, read-only: uint8 (slots, size, size)."""
        cells = self.size * self.size
        slots = self._squares.stat().st_size // cells if self._squares.is_file() else 0
        if not slots:
            return np.zeros((0, self.size, self.size), np.uint8)
        shape = (slots, self.size, self.size)
        return np.memmap(self._squares, np.uint8, "r", shape=shape)

    def _connect(self) -> sqlite3.Connection:
        index = sqlite3.connect(self._index, timeout=60.0, isolation_level=None)
        index.executescript(_TABLES)
        return index

    def _examine_batch(
        self,
        index: sqlite3.Connection,
        pool: ThreadPoolExecutor,
        paths: Sequence[Path],
        seen: set[str],
    ) -> list[Examined]:
        stamps = list(pool.map(_stamp, paths))
        known = [_recall(index, path, stamp) for path, stamp in zip(paths, stamps, strict=True)]
        new = [place for place, examined in enumerate(known) if examined is None]
        if new:
            decoded = list(pool.map(lambda place: self._decode(paths[place], seen), new))
            kept = self._keep(index, decoded)
            for place, examined in zip(new, kept, strict=True):
                known[place] = examined
                if (stamp := stamps[place]) is not None and examined.fault not in _PASSING:
                    row = (str(paths[place].absolute()), *stamp, examined.sha256)
                    index.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", row)
        return [examined for examined in known if examined is not None]

    def _decode(self, path: Path, seen: set[str]) -> tuple[Examined, NDArray[np.uint8] | None]:
        """Decode a file, or only name it when the index has its bytes already."""
        try:
            data = path.read_bytes()
        except OSError as error:
            message = f"The disk does not give the file: {error.strerror or error}."
            return Examined("", _NO_SLOT, 0, 0, "", None, "not_found", message), None
        digest = hashlib.sha256(data).hexdigest()
        if digest in seen:
            return Examined(digest, _NO_SLOT, 0, 0, "", None, "", ""), None
        try:
            film = self._decoder.decode(data)
        except InputError as refusal:
            return Examined(digest, _NO_SLOT, 0, 0, "", None, refusal.code, str(refusal)), None
        told = film.provenance
        square = np.rint(to_square(film.pixels, self.size) * 255.0).astype(np.uint8)
        view, age = told.view_position or "", told.patient_age_years
        return Examined(digest, _NO_SLOT, told.rows, told.columns, view, age, "", ""), square

    def _keep(
        self,
        index: sqlite3.Connection,
        decoded: Sequence[tuple[Examined, NDArray[np.uint8] | None]],
    ) -> list[Examined]:
        """Append the squares, flush, and tell the index, under its write lock."""
        index.execute("BEGIN IMMEDIATE")
        with index:  # commits, or rolls back whatever is raised
            (last,) = index.execute("SELECT COALESCE(MAX(slot), -1) FROM films").fetchone()
            kept: list[Examined] = []
            with self._squares.open("ab") as stream:
                stream.truncate((last + 1) * self.size * self.size)
                for examined, square in decoded:
                    known = _film(index, examined.sha256)
                    if known is None and examined.sha256 and examined.fault not in _PASSING:
                        if square is not None:
                            last += 1
                            stream.write(square.tobytes())
                        slot = _NO_SLOT if square is None else last
                        known = _with_slot(examined, slot)
                        index.execute(_INSERT, astuple(known))
                    kept.append(known or examined)
                stream.flush()
                os.fsync(stream.fileno())
        return kept


_INSERT = f"INSERT INTO films VALUES ({', '.join('?' for _ in fields(Examined))})"  # noqa: S608


def _with_slot(examined: Examined, slot: int) -> Examined:
    digest, _, *rest = astuple(examined)
    return Examined(digest, slot, *rest)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of a file, by which it is taken for unchanged."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _recall(
    index: sqlite3.Connection, path: Path, stamp: tuple[int, int] | None
) -> Examined | None:
    if stamp is None:
        return None
    query = "SELECT sha256 FROM files WHERE path = ? AND bytes = ? AND modified = ?"
    row = index.execute(query, (str(path.absolute()), *stamp)).fetchone()
    return _film(index, row[0]) if row else None


def _film(index: sqlite3.Connection, sha256: str) -> Examined | None:
    row = index.execute("SELECT * FROM films WHERE sha256 = ?", (sha256,)).fetchone()
    return Examined(*row) if row else None
