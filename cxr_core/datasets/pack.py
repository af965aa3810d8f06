"""A manifest and all its used films in one portable file, mapped as it lies on disk.

The file is safetensors (a JSON header and raw arrays), so that NumPy, JAX and PyTorch read it:
`squares` uint8 (films, side, side) in the order of the manifest's used films, `table` the
Parquet bytes, and the manifest's header among the metadata.
"""

from __future__ import annotations

import io
import json
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cxr_core.datasets.collection import (
    BY_PATIENT,
    Collection,
    Dealing,
    deal_films,
    labelled,
)
from cxr_core.datasets.manifest import Manifest, parse_manifest
from cxr_core.datasets.schemes import is_naive
from cxr_core.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from cxr_core.datasets.ontology import LabelSpace

SUFFIX = ".safetensors"
_FORMAT = "cxr-triage-films-1"
_LENGTH = struct.Struct("<Q")
_LONGEST_HEADER = 100_000_000
_BATCH = 256
_NO_PACK = (
    OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
    struct.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """An opened pack; `squares` is uint8 (films, side, side), one for each used film."""

    manifest: Manifest
    squares: NDArray[np.uint8]


def write_pack(
    path: Path,
    manifest: Manifest,
    squares: NDArray[np.uint8],
    slots: Sequence[int],
    report: Callable[[int, int], None],
) -> None:
    """Write the films of `squares[slots]`, which run parallel to the manifest's used films.

    A reader finds the old file or all of the new one; a draft that a kill leaves behind is
    written over.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    side, table = squares.shape[1], manifest.table
    cells = len(slots) * side * side
    header = {
        "__metadata__": {"format": _FORMAT, "header": json.dumps(manifest.header)},
        "squares": {
            "dtype": "U8", "shape": [len(slots), side, side], "data_offsets": [0, cells],
        },
        "table": {
            "dtype": "U8", "shape": [len(table)], "data_offsets": [cells, cells + len(table)],
        },
    }  # fmt: skip
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    draft = path.with_name(f".{path.name}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            stream.write(_LENGTH.pack(len(text)) + text)
            for start in range(0, len(slots), _BATCH):
                report(start, len(slots))
                stream.write(squares[list(slots[start : start + _BATCH])].tobytes())
            stream.write(table)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        raise StorageError(f"Cannot write {path}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    report(len(slots), len(slots))


def read_pack(path: Path) -> Pack:
    """Open a pack; the squares are mapped, not read.

    Raises
    ------
    DataError
        When the file is not a pack, or its table is not the one that its header vouches for.
    """
    try:
        with path.open("rb") as stream:
            (length,) = _LENGTH.unpack(stream.read(_LENGTH.size))
            if length > _LONGEST_HEADER:
                raise ValueError("its header is longer than the file can be")
            header = json.loads(stream.read(length))
            begin = _LENGTH.size + length
            first, last = header["table"]["data_offsets"]
            films, rows, columns = header["squares"]["shape"]
            ends = (films * rows * columns, path.stat().st_size - begin)
            if rows != columns or (first, last) != ends:
                raise ValueError("its parts do not lie where its header says")
            stream.seek(begin + first)
            table = stream.read(last - first)
        told = header["__metadata__"]
        if told["format"] != _FORMAT:
            raise ValueError(f"its format is {told['format']!r}")
        squares = np.memmap(path, np.uint8, "r", offset=begin, shape=(films, rows, columns))
        manifest = parse_manifest(json.loads(told["header"]), table, path.name)
    except _NO_PACK as error:
        raise DataError(f"{path} is not a pack of films: {error}.") from error
    if len(squares) != len(manifest.used()):
        raise DataError(f"{path} has {len(squares)} films for {len(manifest.used())} rows.")
    return Pack(manifest, squares)


def collect_pack(pack: Pack, space: LabelSpace, dealing: Dealing = BY_PATIENT) -> Collection:
    """View a pack's films through a recipe's classes; their bytes are PNGs of the squares.

    Raises
    ------
    DataError
        When no film has a class of the recipe's, or the scheme is not for packs.
    """
    if is_naive(dealing.scheme):
        raise DataError("A pack holds no copies, which the naive split deals. Give a manifest.")
    dealt = deal_films(pack.manifest, space, dealing)
    places = {film.path: place for place, film in enumerate(pack.manifest.used())}
    slots = tuple(places[each.film.path] for each in dealt.films)
    return Collection(
        films=tuple(
            labelled(each, each.film.path, _png_of(pack.squares[slot]))
            for each, slot in zip(dealt.films, slots, strict=True)
        ),
        splits=tuple(each.split for each in dealt.films),
        slots=slots,
        squares=pack.squares,
        manifest=dealt.manifest,
        left_out=dealt.left_out,
        scheme=dealt.scheme,
        remarks=dealt.remarks,
    )


def _png_of(square: NDArray[np.uint8]) -> Callable[[], bytes]:
    def encode() -> bytes:
        stream = io.BytesIO()
        Image.fromarray(np.asarray(square)).save(stream, "PNG")
        return stream.getvalue()

    return encode
