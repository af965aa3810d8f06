"""The care of an installation in one hand: health, what may go, backups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.use_cases.care.backup import BackupMaker, BackupPlace
from cxr_core.use_cases.care.backup_job import BackupJob
from cxr_core.use_cases.care.health import HealthService, Places
from cxr_core.use_cases.care.holdings import BACKUPS, Shelves
from cxr_core.use_cases.care.restoring import Restorer
from cxr_core.use_cases.care.retention import Plan, Retention

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.store.database import Database
    from cxr_core.use_cases.care.health_remarks import Ordered

RUNS = "runs"


@dataclass(frozen=True, slots=True)
class Premises:
    """Where everything lies: absolute paths, and the database's address."""

    data_dir: Path
    versions: Path
    jobs: Path
    cache: Path
    answers: Path
    datasets: Path
    bundled: Path
    database_url: str

    @property
    def place(self) -> BackupPlace:
        """What a backup is of."""
        again = {self.cache.name}
        if self.datasets.parent == self.data_dir:
            again.add(self.datasets.name)
        return BackupPlace(
            self.data_dir,
            self.versions,
            self.jobs,
            self.data_dir / BACKUPS,
            frozenset(again),
        )

    @property
    def restorer(self) -> Restorer:
        """What puts a backup in force; the database need not be open, nor be there."""
        return Restorer(self.place, self.database_url)


class Caretaker:
    """Health, retention and backups of one installation."""

    def __init__(
        self, premises: Premises, database: Callable[[], Database], ordered: Ordered
    ) -> None:
        self.maker = BackupMaker(premises.place, database)
        self.health = HealthService(_places(premises), database, ordered)
        self.backups = BackupJob(self.maker, self.health.forget)
        self.retention = Retention(_shelves(premises), database)

    def purge(
        self,
        actor: Actor | None,
        days: int,
        report: Callable[[str, int, int], None] = lambda *_: None,
    ) -> Plan:
        """Purge, and measure the disk anew.

        Raises
        ------
        AccessError, StorageError, DataError
            As `Retention.purge`.
        """
        try:
            return self.retention.purge(actor, days, report)
        finally:
            self.health.forget()


def _places(premises: Premises) -> Places:
    folder = premises.data_dir
    parts: dict[str, tuple[Path, ...]] = {
        "versions": (premises.versions,),
        "runs": (folder / RUNS,),
        "jobs": (premises.jobs,),
        "answers": (premises.answers,),
        "cache": (premises.cache,),
        "manifests": (folder / "manifest", folder / "manifests"),
        "first weights": (folder / "imagenet", folder / "starts"),
        "database": _database_files(premises),
        "backups": (folder / BACKUPS,),
        "uploads": (folder / "uploads",),
    }
    if premises.datasets.is_relative_to(folder):
        parts["datasets"] = (premises.datasets,)
    return Places(folder, parts)


def _database_files(premises: Premises) -> tuple[Path, ...]:
    """The embedded database, its journals, and its copies from before migrations."""
    kind, _, path = premises.database_url.partition(":///")
    if kind != "sqlite":
        return ()
    own = premises.data_dir.joinpath(path)
    return tuple(sorted(own.parent.glob(f"{own.name}*"))) or (own,)


def _shelves(premises: Premises) -> Shelves:
    return Shelves(
        premises.data_dir,
        premises.versions,
        premises.jobs,
        premises.data_dir / RUNS,
        premises.cache,
        premises.answers,
        premises.bundled,
    )
