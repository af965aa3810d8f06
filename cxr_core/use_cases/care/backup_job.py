"""A backup made beside the pages: one at a time, whoever asks, with how far it is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import CxrError, DataError, StorageError
from cxr_core.use_cases.access import require
from cxr_core.use_cases.care.backup import list_backups

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.domain import Actor
    from cxr_core.use_cases.care.backup import BackupMaker

MOST_DOWNLOADED = 256 * 2**20  # what a server may hold in memory for one download


@dataclass(frozen=True, slots=True)
class BackupState:
    """How far the newest backup is, or how it ended; `failed` is a sentence."""

    runs: int = 0
    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    made: str = ""
    failed: str = ""

    @property
    def share(self) -> float:
        """What is done of the present stage, in [0, 1]."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class BackupSeen:
    """A backup that lies here: `made` is seconds since 1970."""

    name: str
    bytes: int
    made: float

    @property
    def can_be_downloaded(self) -> bool:
        """True where it is small enough to go through a browser."""
        return self.bytes <= MOST_DOWNLOADED


class BackupJob:
    """Makes backups in a thread, lists them, and gives small ones out."""

    def __init__(
        self, maker: BackupMaker, when_made: Callable[[], None] = lambda: None
    ) -> None:
        self._maker = maker
        self._when_made = when_made
        self._lock = threading.Lock()
        self._state = BackupState()

    @property
    def state(self) -> BackupState:
        """How far it is now."""
        with self._lock:
            return self._state

    def start(self, actor: Actor | None) -> bool:
        """Start, unless one is being made; say whether this call started it.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        """
        who = require(actor, Role.ADMINISTRATOR, "make a backup")
        with self._lock:
            if self._state.running:
                return False
            self._state = BackupState(self._state.runs + 1, running=True, stage="Starting")
        threading.Thread(target=self._run, args=(who,), name="backup", daemon=True).start()
        return True

    def backups(self, actor: Actor | None) -> list[BackupSeen]:
        """Return the backups that lie in the data folder, the newest first.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        """
        require(actor, Role.ADMINISTRATOR, "see backups")
        found = []
        for path in list_backups(self._maker.place.backups):
            status = path.stat()
            found.append(BackupSeen(path.name, status.st_size, status.st_mtime))
        return found

    def read(self, actor: Actor | None, name: str) -> bytes:
        """Return a backup's bytes.

        Raises
        ------
        AccessError, DataError, StorageError
            When the actor is no administrator, there is no such backup, or it is too large.
        """
        found = {each.name: each for each in self.backups(actor)}
        if name not in found:
            raise DataError(f"There is no backup {name!r}.")
        if not found[name].can_be_downloaded:
            raise DataError(f"{name} is too large for a browser; copy it on the server.")
        try:
            return (self._maker.place.backups / name).read_bytes()
        except OSError as error:
            raise StorageError(f"{name} cannot be read: {error.strerror}.") from error

    def _run(self, actor: Actor) -> None:
        try:
            made = self._maker.make(actor, self._maker.place.backups, self._report)
        except (CxrError, OSError) as error:
            self._close(failed=str(error))
        else:
            self._close(made=made.path.name)
        self._when_made()

    def _report(self, stage: str, done: int, total: int) -> None:
        with self._lock:
            self._state = replace(self._state, stage=stage, done=done, total=total)

    def _close(self, *, made: str = "", failed: str = "") -> None:
        with self._lock:
            self._state = BackupState(self._state.runs, made=made, failed=failed)
