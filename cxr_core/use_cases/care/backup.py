"""Write the data folder and its database into one file while everything goes on.

The rows are copied first and the files after them: every version that the rows name was there
by then, and what comes later is not in the backup. A purge waits until it is done.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import tempfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core import __version__
from cxr_core.domain import Role
from cxr_core.errors import DataError, StorageError
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.transfer import TABLES, Snapshot, snapshot
from cxr_core.use_cases.access import require
from cxr_core.use_cases.care.backup_file import (
    FILES,
    ROWS,
    BackupRecord,
    BackupWriter,
    file_blocks,
)
from cxr_core.use_cases.care.folder_lock import CLEARING, alone_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.domain import Actor
    from cxr_core.store.database import Database

    Report = Callable[[str, int, int], None]

SUFFIX = ".zip"
_SCRATCH = ".backup-"
_DRAFT = ".draft"
_SQUEEZED = frozenset({".json", ".jsonl", ".md", ".txt", ".log", ".csv", ".toml", ".html"})


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """What is backed up: the data folder, and in it what is left out by name.

    `backups` is where the application keeps its own; `left_out` are folders at the top of the
    data folder that can be had again: caches, public releases, films of open worklists.
    """

    data_dir: Path
    versions: Path
    jobs: Path
    backups: Path
    left_out: frozenset[str] = frozenset({"cache", "datasets", "uploads"})

    @property
    def not_copied(self) -> frozenset[str]:
        """Names at the top of the data folder that a backup has nothing of."""
        return self.left_out | {self.backups.name}


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that was written."""

    path: Path
    bytes: int
    record: BackupRecord


@dataclass(slots=True)
class _Findings:
    """What the rows told: which jobs run, which versions are known, and where they lie."""

    running: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)


class BackupMaker:
    """Writes backups of one data folder and its database."""

    def __init__(self, place: BackupPlace, database: Callable[[], Database]) -> None:
        self.place = place
        self._database = database

    def make(self, actor: Actor | None, out: Path, report: Report) -> BackupMade:
        """Write a backup to the file `out`, or under a name of its own into a folder.

        It appears under its name only when it is whole and on the disk. `report` hears a
        sentence, bytes done and bytes in all.

        Raises
        ------
        AccessError, DataError, StorageError
            When the actor is no administrator, the file is there already, a purge is under
            way, the database does not answer or the disk refuses.
        """
        who = require(actor, Role.ADMINISTRATOR, "make a backup")
        target = out / _own_name() if out.is_dir() or not out.suffix else out
        if target.exists():
            raise DataError(f"{target} is there already. Give another name.")
        with alone_in(self.place.data_dir / CLEARING):
            self._clear_away()
            record = self._written(target, report)
        size = target.stat().st_size
        told = {"bytes": size, "members": len(record.members)}
        AuditLog(self._database()).append(who.name, "Make backup", target.name, told)
        return BackupMade(target, size, record)

    def _written(self, target: Path, report: Report) -> BackupRecord:
        draft = target.with_name(f".{target.name}{_DRAFT}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # It holds hashes of passwords: nobody else may read it.
            handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w+b") as stream:
                with zipfile.ZipFile(stream, "w") as archive:
                    record = self._fill(BackupWriter(archive), report)
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(target)
            _flush_folder(target.parent)
        except OSError as error:
            raise StorageError(
                f"Cannot write {target}: {error.strerror or error}. Nothing was left there."
            ) from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        return record

    def _fill(self, writer: BackupWriter, report: Report) -> BackupRecord:
        before = {path.name for path in self.place.versions.glob("*")}
        database = self._database()
        with (
            tempfile.TemporaryDirectory(dir=self._scratch(), prefix=_SCRATCH) as scratch,
            snapshot(database, Path(scratch)) as state,
        ):
            report("Copying the database", 0, len(TABLES))
            found = _copy_rows(writer, state, report)
            revision = state.revision
        found.versions |= before
        self._copy_files(writer, found, report)
        record = BackupRecord(
            made=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            program=__version__,
            database=database.dialect,
            revision=revision,
            members=writer.members,
            left_out=(*self._left_out(found), *found.remarks),
        )
        writer.close(record)
        return record

    def _clear_away(self) -> None:
        """Remove what a backup that was killed left here: no other is under way now."""
        for folder in self.place.data_dir.glob(f"{_SCRATCH}*"):
            shutil.rmtree(folder, ignore_errors=True)
        for draft in self.place.backups.glob(f".*{_DRAFT}"):
            with suppress(OSError):
                draft.unlink()

    def _scratch(self) -> Path:
        self.place.data_dir.mkdir(parents=True, exist_ok=True)
        return self.place.data_dir

    def _copy_files(self, writer: BackupWriter, found: _Findings, report: Report) -> None:
        paths = list(self._files(found))
        total, done = sum(size for _, size in paths), 0
        for path, size in paths:
            report("Copying files", done, total)
            name = f"{FILES}{path.relative_to(self.place.data_dir).as_posix()}"
            try:
                stream = path.open("rb")
            except FileNotFoundError:
                if path.is_relative_to(self.place.versions):
                    raise StorageError(
                        f"{path} vanished while the backup was made. Make it again."
                    ) from None
                found.remarks.append(f"{name.removeprefix(FILES)}: removed meanwhile.")
                continue
            with stream:
                blocks = _counted(file_blocks(stream), report, done, total)
                writer.add(name, blocks, squeeze=path.suffix in _SQUEEZED)
            done += size
        report("Copying files", total, total)

    def _files(self, found: _Findings) -> Iterator[tuple[Path, int]]:
        """Every file that is copied, with its size at this moment."""
        place, own = self.place, self._database().path
        for base, folders, files in os.walk(place.data_dir):
            folder = Path(base)
            folders[:] = sorted(
                name for name in folders if self._is_copied(folder / name, found)
            )
            for name in sorted(files):
                path = folder / name
                if name.startswith(".") or path.is_symlink() or not path.is_file():
                    continue
                if folder == self.place.jobs:  # what workers keep for themselves
                    continue
                # The database, its journals, and copies of it from before a migration.
                if own is not None and path.absolute().as_posix().startswith(
                    own.absolute().as_posix()
                ):
                    continue
                with suppress(FileNotFoundError):
                    yield path, path.stat().st_size

    def _is_copied(self, folder: Path, found: _Findings) -> bool:
        place = self.place
        if folder.name.startswith(".") or folder.is_symlink():
            return False
        if folder.parent == place.data_dir and folder.name in place.not_copied:
            return False
        if folder.parent == place.jobs and folder.name in found.running:
            return False
        return folder.parent != place.versions or folder.name in found.versions

    def _left_out(self, found: _Findings) -> Iterator[str]:
        names = ", ".join(sorted(self.place.not_copied))
        yield f"{names}: they can be had again, or are backups themselves."
        yield "Hidden files, links, and what anybody was just writing."
        yield "Sessions and workers: everybody signs in again."
        if found.running:
            yield f"{len(found.running)} running jobs: after a restore they count as failed."


def list_backups(folder: Path) -> list[Path]:
    """Backups in a folder, the newest first."""
    found = [path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    return sorted(found, key=lambda path: path.name, reverse=True)


def _copy_rows(writer: BackupWriter, state: Snapshot, report: Report) -> _Findings:
    found = _Findings()
    for place, table in enumerate(TABLES):
        report("Copying the database", place, len(TABLES))
        lines = _lines(state, table, found)
        writer.add(f"{ROWS}{table}.jsonl", lines, squeeze=True)
    return found


def _lines(state: Snapshot, table: str, found: _Findings) -> Iterator[bytes]:
    for row in state.rows(table):
        if table == "jobs" and row["state"] == "running":
            found.running.add(row["id"])
        elif table == "versions":
            found.versions.add(row["name"])
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _counted(blocks: Iterator[bytes], report: Report, done: int, total: int) -> Iterator[bytes]:
    """Tell how far a large file is."""
    for block in blocks:
        yield block
        done += len(block)
        report("Copying files", min(done, total), total)


def _own_name() -> str:
    now = datetime.datetime.now(datetime.UTC)
    return f"cxr-backup-{now:%Y%m%d-%H%M%S}{SUFFIX}"


def _flush_folder(folder: Path) -> None:
    """Make the new name as lasting as the bytes; Windows cannot, and need not."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
