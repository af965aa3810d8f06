"""What takes room, and what may go: listed first, removed only when somebody says so.

Whatever goes is first renamed to `.trash-...` beside its place and then deleted, so that a
kill leaves nothing half: the next purge puts back or clears away what it finds there.
"""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import DataError, StorageError
from cxr_core.store.activity import look
from cxr_core.store.purging import clearing, job_held
from cxr_core.use_cases.access import require
from cxr_core.use_cases.care.folder_lock import CLEARING, alone_in
from cxr_core.use_cases.care.holdings import JOB, VERSION, Item, Shelves, holdings
from cxr_core.use_cases.care.machine import bytes_under

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.store.activity import Seen
    from cxr_core.store.database import Database

DEFAULT_DAYS = 30
TRASH = ".trash-"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that takes room, largest first, as a purge after `days` would treat it."""

    days: int
    items: tuple[Item, ...]

    @property
    def going(self) -> tuple[Item, ...]:
        """What would go."""
        return tuple(item for item in self.items if item.goes)

    @property
    def freed(self) -> int:
        """Bytes that a purge would give back."""
        return sum(item.bytes for item in self.going)


class Retention:
    """Lists and purges the data folder; `clock` gives seconds since 1970."""

    def __init__(
        self,
        shelves: Shelves,
        database: Callable[[], Database],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shelves = shelves
        self._database = database
        self._clock = clock

    def plan(self, actor: Actor | None, days: int = DEFAULT_DAYS) -> Plan:
        """List everything and its fate; nothing is changed.

        Raises
        ------
        AccessError, StorageError, DataError
            When the actor is no administrator, the database does not answer, or `days` is
            below 0.
        """
        require(actor, Role.ADMINISTRATOR, "see what could be purged")
        if days < 0:
            raise DataError(f"Days are {days}; expected 0 or more.")
        items = [
            replace(each, bytes=bytes_under(each.path))
            for each in self._items(look(self._database()), days)
        ]
        return Plan(days, tuple(sorted(items, key=lambda each: (-each.bytes, each.name))))

    def purge(
        self,
        actor: Actor | None,
        days: int = DEFAULT_DAYS,
        report: Callable[[str, int, int], None] = lambda *_: None,
    ) -> Plan:
        """Remove what may go; return it. `report` hears a sentence, things done and in all.

        Everything is asked for again at the moment it goes: what was taken into use since the
        list was drawn stays.

        Raises
        ------
        AccessError, StorageError, DataError
            As `plan`, or when another purge is under way or the disk refuses.
        """
        who = require(actor, Role.ADMINISTRATOR, "purge the data folder")
        with alone_in(self._shelves.data_dir / CLEARING):
            self._clear_trash()
            wanted = self.plan(actor, days).going
            gone = []
            for place, item in enumerate(wanted):
                report("Purging", place, len(wanted))
                if self._remove(who, item, days):
                    gone.append(item)
            report("Purging", len(wanted), len(wanted))
            found = Plan(days, tuple(gone))
            if gone:
                told = {"days": days, "things": len(gone), "bytes": found.freed}
                with clearing(self._database()) as held:
                    held.audit(who.name, "Purge data", "data folder", told)
        return found

    def _remove(self, actor: Actor, item: Item, days: int) -> bool:
        """Remove one thing if it may still go, within a transaction that keeps it so."""
        trash = item.path.with_name(f"{TRASH}{item.path.name}")
        try:
            with self._standing_still(actor, item, days) as may_go:
                if not may_go:
                    return False
                # Last: a rename that fails takes the rows back, a kill after it the next purge.
                item.path.rename(trash)
        except OSError as error:
            raise StorageError(f"Cannot remove {item.path}: {error.strerror}.") from error
        _delete(trash)
        return True

    @contextmanager
    def _standing_still(self, actor: Actor, item: Item, days: int) -> Iterator[bool]:
        """Say whether it may go, which stays true until the end; then a version's row goes."""
        database = self._database()
        if item.kind == VERSION:
            with clearing(database) as held:
                may_go = self._may_go(held.seen, item, days)
                if may_go:
                    held.forget_version(item.name)
                    told = {"bytes": item.bytes}
                    held.audit(actor.name, "Purge version", item.name, told)
                yield may_go
        elif item.kind == JOB:
            with job_held(database, item.name) as seen:
                yield self._may_go(seen, item, days)
        else:
            yield self._may_go(look(database), item, days)

    def _may_go(self, seen: Seen, item: Item, days: int) -> bool:
        return any(each.goes and each.path == item.path for each in self._items(seen, days))

    def _items(self, seen: Seen, days: int) -> Iterator[Item]:
        return holdings(self._shelves, seen, days, self._clock())

    def _clear_trash(self) -> None:
        """Put versions back whose rows still stand; delete the rest for good."""
        versions = self._shelves.versions
        with clearing(self._database()) as held:
            rows = {each.name for each in held.seen.versions}
            for trash in _trash_in(versions):
                name = trash.name.removeprefix(TRASH)
                if name in rows and not (versions / name).exists():
                    trash.rename(versions / name)
        for folder in self._shelves.cleared:
            for trash in _trash_in(folder):
                _delete(trash)


def _trash_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{TRASH}*")) if folder.is_dir() else []


def _delete(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"Cannot remove {path}: {error.strerror}. It is out of use already; purge again."
        ) from error
