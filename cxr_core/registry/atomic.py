"""Write a file so that a reader finds the old one or all of the new one, whatever dies when."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the place, flush to disk, rename.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):  # where not even the folder could be made
            draft.unlink(missing_ok=True)
        raise StorageError(f"Cannot write {path}: {error.strerror or error}.") from error


def write_json(path: Path, value: object) -> None:
    """Write one value as indented JSON, atomically."""
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())
