"""Paths, folders and zips become films to read, in a stable order, one row each."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.domain import FilmFile
from cxr_core.errors import FileTooLarge, InputError, NotFound
from cxr_core.imaging.archive import is_archive, read_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARCHIVE_BYTES = 2 * 2**30
_SIGNATURE_BYTES = 4


def films_of_paths(paths: Iterable[str], max_bytes: int) -> Iterator[FilmFile]:
    """List files, folders (recursive, by path, hidden files skipped) and members of zips.

    A path that is not there becomes a film whose loading says so.
    """
    for text in paths:
        path = Path(text)
        if path.is_dir():
            for inner in _visible_files(path):
                yield from _films_of_file(inner, max_bytes)
        else:
            yield from _films_of_file(path, max_bytes)


def films_of_bytes(name: str, data: bytes) -> Iterator[FilmFile]:
    """List the film in `data`, or those in it when it is a zip: `scan.zip!inner/name.png`.

    An archive that is refused is one film, whose loading says why.
    """
    if not is_archive(data):
        yield FilmFile(name, lambda: data)
        return
    try:
        for member, content in read_archive(data):
            yield FilmFile(f"{name}!{member}", partial(bytes, content))
    except InputError as error:
        yield FilmFile(name, partial(_refuse, error))


def _films_of_file(path: Path, max_bytes: int) -> Iterator[FilmFile]:
    try:
        with path.open("rb") as stream:
            signature = stream.read(_SIGNATURE_BYTES)
    except OSError as error:
        yield FilmFile(str(path), partial(_refuse, _not_found(path, error)))
        return
    if is_archive(signature):
        try:
            data = _load(path, _ARCHIVE_BYTES)
        except InputError as error:
            yield FilmFile(str(path), partial(_refuse, error))
            return
        yield from films_of_bytes(str(path), data)
    else:
        yield FilmFile(str(path), partial(_load, path, max_bytes))


def _load(path: Path, max_bytes: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise FileTooLarge(
                f"The file has {size / 2**20:.0f} MB; at most {max_bytes / 2**20:.0f} MB are "
                "read. Upload one film, not a study."
            )
        return path.read_bytes()
    except OSError as error:
        raise _not_found(path, error) from error


def _not_found(path: Path, error: OSError) -> NotFound:
    return NotFound(f"{path.name} cannot be opened ({error.strerror}). Check the path.")


def _refuse(error: InputError) -> bytes:
    raise error


def _visible_files(folder: Path) -> list[Path]:
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(base) / name for name in files if not name.startswith(".")]
    return sorted(found)
