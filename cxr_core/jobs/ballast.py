"""A few megabytes that are given up when the disk is full, so that this can be written down."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "ballast"
_BYTES = 4 * 2**20


def take_ballast(folder: Path) -> None:
    """Fill the file, unless it is there, or there is no room for it."""
    path = folder / _NAME
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.stat().st_size < _BYTES:
            path.write_bytes(bytes(_BYTES))


def drop_ballast(folder: Path) -> None:
    """Give the room back; a worker that starts later takes it again."""
    with contextlib.suppress(OSError):
        (folder / _NAME).unlink(missing_ok=True)
