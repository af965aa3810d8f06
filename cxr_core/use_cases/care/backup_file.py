"""A backup as a file: a zip of rows and files, and `backup.json` that vouches for each.

Reading one trusts nothing: names, sizes and digests are all checked before anything is used.
"""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

RECORD = "backup.json"
ROWS, FILES = "rows/", "files/"
_FORMAT = 1
_BLOCK = 2**20
_MOST_RECORD = 64 * 2**20
_MOST_LINE = 64 * 2**20
_DAMAGED = "It is not a whole backup of this program: take another copy of it."
_DIGITS = set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a backup."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackupRecord:
    """What a backup says of itself: `made` is ISO 8601 in UTC, `left_out` are sentences."""

    made: str
    program: str
    database: str
    revision: str
    members: Mapping[str, Member]
    left_out: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Bytes of all members, unpacked."""
        return sum(member.bytes for member in self.members.values())

    def as_json(self) -> str:
        """Write it for the file."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=1, ensure_ascii=False)


class BackupWriter:
    """Adds members to an open zip, and notes the size and digest of each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.members: dict[str, Member] = {}
        self._archive = archive

    def add(self, name: str, blocks: Iterator[bytes], *, squeeze: bool) -> None:
        """Add a member; `squeeze` deflates it, which weights are not worth."""
        kind = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
        info = zipfile.ZipInfo(name)
        info.compress_type = kind
        info.external_attr = (stat.S_IFREG | 0o600) << 16
        digest, size = hashlib.sha256(), 0
        with self._archive.open(info, "w", force_zip64=True) as stream:
            for block in blocks:
                stream.write(block)
                digest.update(block)
                size += len(block)
        self.members[name] = Member(size, digest.hexdigest())

    def close(self, record: BackupRecord) -> None:
        """Add what vouches for all the others, last."""
        self._archive.writestr(RECORD, record.as_json(), zipfile.ZIP_DEFLATED)


class BackupFile:
    """A backup that is read; `record` is what it says of itself, checked against the zip."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.record = _read_record(archive)
        _compare(archive, self.record)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a member's bytes, no more of them than it may have.

        Raises
        ------
        DataError
            At the end, when they are not those that the record vouches for.
        """
        member = self.record.members[name]
        digest, left = hashlib.sha256(), member.bytes
        try:
            with self._archive.open(name) as stream:
                while block := stream.read(min(_BLOCK, left + 1)):
                    left -= len(block)
                    if left < 0:
                        break
                    digest.update(block)
                    yield block
        except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise DataError(f"{name} in the backup is damaged: {error}. {_DAMAGED}") from error
        if left or digest.hexdigest() != member.sha256:
            raise DataError(f"{name} in the backup is not what {RECORD} says. {_DAMAGED}")

    def verify(self, report: Callable[[str, int, int], None]) -> None:
        """Read all of it once.

        Raises
        ------
        DataError
            When any byte is not what it should be.
        """
        done, total = 0, self.record.bytes
        for name in self.record.members:
            for block in self.blocks(name):
                done += len(block)
                report("Verifying", done, total)

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        """Yield a table's rows; none where the backup has none of that name.

        Raises
        ------
        DataError
            When a line is not a row.
        """
        name = f"{ROWS}{table}.jsonl"
        if name not in self.record.members:
            return
        for line in _lines(self.blocks(name)):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise DataError(f"{name} has a line that is no JSON. {_DAMAGED}") from error
            if not isinstance(row, dict) or not all(_is_plain(each) for each in row.values()):
                raise DataError(f"{name} has a line that is no row. {_DAMAGED}")
            yield row

    def files(self) -> list[tuple[str, PurePosixPath]]:
        """Members that are files of the data folder, and where in it they go."""
        return [
            (name, PurePosixPath(name.removeprefix(FILES)))
            for name in self.record.members
            if name.startswith(FILES)
        ]


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a backup to read it.

    Raises
    ------
    DataError
        When it is not there, or no zip.
    """
    try:
        return zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise DataError(f"There is no {path}; expected a file that `backup` wrote.") from error
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as a backup: {error}. {_DAMAGED}") from error


def file_blocks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield what is in an open file."""
    while block := stream.read(_BLOCK):
        yield block


def is_safe(name: str) -> bool:
    """Tell whether a member's name leads to a place of its own below a folder.

    >>> is_safe("files/versions/a/card.md"), is_safe("files/../x"), is_safe("files/.hidden/x")
    (True, False, False)
    """
    start = next((each for each in (FILES, ROWS) if name.startswith(each)), None)
    if start is None or "\\" in name or ":" in name or not name.isprintable():
        return False
    parts = name.split("/")
    return all(part and not part.startswith(".") and len(part) <= 255 for part in parts)


def _read_record(archive: zipfile.ZipFile) -> BackupRecord:
    try:
        info = archive.getinfo(RECORD)
        if info.file_size > _MOST_RECORD:
            raise DataError(f"{RECORD} has {info.file_size:,} bytes. {_DAMAGED}")
        with archive.open(info) as stream:
            table = json.loads(stream.read(_MOST_RECORD + 1))
        if table["format"] != _FORMAT:
            raise DataError(
                f"The backup is of format {table['format']!r}; this program reads {_FORMAT}. "
                "Update the program."
            )
        members = {name: _member(told) for name, told in table["members"].items()}
        texts = {name: table[name] for name in ("made", "program", "database", "revision")}
        left_out = tuple(table["left_out"])
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DataError(
            f"{RECORD} in the backup says too little: {error}. {_DAMAGED}"
        ) from error
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{RECORD} cannot be read: {error}. {_DAMAGED}") from error
    if not all(isinstance(each, str) for each in (*texts.values(), *left_out)):
        raise DataError(f"{RECORD} has numbers where words belong. {_DAMAGED}")
    return BackupRecord(**texts, members=members, left_out=left_out)


def _member(told: Mapping[str, Any]) -> Member:
    size, digest = told["bytes"], told["sha256"]
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"a member has {size!r} bytes")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - _DIGITS:
        raise ValueError(f"a member's digest is {digest!r:.80}")
    return Member(size, digest)


def _compare(archive: zipfile.ZipFile, record: BackupRecord) -> None:
    """Refuse links, places outside, doubles, other sizes, and what nobody vouches for."""
    infos = [info for info in archive.infolist() if info.filename != RECORD]
    names = [info.filename for info in infos]
    if len(names) + 1 != len(archive.infolist()) or len(set(names)) != len(names):
        raise DataError(f"The backup has two members of one name. {_DAMAGED}")
    if odd := sorted(set(names) ^ set(record.members)):
        raise DataError(f"{odd[0]!r:.80} is not both in the backup and in {RECORD}. {_DAMAGED}")
    for info in infos:
        mode = info.external_attr >> 16
        if not is_safe(info.filename) or (mode and not stat.S_ISREG(mode)):
            raise DataError(
                f"{info.filename!r:.80} would lie outside the data folder, or is no file. "
                f"{_DAMAGED}"
            )
        if info.file_size != record.members[info.filename].bytes:
            raise DataError(f"{info.filename!r:.80} has another size than noted. {_DAMAGED}")


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        if len(rest) > _MOST_LINE:
            raise DataError(f"A row has more than {_MOST_LINE:,} bytes. {_DAMAGED}")
        yield from lines
    if rest:
        yield rest


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float | str)
