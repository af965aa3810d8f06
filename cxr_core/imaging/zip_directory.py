"""Find and read a zip's directory with a bound, and where each member's bytes lie in the file.

`zipfile` reads a directory of any size, and as many entries as there are, before anybody can
ask how many; here it gets only a piece of the file that has been measured (APPNOTE.TXT 6.3.10,
4.3.7, 4.3.12 to 4.3.16).
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

_END = struct.Struct("<4s4H2LH")  # end of central directory record
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LOCAL = struct.Struct("<4s5H3L2H")
_END_MARK, _END_64_MARK, _LOCATOR_64_MARK = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_ENTRY_MARK, _LOCAL_MARK = b"PK\x01\x02", b"PK\x03\x04"
_LONGEST_COMMENT = 0xFFFF
_IN_64 = (0xFFFF, 0xFFFFFFFF)  # a count or size that stands in the 64-bit record
_IS_ENCRYPTED = 0x1 | 0x40


class TooManyEntries(Exception):
    """The directory has more entries, or more bytes, than are read."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry and the place of its packed bytes in the file: `start` up to, not with, `end`.

    `header` is where its local header begins, so that `header` to `end` is the member's own.
    """

    info: zipfile.ZipInfo
    header: int
    start: int

    @property
    def filename(self) -> str:
        """Its name, with / between folders."""
        return self.info.filename

    @property
    def end(self) -> int:
        """One past its last packed byte."""
        return self.start + self.info.compress_size

    @property
    def is_encrypted(self) -> bool:
        """True where its bytes want a password."""
        return bool(self.info.flag_bits & _IS_ENCRYPTED)


@dataclass(frozen=True, slots=True)
class _Directory:
    """Its place in the file, how many entries it claims, and where the records after it end."""

    start: int
    entries: int
    file_size: int


def read_directory(stream: BinaryIO, max_entries: int, max_bytes: int) -> list[Member]:
    """Return every entry of a zip, in the directory's order.

    Raises
    ------
    TooManyEntries
        Above `max_entries` or `max_bytes`, whatever the end of the file claims.
    OSError, ValueError, struct.error, zipfile.BadZipFile
        Damaged.
    """
    found = _find(stream, max_entries, max_bytes)
    stream.seek(found.start)
    directory = stream.read(found.file_size - found.start)
    if directory.count(_ENTRY_MARK) > 2 * max_entries:  # names and comments may hold some too
        raise TooManyEntries
    with zipfile.ZipFile(io.BytesIO(directory)) as archive:
        entries = archive.infolist()
    # zipfile counts from the first byte that it was given.
    members = [_located(stream, each, found) for each in entries]
    if len(entries) != found.entries:
        raise zipfile.BadZipFile
    return members


def _find(stream: BinaryIO, max_entries: int, max_bytes: int) -> _Directory:
    file_size = stream.seek(0, os.SEEK_END)
    tail_start = max(0, file_size - _END.size - _LONGEST_COMMENT)
    stream.seek(tail_start)
    tail = stream.read(file_size - tail_start)
    place = tail.rfind(_END_MARK)
    if place < 0:
        raise zipfile.BadZipFile
    fields = _END.unpack_from(tail, place)
    entries, size = fields[4], fields[5]
    stop = tail_start + place
    is_short = entries == _IN_64[0] or size == _IN_64[1] or fields[6] == _IN_64[1]
    if (record := _find_64(stream, stop)) is not None:  # zipfile heeds it even unasked
        stop, entries, size = record
    elif is_short:
        raise zipfile.BadZipFile
    if entries > max_entries or size > max_bytes:
        raise TooManyEntries
    if size > stop:
        raise zipfile.BadZipFile
    return _Directory(stop - size, entries, file_size)


def _find_64(stream: BinaryIO, end: int) -> tuple[int, int, int] | None:
    """Return the place of the 64-bit record, the number of entries, the directory's size."""
    place = end - _LOCATOR_64.size - _END_64.size
    if place < 0:
        return None
    stream.seek(place)
    block = stream.read(end - place)
    fields = _END_64.unpack_from(block)
    locator = _LOCATOR_64.unpack_from(block, _END_64.size)
    if fields[0] != _END_64_MARK or locator[0] != _LOCATOR_64_MARK:
        return None
    return place, fields[7], fields[8]


def _located(stream: BinaryIO, entry: zipfile.ZipInfo, found: _Directory) -> Member:
    """Follow an entry to its local header, whose name must be the same."""
    header = entry.header_offset + found.start
    if header < 0:
        raise zipfile.BadZipFile
    stream.seek(header)
    block = stream.read(_LOCAL.size)
    fields = _LOCAL.unpack(block)
    name_bytes, extra_bytes = fields[9], fields[10]
    encoding = "utf-8" if entry.flag_bits & 0x800 else "cp437"
    if fields[0] != _LOCAL_MARK or stream.read(name_bytes) != entry.orig_filename.encode(
        encoding
    ):
        raise zipfile.BadZipFile
    entry.flag_bits |= fields[2] & _IS_ENCRYPTED
    member = Member(entry, header, header + _LOCAL.size + name_bytes + extra_bytes)
    if member.end > found.start:
        raise zipfile.BadZipFile
    return member
