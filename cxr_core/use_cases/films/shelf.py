"""The films that one window has uploaded: on the disk, in a folder of their own.

What a browser says of a film, its name above all, is only ever shown: files are named by
chance. In memory there is a name and a place for each.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from cxr_core.domain import FilmFile
from cxr_core.errors import InputError, NotFound, StorageError
from cxr_core.use_cases.films.arrival import Arrival
from cxr_core.use_cases.intake import (
    check_weight,
    films_of_file,
    refuse_other_archives,
    refused_film,
    shown_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cxr_core.imaging.archive import ArchiveLimits
    from cxr_core.use_cases.films.room import Room

_MOST_FILES = 20_000  # a name and a place of each are kept in memory


@dataclass(slots=True, eq=False)
class Shelf:
    """Takes films from the network on one side, and gives them to a worklist on the other.

    `token` is what an upload must bring, `owner` who must bring it. `arrived` counts the files
    that came in whole or were refused, `collected` those that the worklist has been given.
    """

    owner: str
    folder: Path
    limits: ArchiveLimits
    room: Room
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    arrived: int = 0
    collected: int = 0
    is_closed: bool = False
    left_at: float | None = None
    _waiting: deque[tuple[str, Path | InputError]] = field(default_factory=deque)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, name: str, size: int, head: bytes) -> Arrival:
        """Make room for a file of `size` bytes that begins with `head`.

        Raises
        ------
        InputError
            When it is too large, or an archive that is not read. It becomes a film that says
            so.
        StorageError
            When there is no room, or the shelf has been cleared meanwhile.
        """
        try:
            check_weight(size, head, self.limits)
            refuse_other_archives(head)
        except InputError as error:
            self._put(name, error)
            raise
        with self._lock:
            self._check_open()
            if self.arrived >= _MOST_FILES:
                raise StorageError(
                    f"This worklist has had {_MOST_FILES} files, the most that one takes. "
                    "Clear it, then drop the rest."
                )
            self.room.reserve(size, self._bytes)
            self._bytes += size
        return Arrival(
            self.folder / secrets.token_hex(16),
            size,
            self.room.check_disk,
            partial(self._put, name),
            partial(self._give_back, size),
        )

    def collect(self) -> Iterator[FilmFile]:
        """Yield what has come in since the last call; each file is yielded once."""
        while True:
            with self._lock:
                if not self._waiting:
                    return
                name, content = self._waiting.popleft()
                self.collected += 1
            if isinstance(content, InputError):
                yield refused_film(name, content)
                continue
            for film in films_of_file(name, content, self.limits):
                yield FilmFile(film.name, partial(_load, film.load, content))

    def stay(self) -> None:
        """Say that the window is there."""
        self.left_at = None

    def leave(self) -> None:
        """Say that the window has gone; it may come back, if only the network failed."""
        self.left_at = time.monotonic()

    def close(self) -> None:
        """Delete every film, and take no more."""
        with self._lock:
            if self.is_closed:
                return
            self.is_closed = True
            self._waiting.clear()
            taken, self._bytes = self._bytes, 0
        shutil.rmtree(self.folder, ignore_errors=True)
        self.room.give_back(taken)

    def _put(self, name: str, content: Path | InputError) -> None:
        with self._lock:
            self._check_open()
            self._waiting.append((shown_name(name), content))
            self.arrived += 1

    def _give_back(self, size: int) -> None:
        with self._lock:
            if self.is_closed:  # all of it was given back
                return
            self._bytes -= size
        self.room.give_back(size)

    def _check_open(self) -> None:
        if self.is_closed:
            raise StorageError("The worklist was cleared. Drop the films again.")


def _load(load: Callable[[], bytes], place: Path) -> bytes:
    if not place.exists():
        raise NotFound(
            "The film is kept no longer: its worklist was cleared, or the server started anew. "
            "Drop it again."
        )
    return load()
