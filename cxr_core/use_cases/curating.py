"""Curate the releases under a folder, and leave the manifest, its datasheet and its bias.

The folder gets `manifest.parquet` and `manifest.json` (the same bytes on every machine),
`bias.json`, `datasheet.md`, and `location.json`, which says where the films lie on this one.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from cxr_core.datasets.bias import Bias, Guess, measure_bias, thumbnails
from cxr_core.datasets.curation import curate
from cxr_core.datasets.manifest import HEADER_NAME, TABLE_NAME, header_bytes, seal
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.sources import SOURCES, find_releases
from cxr_core.datasets.sources.table import read_description
from cxr_core.datasets.splits import SplitRule
from cxr_core.datasets.summary import class_of
from cxr_core.errors import DataError, StorageError
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.use_cases.datasheet import write_datasheet
from cxr_core.use_cases.location import LOCATION_NAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.datasets.records import Source

    Report = Callable[[str, int, int], None]

BIAS_NAME = "bias.json"
DATASHEET_NAME = "datasheet.md"
CLASSES = LabelSpace(("normal", "pneumonia", "covid19"))
"""The classes in which bias is told, those of the bundled versions."""


@dataclass(frozen=True, slots=True)
class CurationOrder:
    """A curation as it was asked for.

    `root` holds the releases; `tables` are descriptions of other people's images; the manifest
    goes to `out`, caches to `cache`.
    """

    root: Path
    out: Path
    cache: Path
    tables: tuple[Path, ...] = ()
    rule: SplitRule = field(default_factory=SplitRule)


def curate_releases(order: CurationOrder, store: FilmStore, report: Report) -> Manifest:
    """Read, join, deal, measure and write; `report` hears progress and may raise to cancel.

    Raises
    ------
    DataError
        When the folder holds no release, or one is not laid out as published.
    StorageError
        When the disk refuses.
    """
    releases = _releases(order)
    _prepare(order.out)
    curation = curate(releases, store, order.cache, order.rule, report)
    manifest = seal(curation.films, curation.header)
    folders = {prefix: str(folder.resolve()) for _, prefix, folder in releases}
    report("Measuring how far class and source can be guessed", 0, 1)
    is_known = _is_written(order.out, manifest)
    bias = read_bias(order.out) if is_known else _measure(manifest, curation.slots, store)
    # The header comes last: while it is the old one, the new table is not believed.
    write_json(order.out / LOCATION_NAME, folders)
    write_json(order.out / BIAS_NAME, None if bias is None else asdict(bias))
    datasheet = write_datasheet(manifest, bias, CLASSES)
    write_atomically(order.out / DATASHEET_NAME, datasheet.encode())
    write_atomically(order.out / TABLE_NAME, manifest.table)
    write_atomically(order.out / HEADER_NAME, header_bytes(manifest))
    report("Done", 1, 1)
    return manifest


def _prepare(folder: Path) -> None:
    """Find out before the long work whether there is a place for what comes of it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"Cannot write to {folder}: {error.strerror or error}.") from error
    if not os.access(folder, os.W_OK):
        raise StorageError(f"Cannot write to {folder}: it is read-only.")


def _is_written(folder: Path, manifest: Manifest) -> bool:
    """Tell whether a folder holds this very manifest, so that its bias need not be measured."""
    header = folder / HEADER_NAME
    is_same = header.is_file() and header.read_bytes() == header_bytes(manifest)
    return is_same and (folder / BIAS_NAME).is_file()


def _releases(order: CurationOrder) -> list[tuple[Source, str, Path]]:
    if not order.root.is_dir():
        raise DataError(f"{order.root} is not a folder. Give the one that holds the releases.")
    found = find_releases(order.root)
    releases = [
        (source, found[source.name].name, found[source.name])
        for source in SOURCES
        if source.name in found
    ]
    for table in order.tables:
        source = read_description(table)
        (folder,) = find_releases(order.root, [source]).values()
        releases.append((source, source.name, folder))
    if not releases:
        names = ", ".join(source.folders[0] for source in SOURCES if source.folders)
        raise DataError(f"{order.root} holds none of: {names}. Give the folder that does.")
    return releases


def _measure(manifest: Manifest, slots: Sequence[int], store: FilmStore) -> Bias | None:
    """Measure the bias of the used films; None where there are too few to measure it.

    `slots` has the place of each of the manifest's films among the store's squares.
    """
    films, places = [], []
    for film, slot in zip(manifest.films, slots, strict=True):
        if film.is_used and class_of(film, CLASSES) is not None:
            films.append(film)
            places.append(slot)
    try:
        return measure_bias(
            thumbnails(store.squares()[places]),
            [str(class_of(film, CLASSES)) for film in films],
            [film.source for film in films],
            [film.group for film in films],
            manifest.header["salt"],
        )
    except DataError:
        return None


def read_bias(folder: Path) -> Bias | None:
    """Read what `curate_releases` measured; None where it could not.

    Raises
    ------
    DataError
        When the file is damaged.
    """
    path = folder / BIAS_NAME
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        if table is None:
            return None
        left_out = tuple(table.pop("left_out"))
        guesses = {
            name: Guess(**{**guess, "answers": tuple(guess["answers"])})
            for name, guess in table.items()
        }
        return Bias(**guesses, left_out=left_out)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} cannot be read: {error}. Curate again.") from error
