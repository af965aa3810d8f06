"""List the films of a zip, in memory or on the disk, and unpack them one at a time.

Nothing that is unpacked is written, so a name can lead nowhere; names that try are refused all
the same, since whoever wrote them meant harm. What is wrong with the archive as such refuses
all of it; what is wrong with the content of one member refuses that member.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

from cxr_core.errors import EncryptedArchive, FileTooLarge, UnsafeArchive
from cxr_core.imaging.zip_directory import Member, TooManyEntries, read_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Source: TypeAlias = "bytes | Path"

_ZIPS = (b"PK\x03\x04", b"PK\x05\x06")  # the second opens an empty archive
_KINDS: tuple[tuple[int, bytes, str], ...] = (  # place, bytes there, name
    *((0, mark, "a zip") for mark in (*_ZIPS, b"PK\x07\x08")),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a rar archive"),
    (0, b"\x1f\x8b\x08", "a gzip file"),
    (0, b"BZh", "a bzip2 file"),
    (0, b"\xfd7zXZ\x00", "an xz file"),
    (0, b"\x28\xb5\x2f\xfd", "a zstandard file"),
    (257, b"ustar", "a tar archive"),
)
KIND_BYTES = 262  # of a file's start tell what archive it is
_PIECE_BYTES = 1 << 20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_RESOURCE_FORK = "__MACOSX"
_DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """The most that one archive may hold, and the most that it may unpack to.

    A member above `max_member_bytes` is listed, but never unpacked. `max_ratio` counts from
    `ratio_floor_bytes` on: small black films do compress a lot. `max_members` counts films;
    folders and what is hidden may make up as many entries again. `max_directory_bytes` bounds
    the part of the file that lists them.
    """

    max_members: int = 10_000
    max_total_bytes: int = 8 << 30
    max_member_bytes: int = 64 << 20
    max_archive_bytes: int = 2 << 30
    max_directory_bytes: int = 16 << 20
    max_ratio: float = 200.0
    ratio_floor_bytes: int = 4 << 20


_DEFAULT_LIMITS = ArchiveLimits()


def is_archive(data: bytes) -> bool:
    """Say whether the content, not the name, is a zip."""
    return data.startswith(_ZIPS)


def archive_kind(data: bytes) -> str:
    r"""Name the archive that the content is, as "a rar archive"; "" for anything else.

    >>> archive_kind(b"Rar!\x1a\x07\x01"), archive_kind(b"\x89PNG")
    ('a rar archive', '')
    """
    return next((name for at, mark, name in _KINDS if data.startswith(mark, at)), "")


def list_members(source: Source, limits: ArchiveLimits = _DEFAULT_LIMITS) -> list[Member]:
    """Return a zip's files, sorted by name; nothing is unpacked.

    Folders, hidden files and `__MACOSX` are left out. Whether a member holds what its entry
    claims is seen when it is read.

    Raises
    ------
    UnsafeArchive
        Damaged, a bomb (too many members, too large, too densely packed, overlapping), or with
        links, or names that are absolute or lead upwards.
    EncryptedArchive
        A member wants a password.
    """
    with _translate_damage(), _opened(source) as stream:
        try:
            members = read_directory(stream, 2 * limits.max_members, limits.max_directory_bytes)
        except TooManyEntries as error:
            raise _too_many(limits) from error
    _check_members(members, limits)
    wanted = [member for member in members if _is_wanted(member.info)]
    if len(wanted) > limits.max_members:
        raise _too_many(limits)
    return sorted(wanted, key=lambda member: member.info.filename)


def read_member(source: Source, member: Member, limits: ArchiveLimits) -> bytes:
    """Unpack one member of an archive that `list_members` has checked.

    Never more than the size that its entry claims is unpacked.

    Raises
    ------
    FileTooLarge
        Above `max_member_bytes`.
    UnsafeArchive
        Damaged, not of the size that it claims, or an archive itself.
    """
    size = member.info.file_size
    if size > limits.max_member_bytes:
        raise FileTooLarge(
            f"The member unpacks to {size >> 20} MiB; at most "
            f"{limits.max_member_bytes >> 20} MiB are read. Export a single film."
        )
    with _translate_damage(), _opened(source) as stream:
        stream.seek(member.start)
        content = _unpacked(stream, member)
    if len(content) != size or zlib.crc32(content) != member.info.CRC:
        raise UnsafeArchive(
            "The member is not what the archive says of it: damaged, or of another size. "
            "Pack it again."
        )
    if kind := archive_kind(content):
        raise UnsafeArchive(
            f"The member is {kind}; expected a film. Unpack it, and pack its films themselves."
        )
    return content


def _unpacked(stream: BinaryIO, member: Member) -> bytes:
    """Unpack piece by piece, up to one byte more than the entry claims."""
    left, most = member.info.compress_size, member.info.file_size + 1
    content = io.BytesIO()
    inflater = (
        None
        if member.info.compress_type == zipfile.ZIP_STORED
        else zlib.decompressobj(-zlib.MAX_WBITS)
    )
    while left and content.tell() < most:
        piece = stream.read(min(left, _PIECE_BYTES))
        if not piece:
            break
        left -= len(piece)
        room = most - content.tell()
        content.write(inflater.decompress(piece, room) if inflater else piece[:room])
        if inflater is not None and inflater.eof:
            break
    return content.getvalue()


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        yield stream


def _check_members(members: list[Member], limits: ArchiveLimits) -> None:
    for member in members:
        # A name may stand there twice, the second time in an extra field.
        _check_name(member.info.orig_filename)
        _check_name(member.info.filename)
        if member.is_encrypted:
            raise EncryptedArchive(
                "The archive wants a password; expected an open one. Pack it again without."
            )
        if member.info.compress_type not in _METHODS:
            raise UnsafeArchive(
                "The archive is packed in an unusual way; expected deflate. Pack it again."
            )
        _check_kind(member.info)
        _check_size(member.info, limits)
    if sum(member.info.file_size for member in members) > limits.max_total_bytes:
        raise UnsafeArchive(
            f"The archive unpacks to more than {limits.max_total_bytes >> 20} MiB. "
            "Split it into several."
        )
    names = [member.info.filename for member in members]
    if len(set(names)) != len(names) or _is_overlapping(members):
        raise UnsafeArchive("Members of the archive overlap or repeat. Pack it again.")


def _check_kind(entry: zipfile.ZipInfo) -> None:
    """Refuse links, pipes and devices, which Unix archivers write into the upper half."""
    if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise UnsafeArchive(
            "The archive holds a link or another special file; expected plain files. Pack the "
            "films themselves."
        )


def _check_size(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    is_dense = entry.file_size > limits.max_ratio * max(entry.compress_size, 1)
    if is_dense and entry.file_size > limits.ratio_floor_bytes:
        raise UnsafeArchive(
            f"A member unpacks to more than {limits.max_ratio:.0f} times its size, as zip "
            "bombs do. Upload that film by itself."
        )


def _check_name(name: str) -> None:
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or "\x00" in name or ":" in parts[0]:
        raise UnsafeArchive(
            "A name in the archive leads out of it; expected plain relative names. "
            "Pack the folder again."
        )


def _is_overlapping(members: list[Member]) -> bool:
    """Say whether two members share bytes, as bombs without recursion do (Fifield 2019)."""
    end = 0
    for member in sorted(members, key=lambda m: m.header):
        if member.header < end:
            return True
        end = member.end
    return False


def _is_wanted(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
    is_hidden = any(part.startswith(".") or part == _RESOURCE_FORK for part in parts)
    return not entry.is_dir() and not is_hidden


@contextmanager
def _translate_damage() -> Iterator[None]:
    try:
        yield
    except (MemoryError, RecursionError, *_DAMAGE) as error:
        raise _damaged() from error


def _damaged() -> UnsafeArchive:
    return UnsafeArchive("The archive is damaged or cut short. Pack it again.")


def _too_many(limits: ArchiveLimits) -> UnsafeArchive:
    return UnsafeArchive(
        f"The archive has more than {limits.max_members} members. Split it into several."
    )
