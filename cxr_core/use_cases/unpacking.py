"""Unpack a downloaded archive into a folder that nothing in it can leave.

Only plain files are written, as copies of their bytes: no links, no devices, no owners and no
modes. A stranger's archive is refused as a whole at the first name that leads out.
"""

from __future__ import annotations

import gzip
import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING

from cxr_core.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_ZIPS = (".zip",)
_SPARE_BYTES = 256 << 20  # a disk that is full to the last byte stops more than this program
_DAMAGE = (
    EOFError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class _Member:
    name: str
    size: int
    is_folder: bool
    is_plain: bool
    open: Callable[[], IO[bytes] | None]


def is_archive(name: str) -> bool:
    """Say whether a file is one to unpack, by its name."""
    return name.lower().endswith((*_TARS, *_ZIPS))


def unpack(archive: Path, folder: Path, tick: Callable[[int], None]) -> None:
    """Write the files of a tar or zip archive under `folder`.

    Parameters
    ----------
    tick
        Called before each file with the bytes written so far; it may raise to stop.

    Raises
    ------
    DataError
        When the archive is damaged, or holds links, devices or names that lead out.
    StorageError
        When it does not fit on the disk, or the disk refuses.
    """
    done = 0
    with _translated(archive):
        folder.mkdir(parents=True, exist_ok=True)
        for member in _members(archive):
            tick(done)
            _check(archive, member)
            if member.is_folder:
                continue
            room = shutil.disk_usage(folder).free - _SPARE_BYTES
            if member.size > room:
                raise StorageError(
                    f"{archive.name} does not fit: {member.name} has {member.size >> 20} MB, "
                    f"{max(room, 0) >> 20} MB are left. Free some space and go on."
                )
            done += _copy(member, folder)


def _members(archive: Path) -> Iterator[_Member]:
    if archive.name.lower().endswith(_ZIPS):
        with zipfile.ZipFile(archive) as content:
            for entry in content.infolist():
                kind = entry.external_attr >> 28  # the file type of a Unix mode, 0 if none
                yield _Member(
                    entry.filename,
                    entry.file_size,
                    entry.is_dir(),
                    kind in {0, 4, 8},
                    lambda entry=entry: content.open(entry),  # type: ignore[misc]
                )
        return
    with tarfile.open(archive) as tape:
        for info in tape:
            yield _Member(
                info.name,
                info.size,
                info.isdir(),
                info.isreg() or info.isdir(),
                lambda info=info: tape.extractfile(info),  # type: ignore[misc]
            )


def _check(archive: Path, member: _Member) -> None:
    parts = re.split(r"[/\\]", member.name)
    leads_out = member.name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]
    if leads_out or "\x00" in member.name or not member.is_plain:
        reason = "leads out of the folder" if member.is_plain else "is a link or a device"
        raise DataError(
            f"{archive.name} is not safe to unpack: {member.name!r} {reason}. Nobody publishes "
            "films so; check where the archive came from."
        )


def _copy(member: _Member, folder: Path) -> int:
    target = folder / PurePosixPath(member.name.replace("\\", "/"))
    target.parent.mkdir(parents=True, exist_ok=True)
    source = member.open()
    if source is None:
        raise tarfile.TarError(f"{member.name} has no content")
    with source, target.open("wb") as stream:
        shutil.copyfileobj(source, stream, 1 << 20)
    return member.size


@contextmanager
def _translated(archive: Path) -> Iterator[None]:
    try:
        yield
    except _DAMAGE as error:
        raise DataError(
            f"{archive.name} is damaged or no archive ({error}); a server may have sent a page "
            "instead. Fetch it again."
        ) from error
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise DataError(
            f"{archive.name} holds {error.filename} both as a file and as a folder."
        ) from error
    except OSError as error:
        raise StorageError(f"Cannot unpack {archive.name}: {error.strerror}.") from error
