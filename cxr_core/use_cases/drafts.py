"""The folder in which a release is put together before it gets its name."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxr_core.datasets.records import Source
    from cxr_core.use_cases.downloads import Watcher

# How much of its size a release wants on the way: git keeps all files twice, and an archive
# lies beside what comes out of it.
_ROOM = {"git": 2.0, "kaggle": 2.0, "http": 1.2}


@dataclass(frozen=True, slots=True)
class Draft:
    """A release in the making in `folder`; `watcher` hears of it."""

    source: Source
    folder: Path
    watcher: Watcher

    @property
    def release(self) -> Path:
        """What will be the release."""
        return self.folder / "release"

    @property
    def downloads(self) -> Path:
        """Files as they came."""
        return self.folder / "downloads"

    @property
    def log(self) -> Path:
        """What a program said."""
        return self.folder / "log"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep a second process out; the system lets go when this one dies.

        Raises
        ------
        StorageError
            When another process is here already.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                import fcntl  # not on Windows, where nobody is kept out
            except ImportError:
                pass
            else:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as error:
                    raise StorageError(
                        f"Another process is fetching into {self.folder}. Wait for its end."
                    ) from error
            yield

    def check_space(self) -> None:
        """See that the disk holds the release and what it needs on the way.

        Raises
        ------
        StorageError
            When it does not.
        """
        wanted = self.source.megabytes * 1e6 * _ROOM.get(self.source.download.kind, 1.0)
        wanted -= size_of(self.folder)
        free = shutil.disk_usage(self.folder).free
        if free < wanted:
            raise StorageError(
                f"{self.folder.parent} has {free / 1e9:.1f} GB free; {self.source.title} needs "
                f"about {wanted / 1e9:.1f} GB more. Free some, or choose another folder."
            )


def size_of(folder: Path) -> int:
    """Bytes under a folder; what disappears while it is counted does not count."""
    size = 0
    for base, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(base) / name).lstat().st_size
    return size
