"""Open a manifest or a pack for training or judging: the one door to labelled films."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.collection import Collection, Dealing, collect, deal_films
from cxr_core.datasets.manifest import Manifest, load_manifest
from cxr_core.datasets.pack import SUFFIX, collect_pack, read_pack
from cxr_core.use_cases.location import locate, read_location

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.datasets.manifest import Film
    from cxr_core.datasets.ontology import LabelSpace


@dataclass(frozen=True, slots=True)
class Films:
    """Where the films come from: a manifest (folder, table or header) or a pack.

    `root` holds the releases when they do not lie where they were curated; a pack needs none.
    `dealing` says how they are dealt.
    """

    manifest: Path
    root: Path | None
    store: FilmStore
    dealing: Dealing = field(default_factory=Dealing)


def open_collection(
    films: Films, space: LabelSpace, report: Callable[[int, int], None]
) -> tuple[Manifest, Collection]:
    """Return the manifest, and its used films through a recipe's classes.

    Raises
    ------
    DataError
        When the manifest, a pack, or a film is missing or not what it was, or no film has a
        class of the recipe's.
    StorageError
        When the disk refuses.
    """
    if films.manifest.suffix == SUFFIX:
        pack = read_pack(films.manifest)
        return pack.manifest, collect_pack(pack, space, films.dealing)
    manifest = load_manifest(films.manifest)
    dealt = deal_films(manifest, space, films.dealing)
    folders = read_location(films.manifest, films.root)

    def place(film: Film) -> Path:
        return locate(folders, film)

    return manifest, collect(dealt, place, films.store, report)
