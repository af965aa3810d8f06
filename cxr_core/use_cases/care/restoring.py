"""Put a backup in force: verified whole, laid out beside, and only then moved into place.

What was there is moved aside, never deleted. A mark stands in the data folder while things are
moved, and nobody opens a folder that has it: a restore that is cut off is run again.
"""

from __future__ import annotations

import datetime
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Role
from cxr_core.errors import DataError, StorageError
from cxr_core.store.database import Database
from cxr_core.store.transfer import (
    fill,
    fill_within,
    is_in_use,
    is_in_use_within,
    living_workers,
    move_aside,
)
from cxr_core.use_cases.access import require
from cxr_core.use_cases.care.backup_file import BackupFile, open_archive
from cxr_core.use_cases.care.folder_lock import IN_USE, UNFINISHED, FolderInUse, alone_in
from cxr_core.use_cases.care.holdings import ASIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.use_cases.care.backup import BackupPlace
    from cxr_core.use_cases.care.backup_file import BackupRecord

    Report = Callable[[str, int, int], None]

_ALIVE_SECONDS = 30.0
_STAGE = ".restoring"
_SPARE_BYTES = 100 * 2**20


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in force now, and where what was before lies: "" where there was nothing."""

    record: BackupRecord
    aside: str


@dataclass(frozen=True, slots=True)
class How:
    """`is_replacing` allows a folder that is in use; `is_forced` does not ask who uses it."""

    is_replacing: bool = False
    is_forced: bool = False


class Restorer:
    """Restores into one data folder and the database at `url`."""

    def __init__(self, place: BackupPlace, url: str) -> None:
        self._place = place
        self._url = url
        self._stage = place.data_dir / _STAGE

    def verify(self, file: Path, report: Report) -> BackupRecord:
        """Read a backup from beginning to end; nothing is written.

        Raises
        ------
        DataError
            When any of it is not what it should be.
        """
        with open_archive(file) as archive:
            backup = BackupFile(archive)
            self._check_places(backup)
            backup.verify(report)
            return backup.record

    def restore(self, actor: Actor | None, file: Path, how: How, report: Report) -> Restored:
        """Verify a backup and put it in force.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When the backup is not whole, or the folder is in use and `how` does not allow it.
        StorageError
            When the application or a worker is alive, or disk or database refuse; then
            everything is as it was.
        """
        who = require(actor, Role.ADMINISTRATOR, "restore a backup")
        record = self.verify(file, report)
        database = Database(self._url)
        with ExitStack() as stack:
            stack.callback(database.close)
            if not how.is_forced:
                stack.enter_context(alone_in(self._place.data_dir / IN_USE))
                self._refuse_workers(database)
            if not how.is_replacing and self._is_in_use(database):
                raise DataError(
                    f"{self._place.data_dir} or its database is in use already. Use --replace: "
                    "what is there is moved aside, not deleted."
                )
            stack.callback(shutil.rmtree, self._stage, ignore_errors=True)
            backup = BackupFile(stack.enter_context(open_archive(file)))
            self._lay_out(backup, report)
            detail = {"made": record.made, "members": len(record.members)}
            deed = {
                "actor": who.name,
                "action": "Restore backup",
                "subject": file.name,
                "detail": detail,
            }
            report("Restoring", 0, 1)
            aside = self._put_in_force(backup, database, deed)
            report("Restoring", 1, 1)
        return Restored(record, aside)

    def _check_places(self, backup: BackupFile) -> None:
        """Refuse files where the program itself keeps something."""
        own = Database(self._url).path
        reserved = {*self._place.not_copied, *([own.name] if own else [])}
        for name, place in backup.files():
            if place.parts[0] in reserved:
                raise DataError(
                    f"{name!r} in the backup would overwrite what no backup holds. It was not "
                    "made by this program."
                )

    def _refuse_workers(self, database: Database) -> None:
        if database.path is not None and not database.path.exists():
            return
        if alive := living_workers(database, _ALIVE_SECONDS):
            raise FolderInUse(
                f"A worker is alive: {alive[0]}. End it and wait half a minute, or use --force."
            )

    def _is_in_use(self, database: Database) -> bool:
        if self._present():
            return True
        if database.path is not None and not database.path.exists():
            return False
        return is_in_use(database)

    def _present(self) -> list[Path]:
        """What a restore moves aside, the database's files left out."""
        own = Database(self._url).path
        return [
            path
            for path in sorted(self._place.data_dir.glob("*"))
            if not path.name.startswith(".")
            and path.name not in self._place.not_copied
            and (own is None or not path.name.startswith(own.name))
        ]

    def _lay_out(self, backup: BackupFile, report: Report) -> None:
        """Write every file beside its place, each verified again as it is written."""
        shutil.rmtree(self._stage, ignore_errors=True)
        total, done = backup.record.bytes, 0
        try:
            self._stage.mkdir(parents=True)
            free = shutil.disk_usage(self._stage).free
            if total + _SPARE_BYTES > free:
                raise StorageError(
                    f"The backup unpacks to {total:,} bytes; {free:,} are free beside "
                    f"{self._place.data_dir}. Make room and try again."
                )
            for name, place in backup.files():
                path = self._stage / place
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as stream:
                    for block in backup.blocks(name):
                        stream.write(block)
                        done += len(block)
                        report("Laying out files", done, total)
                    stream.flush()
                    os.fsync(stream.fileno())
        except OSError as error:
            raise StorageError(
                f"Cannot lay out the backup in {self._stage}: {error.strerror or error}. "
                "Nothing was replaced."
            ) from error

    def _put_in_force(
        self, backup: BackupFile, database: Database, deed: dict[str, Any]
    ) -> str:
        stamp = f"{datetime.datetime.now(datetime.UTC):%Y%m%d_%H%M%S_%f}"
        aside, revision = self._place.data_dir / f"{ASIDE}{stamp}", backup.record.revision
        if database.path is None:
            schema = f"replaced_{stamp}"
            moves = self._moves(aside)
            with self._moved(moves, aside), database.transaction() as connection:
                if is_used := is_in_use_within(connection):
                    move_aside(connection, schema)
                fill_within(connection, revision, backup.rows, deed)
            there = [str(aside)] if aside.exists() else []
            return " and ".join([*there, *([f"the schema {schema}"] if is_used else [])])
        made = self._stage / ".database" / database.path.name
        made.parent.mkdir()
        new = Database(f"sqlite:///{made}")
        try:
            fill(new, revision, backup.rows, deed)
        finally:
            new.close()
        database.close()
        own = database.path
        old = [(path, aside / path.name) for path in sorted(own.parent.glob(f"{own.name}*"))]
        with self._moved([*old, *self._moves(aside), (made, own)], aside):
            pass
        return str(aside) if aside.exists() else ""

    def _moves(self, aside: Path) -> list[tuple[Path, Path]]:
        """From where to where files go: what is there aside, what was laid out into place."""
        laid_out = [
            path for path in sorted(self._stage.iterdir()) if not path.name.startswith(".")
        ]
        return [
            *((path, aside / path.name) for path in self._present()),
            *((path, self._place.data_dir / path.name) for path in laid_out),
        ]

    @contextmanager
    def _moved(self, moves: list[tuple[Path, Path]], aside: Path) -> Iterator[None]:
        """Move files for good if the block ends well; move them back where anything fails."""
        mark = self._place.data_dir / UNFINISHED
        was_cut_off = mark.exists()
        done: list[tuple[Path, Path]] = []
        try:
            mark.touch()
            if any(target.parent == aside for _, target in moves):
                aside.mkdir()
            for source, target in moves:
                shutil.move(source, target)
                done.append((source, target))
            yield
        except BaseException as error:
            for source, target in reversed(done):
                shutil.move(target, source)
            if aside.exists():
                aside.rmdir()
            if not was_cut_off:  # else the folder is as little whole as before
                mark.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StorageError(
                    f"Cannot move the backup into {self._place.data_dir}: "
                    f"{error.strerror or error}. What was there is in force again."
                ) from error
            raise
        mark.unlink()
