"""Paths, folders and zips become films to read, in a stable order, one row each."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.domain import FilmFile
from cxr_core.errors import FileTooLarge, InputError, NotFound, UnsupportedFormat
from cxr_core.imaging.archive import ArchiveLimits, is_archive, list_members, read_member
from cxr_core.imaging.decode import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ARCHIVE_BYTES = 2 * 2**30
_UPLOAD_BYTES = 512 * 2**20
_FILM_BYTES = Limits().max_bytes
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


def films_of_bytes(
    name: str,
    data: bytes,
    max_bytes: int = _FILM_BYTES,
    max_total_bytes: int = _UPLOAD_BYTES,
) -> Iterator[FilmFile]:
    """List the film in `data`, or those in it when it is a zip: `scan.zip!inner/name.png`.

    The zip stays packed: each film is unpacked when it is loaded. An archive that is refused
    or holds no films is one film, whose loading says why.

    Parameters
    ----------
    max_bytes
        The most that one film in a zip may weigh; a larger one is refused by itself.
    max_total_bytes
        The most that a zip may unpack to.
    """
    if not is_archive(data):
        yield FilmFile(name, lambda: data)
        return
    limits = ArchiveLimits(max_total_bytes=max_total_bytes, max_member_bytes=max_bytes)
    try:
        members = list_members(data, limits)
    except InputError as error:
        yield FilmFile(name, partial(_refuse, error))
        return
    if not members:
        yield FilmFile(name, partial(_refuse, _no_films()))
    for member in members:
        load = partial(read_member, data, member, limits)
        yield FilmFile(f"{name}!{member.filename}", load)


def _films_of_file(path: Path, max_bytes: int) -> Iterator[FilmFile]:
    try:
        if not is_archive(_read(path, _SIGNATURE_BYTES)):
            yield FilmFile(str(path), partial(_load, path, max_bytes))
            return
        data = _load(path, _ARCHIVE_BYTES)
    except InputError as error:
        yield FilmFile(str(path), partial(_refuse, error))
        return
    yield from films_of_bytes(str(path), data, max_bytes, _ARCHIVE_BYTES)


def _load(path: Path, max_bytes: int) -> bytes:
    data = _read(path, max_bytes + 1)
    if len(data) > max_bytes:
        raise FileTooLarge(
            f"The file has more than {max_bytes / 2**20:.0f} MB, the most that is read. "
            "Upload one film, not a study."
        )
    return data


def _read(path: Path, length: int) -> bytes:
    """Read the start of a regular file; a pipe would wait, a device might never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise NotFound(
                f"{path.name} is not a regular file; expected a film. Check the path."
            )
        with path.open("rb") as stream:
            return stream.read(length)
    except OSError as error:
        raise _not_found(path, error) from error


def _not_found(path: Path, error: OSError) -> NotFound:
    return NotFound(f"{path.name} cannot be opened ({error.strerror}). Check the path.")


def _no_films() -> UnsupportedFormat:
    return UnsupportedFormat(
        "The archive holds no films; expected radiographs. Pack the films themselves."
    )


def _refuse(error: InputError) -> bytes:
    raise error


def _visible_files(folder: Path) -> list[Path]:
    found = []
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(base) / name for name in files if not name.startswith(".")]
    return sorted(found)
