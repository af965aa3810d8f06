"""Two synthetic films for whoever has none: onto a shelf like an upload, or into a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.imaging.archive import KIND_BYTES
from cxr_core.imaging.drawn.files import draw_samples
from cxr_core.registry.atomic import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.use_cases.films.shelf import Shelf


def drop_samples(shelf: Shelf) -> None:
    """Lay both films onto a shelf; from there they go the way of every upload.

    Raises
    ------
    StorageError
        When there is no room, or the shelf has been cleared meanwhile.
    """
    for name, content in draw_samples().items():
        with shelf.begin(name, len(content), content[:KIND_BYTES]) as arrival:
            arrival.write(content)
            arrival.finish()


def write_samples(folder: Path) -> list[Path]:
    """Write both films into a folder, made where there is none; return where they lie.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    written = []
    for name, content in draw_samples().items():
        write_atomically(folder / name, content)
        written.append(folder / name)
    return written
