"""Who uses the data folder at this moment: a file that living processes hold a lock on.

The operating system lets go of a lock when its process ends, however it ends, so nothing stale
is ever left. Where it knows no such locks (Windows), nobody is kept out.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IN_USE = ".in-use"
CLEARING = ".clearing"  # held by who removes things, and by who must find all of them
UNFINISHED = ".restore-unfinished"
_WHAT_TO_DO = {
    IN_USE: "Another process of this program uses {folder}. End the application, its workers "
    "and other commands on this folder, and try again.",
    CLEARING: "A purge or a backup of {folder} is under way. Wait for its end, and try again.",
}


class FolderInUse(StorageError):
    """Another process holds the folder."""


def hold(folder: Path) -> int | None:
    """Say that this process uses a folder, until it ends or closes what is returned.

    Any number of processes may. Returns the descriptor that is held, None where the operating
    system knows no such locks.

    Raises
    ------
    StorageError
        When a restore into the folder was cut off, is under way, or the disk refuses.
    """
    if (folder / UNFINISHED).exists():
        raise StorageError(
            f"A restore into {folder} was cut off, so only a part of it is there. Run "
            "`python -m cxr_core restore FILE --replace` again."
        )
    return _locked(folder / IN_USE, is_shared=True)


@contextmanager
def alone_in(path: Path) -> Iterator[None]:
    """Hold `IN_USE` or `CLEARING`, in the folder that the path names, alone.

    Raises
    ------
    FolderInUse
        When another process holds it, alone or together with others.
    StorageError
        When the disk refuses.
    """
    held = _locked(path, is_shared=False)
    try:
        yield
    finally:
        if held is not None:
            os.close(held)


def _locked(path: Path, *, is_shared: bool) -> int | None:
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"Cannot open {path}: {error.strerror}.") from error
    try:
        fcntl.flock(held, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(held)
        raise FolderInUse(_WHAT_TO_DO[path.name].format(folder=path.parent)) from error
    return held
