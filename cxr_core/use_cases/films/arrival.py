"""One file on its way to the disk, piece by piece."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType


class NotAnnounced(StorageError):
    """Another number of bytes came than was announced."""


@dataclass(slots=True, eq=False)
class Arrival:
    """Writes a file of exactly `size` bytes to `path`, which only its owner may read.

    It counts only once `finish` has been called: leaving the `with` block without it deletes
    what was written. `check_disk` is asked before each piece, `keep` told of a whole file,
    `give_back` of one that did not come to be.
    """

    path: Path
    size: int
    check_disk: Callable[[int], None]
    keep: Callable[[Path], None]
    give_back: Callable[[], None]
    _handle: int = -1
    _written: int = 0
    _is_kept: bool = False

    def __enter__(self) -> Arrival:
        """Open the file.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self.path, flags, 0o600)
        except OSError as error:
            self.give_back()
            raise _refused(error) from error
        return self

    def write(self, piece: bytes) -> None:
        """Append bytes.

        Raises
        ------
        StorageError
            When the disk is full or refuses, or more comes than was announced.
        """
        if self._written + len(piece) > self.size:
            raise _not_announced(self.size)
        self.check_disk(len(piece))
        try:
            rest = memoryview(piece)
            while rest:
                rest = rest[os.write(self._handle, rest) :]
        except OSError as error:
            raise _refused(error) from error
        self._written += len(piece)

    def finish(self) -> None:
        """Hand the file over.

        Raises
        ------
        StorageError
            When less came than was announced, or the worklist was cleared meanwhile.
        """
        if self._written != self.size:
            raise _not_announced(self.size)
        self.keep(self.path)
        self._is_kept = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; delete it unless it was handed over."""
        os.close(self._handle)
        if not self._is_kept:
            with suppress(OSError):
                self.path.unlink()
            self.give_back()


def _refused(error: OSError) -> StorageError:
    return StorageError(
        f"The server cannot keep the film ({error.strerror}). Ask whoever runs the machine."
    )


def _not_announced(size: int) -> NotAnnounced:
    return NotAnnounced(f"Not the {size} bytes came that were announced. Send the film again.")
