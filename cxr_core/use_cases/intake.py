"""Paths, folders and zips become films to read, in a stable order, one row each."""

from __future__ import annotations

import os
import re
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.domain import FilmFile
from cxr_core.errors import FileTooLarge, InputError, NotFound, UnsupportedFormat
from cxr_core.imaging.archive import (
    KIND_BYTES,
    ArchiveLimits,
    archive_kind,
    is_archive,
    list_members,
    read_member,
)
from cxr_core.imaging.decode import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cxr_core.imaging.archive import Source

ARCHIVE_BYTES = ArchiveLimits().max_archive_bytes
_UPLOAD_BYTES = 512 * 2**20
_FILM_BYTES = Limits().max_bytes
_LONGEST_NAME = 1000
# Of a zip's size, what it may unpack to: films are packed to a half or a third.
_TIMES_UNPACKED = 4
# Control characters, line ends, half pairs, and what turns the direction of the words after it.
_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def shown_name(name: str) -> str:
    r"""Return a name that somebody else chose, fit to be shown in one line.

    >>> shown_name("a\nb") == "a\N{REPLACEMENT CHARACTER}b"
    True
    """
    return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", name[:_LONGEST_NAME])


def film_limits(max_bytes: int, archive_bytes: int = ARCHIVE_BYTES) -> ArchiveLimits:
    """Return the limits on zips, from those on one film and on one zip, in bytes."""
    return ArchiveLimits(
        max_total_bytes=_TIMES_UNPACKED * archive_bytes,
        max_member_bytes=max_bytes,
        max_archive_bytes=archive_bytes,
    )


def films_of_paths(
    paths: Iterable[str], max_bytes: int, archive_bytes: int = ARCHIVE_BYTES
) -> Iterator[FilmFile]:
    """List files, folders (recursive, by path, hidden files skipped) and members of zips.

    A path that is not there becomes a film whose loading says so.
    """
    limits = film_limits(max_bytes, archive_bytes)
    for text in paths:
        path = Path(text)
        for file in _visible_files(path) if path.is_dir() else [path]:
            yield from films_of_file(str(file), file, limits)


def films_of_file(name: str, path: Path, limits: ArchiveLimits) -> Iterator[FilmFile]:
    """List the film in a file, or those in it when it is a zip: `scan.zip!inner/name.png`.

    Nothing is kept in memory: each film is read, or unpacked, when it is loaded. An archive
    that is refused or holds no films is one film, whose loading says why. `name` is for people.
    """
    try:
        head = _read(path, KIND_BYTES)
        if not is_archive(head):
            refuse_other_archives(head)
            yield FilmFile(name, partial(_load, path, limits.max_member_bytes))
            return
        check_weight(path.stat().st_size, head, limits)
    except InputError as error:
        yield refused_film(name, error)
        return
    yield from _films_of_zip(name, path, limits)


def films_of_bytes(
    name: str,
    data: bytes,
    max_bytes: int = _FILM_BYTES,
    max_total_bytes: int = _UPLOAD_BYTES,
) -> Iterator[FilmFile]:
    """List the film in `data`, or those in it when it is a zip, as `films_of_file` does.

    Parameters
    ----------
    max_bytes
        The most that one film in a zip may weigh; a larger one is refused by itself.
    max_total_bytes
        The most that a zip may unpack to.
    """
    if is_archive(data):
        limits = ArchiveLimits(max_total_bytes=max_total_bytes, max_member_bytes=max_bytes)
        yield from _films_of_zip(name, data, limits)
        return
    try:
        refuse_other_archives(data[:KIND_BYTES])
    except InputError as error:
        yield refused_film(name, error)
    else:
        yield FilmFile(name, lambda: data)


def refused_film(name: str, error: InputError) -> FilmFile:
    """Return a film of which nothing is left but the reason why it is not read."""
    return FilmFile(name, partial(_refuse, error))


def check_weight(size: int, head: bytes, limits: ArchiveLimits) -> None:
    """Refuse a file for its size alone, by what its first bytes say that it is.

    Raises
    ------
    FileTooLarge
        Above the limit for films, or for zips.
    """
    if is_archive(head):
        if size > limits.max_archive_bytes:
            raise FileTooLarge(
                f"The archive has {_megabytes(size)} MB; at most "
                f"{_megabytes(limits.max_archive_bytes)} MB are read. Split it into several."
            )
    elif size > limits.max_member_bytes:
        raise _too_large(limits.max_member_bytes)


def refuse_other_archives(head: bytes) -> None:
    """Refuse what packs films in another way than zip, by a file's first bytes.

    Raises
    ------
    UnsupportedFormat
        With the name of the kind.
    """
    if not is_archive(head) and (kind := archive_kind(head)):
        raise UnsupportedFormat(
            f"This is {kind}; expected films, or a zip of them. Unpack it, or pack it as a zip."
        )


def _films_of_zip(name: str, source: Source, limits: ArchiveLimits) -> Iterator[FilmFile]:
    try:
        members = list_members(source, limits)
    except InputError as error:
        yield refused_film(name, error)
        return
    if not members:
        yield refused_film(name, _no_films())
    for member in members:
        load = partial(read_member, source, member, limits)
        yield FilmFile(f"{name}!{shown_name(member.filename)}", load)


def _load(path: Path, max_bytes: int) -> bytes:
    data = _read(path, max_bytes + 1)
    if len(data) > max_bytes:
        raise _too_large(max_bytes)
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


def _too_large(max_bytes: int) -> FileTooLarge:
    return FileTooLarge(
        f"The file has more than {_megabytes(max_bytes)} MB, the most that is read. "
        "Upload one film, not a study."
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f}"


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
