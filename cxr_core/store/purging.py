"""Take a version or a job's files away while nobody else changes what decides over them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.store.activity import Seen, look_within
from cxr_core.store.audit_log import append_audit
from cxr_core.store.tables import AUDIT_HEAD, JOBS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cxr_core.store.database import Database


class Clearing:
    """A transaction in which versions stand still: what it saw of them holds until its end."""

    def __init__(self, connection: sa.Connection, seen: Seen) -> None:
        self.seen = seen
        self._connection = connection

    def forget_version(self, name: str) -> None:
        """Remove a version's row; what promotions say of it stays."""
        self._connection.execute(sa.delete(VERSIONS).where(VERSIONS.c.name == name))

    def audit(self, actor: str, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Append to the audit log; it stands only if the rest does."""
        append_audit(self._connection, actor, action, subject, detail)


@contextmanager
def clearing(database: Database) -> Iterator[Clearing]:
    """Open such a transaction.

    Raises
    ------
    StorageError
        When the database does not answer.
    """
    with database.transaction() as connection:
        # Whoever changes a version writes to the audit log first, and so waits for this.
        connection.execute(sa.update(AUDIT_HEAD).values(seq=AUDIT_HEAD.c.seq))
        yield Clearing(connection, look_within(connection, database.now(connection)))


@contextmanager
def job_held(database: Database, job: str) -> Iterator[Seen]:
    """Give what there is while one job stands still: nobody can try it again meanwhile.

    Raises
    ------
    StorageError
        When the database does not answer.
    """
    with database.transaction() as connection:
        held = sa.select(JOBS.c.id).where(JOBS.c.id == job).with_for_update()
        connection.execute(held).all()
        yield look_within(connection, database.now(connection))
