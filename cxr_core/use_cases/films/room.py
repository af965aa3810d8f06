"""How much the uploaded films of a server may take, of its disk and of what each may have."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

_SPARE_BYTES = 2**30  # of the disk, for everything else: database, logs, trainings


class NoRoom(StorageError):
    """The films would take more than they may."""


@dataclass(slots=True, eq=False)
class Room:
    """Counts the bytes of all shelves of a server: at most `most`, and `most_each` of a shelf.

    At least 1 GiB of the disk stays free, whoever fills it.
    """

    folder: Path
    most: int
    most_each: int
    taken: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reserve(self, size: int, taken_there: int) -> None:
        """Take room for a file on a shelf that has taken so much already.

        Raises
        ------
        NoRoom
            With what to do.
        """
        if taken_there + size > self.most_each:
            raise NoRoom(
                f"The films of this worklist may take {_gigabytes(self.most_each)} on the "
                "server, and this one is too many. Clear the worklist, then drop the rest."
            )
        with self._lock:
            if self.taken + size > self.most:
                raise NoRoom(
                    f"The uploaded films of everybody may take {_gigabytes(self.most)} on the "
                    "server, and this one is too many. Try again when others are done."
                )
            self.check_disk(size)
            self.taken += size

    def check_disk(self, size: int) -> None:
        """Ask whether the disk has room.

        Raises
        ------
        NoRoom
            When it would be all but full.
        """
        if shutil.disk_usage(self.folder).free - size < _SPARE_BYTES:
            raise NoRoom(
                "The server's disk is almost full, so no more films are taken. Tell whoever "
                "runs the machine."
            )

    def give_back(self, size: int) -> None:
        """Count a file no longer."""
        with self._lock:
            self.taken -= size


def _gigabytes(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"
