"""Every film under one root, decoded once, copies removed, patients joined, splits dealt."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.sources import READERS
from cxr_core.datasets.splits import (
    Split,
    SplitRule,
    join_patients,
    near_copies,
    usable,
)
from cxr_core.errors import DataError, InputError
from cxr_core.imaging.model_input import to_square
from cxr_core.imaging.raster import decode_raster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.datasets.films import Film, Listing

STORED_SIZE = 256
_MAX_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Films that may be used, with their pictures.

    `squares` is uint8 (films, 256, 256), dense tissue bright; `groups` and `splits` run
    parallel to `films`; `left_out` counts what was not used, by reason.
    """

    films: tuple[Film, ...]
    groups: tuple[str, ...]
    splits: tuple[Split, ...]
    squares: NDArray[np.uint8]
    left_out: Counter[str]

    def of(self, split: Split) -> NDArray[np.intp]:
        """Indices of the films of one split."""
        return np.flatnonzero([each is split for each in self.splits])

    def counts(self, split: Split) -> dict[str, dict[str, int]]:
        """Films per label and source in one split."""
        table: dict[str, Counter[str]] = {}
        for index in self.of(split):
            film = self.films[index]
            table.setdefault(film.label, Counter())[film.source] += 1
        return {label: dict(sorted(row.items())) for label, row in sorted(table.items())}


def collect(root: Path, rule: SplitRule) -> Collection:
    """Read every known release that stands under `root`.

    Raises
    ------
    DataError
        When `root` holds none of the releases, one is not laid out as it is published, or no
        film can be read.
    """
    films: list[Film] = []
    left_out: Counter[str] = Counter()
    for name in READERS:
        if (root / name).is_dir():
            listing = _list(root, name)
            films += listing.films
            left_out += listing.left_out
    if not films:
        raise DataError(
            f"{root} holds none of: {', '.join(READERS)}. Give the folder that does."
        )
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(_load, [film.path for film in films]))
    readable = [index for index, square in enumerate(loaded) if not isinstance(square, str)]
    left_out["unreadable image"] += len(films) - len(readable)
    films = [films[index] for index in readable]
    pairs = [pair for pair in loaded if not isinstance(pair, str)]
    if not pairs:
        raise DataError(f"None of the {len(loaded)} films under {root} can be read.")
    return _deal(films, pairs, rule, left_out)


def _list(root: Path, name: str) -> Listing:
    """List one release.

    Raises
    ------
    DataError
        When a table or a column is missing, or a table is not CSV in UTF-8.
    """
    try:
        return READERS[name](root / name)
    except KeyError as error:
        detail = f"column {error} is missing"
        raise DataError(f"{root / name} is not laid out as published: {detail}.") from error
    except (OSError, ValueError, csv.Error) as error:
        raise DataError(f"{root / name} is not laid out as published: {error}.") from error


def _deal(
    films: list[Film],
    pairs: list[tuple[str, NDArray[np.uint8]]],
    rule: SplitRule,
    left_out: Counter[str],
) -> Collection:
    squares = np.stack([square for _, square in pairs])
    contents = [hashlib.sha256(square.tobytes()).hexdigest() for square in squares]
    copies = near_copies(squares, [film.source for film in films])
    groups = join_patients(films, [digest for digest, _ in pairs], copies)
    kept = usable(films, contents)
    left_out["copy, or copies that disagree about the label"] += len(films) - len(kept)
    return Collection(
        films=tuple(films[index] for index in kept),
        groups=tuple(groups[index] for index in kept),
        splits=tuple(rule.split_of(groups[index]) for index in kept),
        squares=squares[kept],
        left_out=left_out,
    )


def _load(path: Path) -> tuple[str, NDArray[np.uint8]] | str:
    """Digest of the file and its square, or the reason why it cannot be read."""
    try:
        data = path.read_bytes()
        image = decode_raster(data, _MAX_PIXELS)
    except (OSError, InputError) as error:
        return str(error)
    square = np.rint(to_square(image.pixels, STORED_SIZE) * 255.0).astype(np.uint8)
    return hashlib.sha256(data).hexdigest(), square
