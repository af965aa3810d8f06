"""Where a server keeps uploaded films: a folder for each window, deleted when the window ends.

Each server has a folder of its own under `uploads` and holds a lock on a file in it, which the
operating system lets go of however the server ends: what another start finds unlocked is what
a server left that was killed, and is deleted.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError
from cxr_core.use_cases.films.room import Room
from cxr_core.use_cases.films.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.imaging.archive import ArchiveLimits

_LOCK = ".held"
_GRACE_SECONDS = 180.0  # a window whose network failed is remembered for two minutes


class Spool:
    """The shelves of this server.

    Parameters
    ----------
    folder
        `uploads` in the data folder; made where there is none.
    limits
        On one film and one zip.
    most_bytes, most_each
        What all shelves, and one of them, may take.
    grace
        Seconds after which the films of a window that has gone are deleted.
    """

    def __init__(
        self,
        folder: Path,
        limits: ArchiveLimits,
        most_bytes: int,
        most_each: int,
        grace: float = _GRACE_SECONDS,
    ) -> None:
        self._limits = limits
        self._grace = grace
        self._shelves: dict[str, Shelf] = {}
        self._lock = threading.Lock()
        self._held: int | None = None
        try:
            self.folder = self._own_folder(folder)
        except OSError as error:
            raise StorageError(
                f"Cannot keep uploads in {folder}: {error.strerror}. Check the data folder."
            ) from error
        self._room = Room(self.folder, most_bytes, most_each)

    def open(self, owner: str) -> Shelf:
        """Make an empty shelf for somebody's window.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        folder = self.folder / secrets.token_hex(16)
        try:
            folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(
                f"Cannot make {folder}: {error.strerror}. Check the data folder."
            ) from error
        shelf = Shelf(owner, folder, self._limits, self._room)
        with self._lock:
            self._shelves[shelf.token] = shelf
        return shelf

    def find(self, token: str) -> Shelf | None:
        """Return the shelf that a token opens."""
        with self._lock:
            return self._shelves.get(token)

    def discard(self, shelf: Shelf) -> None:
        """Delete a shelf and its films."""
        with self._lock:
            self._shelves.pop(shelf.token, None)
        shelf.close()

    def leave(self, shelf: Shelf) -> None:
        """Delete a shelf a while from now, unless its window comes back."""
        shelf.leave()
        timer = threading.Timer(self._grace, self._look_again, [shelf])
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Delete everything; the server ends."""
        with self._lock:
            shelves = list(self._shelves.values())
        for shelf in shelves:
            self.discard(shelf)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _look_again(self, shelf: Shelf) -> None:
        left = shelf.left_at
        if left is not None and time.monotonic() - left >= self._grace:
            self.discard(shelf)

    def _own_folder(self, uploads: Path) -> Path:
        uploads.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _one_at_a_time(uploads / _LOCK):
            for left in uploads.iterdir():
                if left.is_dir() and not left.is_symlink() and _is_abandoned(left):
                    shutil.rmtree(left, ignore_errors=True)
            own = uploads / secrets.token_hex(8)
            own.mkdir(mode=0o700)
            self._held = _locked(own / _LOCK, wait=False)
        return own


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Keep another start out: it might find the folder of this one before the lock is held."""
    held = _locked(path, wait=True)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def _is_abandoned(folder: Path) -> bool:
    with suppress(OSError):
        held = _locked(folder / _LOCK, wait=False)
        if held is not None:
            os.close(held)
        return True
    return False


def _locked(path: Path, *, wait: bool) -> int | None:
    """Hold a file; None where the operating system knows no such locks (Windows)."""
    if sys.platform == "win32":
        return None
    import fcntl

    held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(held)
        raise
    return held
