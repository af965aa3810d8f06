"""How the installation is: disk, database, queue, workers, devices, versions in force."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import StorageError
from cxr_core.store.activity import CHAMPION, database_bytes, look
from cxr_core.store.audit_log import AuditLog
from cxr_core.use_cases.access import require
from cxr_core.use_cases.care.health_remarks import Level, Ordered, Remark, remarks_on
from cxr_core.use_cases.care.machine import bytes_under, find_devices, find_disk, programs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.store.activity import Seen, VersionSeen, WorkerSeen
    from cxr_core.store.audit_log import AuditCheck
    from cxr_core.store.database import Database
    from cxr_core.use_cases.care.machine import Devices, DiskUse

_KEEP_SECONDS = 60.0
_STATES = ("queued", "running", "paused", "done", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """`kind` is "sqlite" or "postgresql", `address` has no password, `size` is bytes.

    `size` and `entries` (of the audit log) are None and `fault` a sentence where it does not
    answer.
    """

    kind: str
    address: str
    revision: str | None
    size: int | None
    entries: int | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs by state, and how many seconds the oldest of those that wait has waited."""

    states: Mapping[str, int]
    oldest: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """All of it as of `at`, seconds since 1970; the most urgent remark comes first."""

    at: float
    disk: DiskUse
    database: DatabaseState
    queue: Queue
    workers: tuple[WorkerSeen, ...]
    devices: Devices
    in_force: tuple[VersionSeen, ...]
    programs: Mapping[str, str]
    remarks: tuple[Remark, ...]

    @property
    def level(self) -> Level:
        """The worst of all that was looked at."""
        return self.remarks[0].level


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie: the data folder, and files and folders by part."""

    data_dir: Path
    parts: Mapping[str, tuple[Path, ...]]


class HealthService:
    """Looks, and changes nothing. What is slow to find is found once a minute."""

    def __init__(
        self,
        places: Places,
        database: Callable[[], Database],
        ordered: Ordered,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._places = places
        self._database = database
        self._ordered = ordered
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: tuple[float, DiskUse, Devices] | None = None

    def health(self, actor: Actor | None) -> Health:
        """Look at everything.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        """
        require(actor, Role.ADMINISTRATOR, "see the health of the installation")
        disk, devices = self._slow()
        state, seen = self._read()
        return Health(
            at=time.time(),
            disk=disk,
            database=state,
            queue=_queue(seen),
            workers=seen.workers if seen else (),
            devices=devices,
            in_force=tuple(
                each for each in (seen.versions if seen else ()) if each.state == CHAMPION
            ),
            programs=programs(),
            remarks=remarks_on(disk, devices, seen, self._ordered),
        )

    def check_audit(self, actor: Actor | None) -> AuditCheck:
        """Walk the whole audit log, which takes a second for a hundred thousand entries.

        Raises
        ------
        AccessError, StorageError
            When the actor is no administrator, or the database does not answer.
        """
        require(actor, Role.ADMINISTRATOR, "check the audit log")
        return AuditLog(self._database()).verify()

    def forget(self) -> None:
        """Measure the disk anew on the next look: something was just removed or made."""
        with self._lock:
            self._kept = None

    def _slow(self) -> tuple[DiskUse, Devices]:
        with self._lock:
            now = self._clock()
            if self._kept is None or now - self._kept[0] >= _KEEP_SECONDS:
                disk = find_disk(self._places.data_dir, self._places.parts)
                self._kept = (now, disk, find_devices())
            return self._kept[1], self._kept[2]

    def _read(self) -> tuple[DatabaseState, Seen | None]:
        try:
            database = self._database()
            seen = look(database)
            revision = database.revision()
            size = database_bytes(database)
        except StorageError as error:
            kind = "sqlite" if self._ordered.is_embedded else "postgresql"
            return DatabaseState(kind, "", None, None, None, str(error)), None
        if database.path is not None:
            size = bytes_under(database.path)
        entries = seen.audit_entries
        told = DatabaseState(database.dialect, database.words, revision, size, entries)
        return told, seen


def _queue(seen: Seen | None) -> Queue:
    jobs = seen.jobs if seen else ()
    counts = Counter(job.state for job in jobs)
    states = {name: counts.pop(name, 0) for name in _STATES}
    waits = [job.waited for job in jobs if job.state == "queued"]
    return Queue({**states, **counts}, max(waits, default=None))
