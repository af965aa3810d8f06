"""Which workers there are: each says that it lives as often as it looks for work."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cxr_core import __version__
from cxr_core.store.tables import WORKERS

if TYPE_CHECKING:
    from cxr_core.store.database import Database

SILENT_SECONDS = 30.0
_FORGOTTEN_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """A worker and when it was last heard of, `silence` seconds ago."""

    id: str
    host: str
    process: int
    started: float
    silence: float
    code_version: str

    @property
    def is_alive(self) -> bool:
        """True when it spoke lately."""
        return self.silence <= SILENT_SECONDS


class Workers:
    """The workers of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self) -> WorkerCard:
        """Sign this process in as a worker; forget those who have been silent for a day."""
        host, process = socket.gethostname(), os.getpid()
        name = f"{host}-{process}-{uuid.uuid4().hex[:6]}"
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            old = WORKERS.c.seen < now - _FORGOTTEN_SECONDS
            connection.execute(sa.delete(WORKERS).where(old))
            connection.execute(
                sa.insert(WORKERS).values(
                    id=name,
                    host=host,
                    process=process,
                    started=now,
                    seen=now,
                    code_version=__version__,
                )
            )
        return WorkerCard(name, host, process, now, 0.0, __version__)

    def seen(self, card: WorkerCard) -> None:
        """Say that a worker lives."""
        with self._database.transaction() as connection:
            mine = sa.update(WORKERS).where(WORKERS.c.id == card.id)
            connection.execute(mine.values(seen=self._database.now(connection)))

    def leave(self, card: WorkerCard) -> None:
        """Sign a worker out."""
        with self._database.transaction() as connection:
            connection.execute(sa.delete(WORKERS).where(WORKERS.c.id == card.id))

    def all(self) -> list[WorkerCard]:
        """Return all workers, alive or silent, the oldest first."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            rows = connection.execute(sa.select(WORKERS).order_by(WORKERS.c.started)).all()
        return [
            WorkerCard(
                row.id, row.host, row.process, row.started, now - row.seen, row.code_version
            )
            for row in rows
        ]
