"""List the films of a zip in memory, checked as a whole, and unpack them one at a time.

Nothing is written to disk, so a name can lead nowhere; names that try are refused all the same,
since whoever wrote them meant harm.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.errors import EncryptedArchive, FileTooLarge, UnsafeArchive

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")  # the second opens an empty archive
_CENTRAL_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30
_NAME_LENGTH_OFFSET = 26  # in the local header, then the length of the extra field
_CHUNK_BYTES = 1 << 20
_IS_ENCRYPTED = 0x1 | 0x40
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
    """The most that one archive may hold, unpacked.

    A member above `max_member_bytes` is listed, but never unpacked. `max_ratio` counts from
    `ratio_floor_bytes` on: small black films do compress a lot.
    """

    max_members: int = 2000
    max_total_bytes: int = 512 << 20
    max_member_bytes: int = 64 << 20
    max_ratio: float = 200.0
    ratio_floor_bytes: int = 4 << 20


_DEFAULT_LIMITS = ArchiveLimits()


def is_archive(data: bytes) -> bool:
    """Say whether the content, not the name, is a zip."""
    return data.startswith(_MAGICS)


def list_members(data: bytes, limits: ArchiveLimits = _DEFAULT_LIMITS) -> list[zipfile.ZipInfo]:
    """Return a zip's files, sorted by name, none of them kept unpacked.

    Folders, hidden files and `__MACOSX` are left out. All checks happen in this call: every
    member that may be read is unpacked once, piece by piece and thrown away, to see that it
    has the size and the checksum it claims.

    Raises
    ------
    UnsafeArchive
        Damaged, a bomb (too many members, too large, too densely packed, overlapping), or with
        names that are absolute or lead upwards.
    EncryptedArchive
        A member wants a password.
    """
    # An archive's directory is read as a whole by zipfile: count before it allocates.
    if data.count(_CENTRAL_ENTRY) > 2 * limits.max_members:
        raise _too_many(limits)
    with _translate_damage(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _check_members(members, limits)
        for member in members:
            if member.file_size <= limits.max_member_bytes:
                _check_content(archive, member)
    return sorted((m for m in members if _is_wanted(m)), key=lambda m: m.filename)


def read_member(data: bytes, member: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
    """Unpack one member of an archive that `list_members` has checked.

    The member is found by its place, since opening the archive reads all of its directory.

    Raises
    ------
    FileTooLarge
        Above `max_member_bytes`.
    UnsafeArchive
        Damaged.
    """
    if member.file_size > limits.max_member_bytes:
        raise FileTooLarge(
            f"The member unpacks to {member.file_size >> 20} MiB; at most "
            f"{limits.max_member_bytes >> 20} MiB are read. Export a single film."
        )
    with _translate_damage():
        lengths = struct.unpack_from("<HH", data, member.header_offset + _NAME_LENGTH_OFFSET)
        start = member.header_offset + _LOCAL_HEADER_BYTES + sum(lengths)
        packed = memoryview(data)[start : start + member.compress_size]
        if member.compress_type == zipfile.ZIP_STORED:
            content = bytes(packed)
        else:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(
                packed, member.file_size + 1
            )
    if len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise _damaged()
    return content


def _check_members(members: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(members) > limits.max_members:
        raise _too_many(limits)
    for member in members:
        _check_name(member.orig_filename)
        if member.flag_bits & _IS_ENCRYPTED:
            raise EncryptedArchive(
                "The archive wants a password; expected an open one. Pack it again without."
            )
        if member.compress_type not in _METHODS:
            raise UnsafeArchive(
                "The archive is packed in an unusual way; expected deflate. Pack it again."
            )
        _check_size(member, limits)
    if sum(member.file_size for member in members) > limits.max_total_bytes:
        raise UnsafeArchive(
            f"The archive unpacks to more than {limits.max_total_bytes >> 20} MiB. "
            "Split it into several."
        )
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or _is_overlapping(members):
        raise UnsafeArchive("Members of the archive overlap or repeat. Pack it again.")


def _check_size(member: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    is_dense = member.file_size > limits.max_ratio * max(member.compress_size, 1)
    if is_dense and member.file_size > limits.ratio_floor_bytes:
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


def _is_overlapping(members: list[zipfile.ZipInfo]) -> bool:
    """Say whether two members share bytes, as bombs without recursion do (Fifield 2019)."""
    end = 0
    for member in sorted(members, key=lambda m: m.header_offset):
        if member.header_offset < end:
            return True
        name_bytes = len(member.orig_filename.encode("utf-8", "surrogateescape"))
        shortest_name = min(name_bytes, len(member.orig_filename))
        end = member.header_offset + _LOCAL_HEADER_BYTES + shortest_name + member.compress_size
    return False


def _check_content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack a member piece by piece; zipfile compares its checksum at the end."""
    size = 0
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            size += len(piece)
            if size > member.file_size:
                break
    if size != member.file_size:
        raise _damaged()


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    is_hidden = any(part.startswith(".") or part == _RESOURCE_FORK for part in parts)
    return not member.is_dir() and not is_hidden


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
