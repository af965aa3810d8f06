"""Write a manifest's films as one portable file, for a machine that has no releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.pack import SUFFIX, write_pack
from cxr_core.errors import DataError
from cxr_core.use_cases.location import locate, read_location

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films


def pack_films(films: Films, out: Path, report: Callable[[str, int, int], None]) -> int:
    """Decode what is not decoded yet, and write; return the number of films.

    Raises
    ------
    DataError
        When the manifest or a film is missing or not what it was, or `out` is misnamed.
    StorageError
        When the disk refuses.
    """
    if out.suffix != SUFFIX:
        raise DataError(
            f"{out.name} is no name for a pack; expected one that ends in {SUFFIX}."
        )
    manifest = load_manifest(films.manifest)
    folders = read_location(films.manifest, films.root)
    used = manifest.used()
    examined = films.store.examine(
        [locate(folders, film) for film in used],
        lambda done, total: report("Reading films", done, total),
    )
    for film, now in zip(used, examined, strict=True):
        if now.sha256 != film.sha256:
            raise DataError(f"{film.path} is not the film that was curated. Curate again.")
    write_pack(
        out,
        manifest,
        films.store.squares(),
        [each.slot for each in examined],
        lambda done, total: report("Writing", done, total),
    )
    return len(used)
