"""Rows out of one database and into another, of either kind, as plain values.

A row is a table of column names and JSON values. What is gone with its process is not carried
over: sessions (everybody signs in again) and workers.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from cxr_core.errors import DataError
from cxr_core.store.audit_log import append_audit
from cxr_core.store.database import Database, copy_embedded
from cxr_core.store.tables import AUDIT, AUDIT_HEAD, JOBS, METADATA, SESSIONS, USERS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Row = dict[str, Any]

_NOT_CARRIED = frozenset({SESSIONS.name, WORKERS.name})
TABLES = tuple(table.name for table in METADATA.sorted_tables if table.name not in _NOT_CARRIED)
_MIGRATIONS = Path(__file__).parent / "migrations"
_REVISIONS = "alembic_version"
_GUARD = "audit_is_append_only"
_BATCH = 500


class Snapshot:
    """A database as it was at one moment, whoever writes to it meanwhile."""

    def __init__(self, connection: sa.Connection, revision: str) -> None:
        self.revision = revision
        self._connection = connection

    def rows(self, table: str) -> Iterator[Row]:
        """Yield a table's rows in the order of its key."""
        found = METADATA.tables[table]
        wanted = sa.select(found).order_by(*found.primary_key.columns)
        for row in self._connection.execute(wanted).yield_per(_BATCH).mappings():
            yield dict(row)


@contextmanager
def snapshot(database: Database, scratch: Path) -> Iterator[Snapshot]:
    """Open a snapshot; an embedded database is first copied into the folder `scratch`.

    Raises
    ------
    StorageError
        When the database does not answer, or the disk is full.
    """
    revision = database.revision() or ""
    if database.path is not None:
        copy_embedded(database.path, scratch / "snapshot.db")
        copy = Database(f"sqlite:///{scratch / 'snapshot.db'}")
        try:
            with copy.transaction() as connection:
                yield Snapshot(connection, revision)
        finally:
            copy.close()
        return
    engine = database.engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        yield Snapshot(connection, revision)


def is_in_use(database: Database) -> bool:
    """Tell whether anything was ever done with a database; a new one has no tables."""
    with database.transaction() as connection:
        return is_in_use_within(connection)


def is_in_use_within(connection: sa.Connection) -> bool:
    """As `is_in_use`, inside a transaction that the caller holds."""
    if not sa.inspect(connection).has_table(AUDIT_HEAD.name):
        return False
    counts = (
        sa.select(sa.func.count()).select_from(USERS),
        sa.select(sa.func.count()).select_from(JOBS),
        sa.select(sa.func.max(AUDIT_HEAD.c.seq)),
    )
    return any(connection.execute(each).scalar() for each in counts)


def living_workers(database: Database, seconds: float) -> list[str]:
    """Name the workers that spoke within so many seconds: host and process."""
    with database.transaction() as connection:
        if not sa.inspect(connection).has_table(WORKERS.name):
            return []
        alive = WORKERS.c.seen > database.now(connection) - seconds
        rows = connection.execute(sa.select(WORKERS).where(alive)).all()
    return [f"process {row.process} on {row.host}" for row in rows]


def fill(
    database: Database, revision: str, rows: Callable[[str], Iterable[Row]], deed: Row
) -> None:
    """Make the tables in an empty database, fill them, and bring them up to this code.

    `rows` yields those of a table. `deed` is what the audit log says of it: actor, action,
    subject, detail.

    Raises
    ------
    DataError
        When the rows are of a later program, or do not fit.
    StorageError
        When the database refuses.
    """
    with database.transaction() as connection:
        fill_within(connection, revision, rows, deed)


def fill_within(
    connection: sa.Connection,
    revision: str,
    rows: Callable[[str], Iterable[Row]],
    deed: Row,
) -> None:
    """As `fill`, inside a transaction that the caller holds."""
    _upgrade(connection, _known(revision))
    tables = sa.MetaData()
    tables.reflect(connection)
    for table in tables.sorted_tables:
        if table.name in TABLES:
            if table.name != AUDIT.name:  # empty, and guarded
                connection.execute(sa.delete(table))  # what the migrations put there
            _insert(connection, table, rows(table.name))
    if connection.dialect.name == "postgresql":
        _count_on(connection, tables)
    _upgrade(connection, "head")
    _end_running(connection)
    append_audit(connection, **deed)


def move_aside(connection: sa.Connection, name: str) -> None:
    """Put the tables of a PostgreSQL database into a schema of their own, with all rows."""
    connection.execute(sa.schema.CreateSchema(name))
    there = set(sa.inspect(connection).get_table_names())
    for table in sorted(there & {*METADATA.tables, _REVISIONS}):
        connection.execute(sa.text(f"ALTER TABLE {table} SET SCHEMA {name}"))
    if AUDIT_HEAD.name in there:
        connection.execute(sa.text(f"ALTER FUNCTION {_GUARD}() SET SCHEMA {name}"))


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    rest = iter(rows)
    known = set(table.columns.keys())
    while batch := list(islice(rest, _BATCH)):
        if strange := sorted({name for row in batch for name in row} - known):
            raise DataError(
                f"The rows of {table.name} have {strange[0]!r}; expected {sorted(known)}. The "
                "backup is damaged, or not of this program."
            )
        connection.execute(sa.insert(table), batch)


def _count_on(connection: sa.Connection, tables: sa.MetaData) -> None:
    """Let PostgreSQL number new rows after those that were put in."""
    for table in tables.sorted_tables:
        for column in table.primary_key.columns:
            place = {"table": table.name, "column": column.name}
            wanted = sa.text("SELECT pg_get_serial_sequence(:table, :column)")
            sequence = connection.execute(wanted, place).scalar()
            if sequence is None:
                continue
            newest = connection.execute(sa.select(sa.func.max(column))).scalar()
            if newest is not None:
                connection.execute(
                    sa.select(sa.func.setval(sa.cast(sequence, sa.Text), newest))
                )


def _end_running(connection: sa.Connection) -> None:
    """Nobody runs these any more, and their folders were not copied."""
    values: Mapping[str, Any] = {
        "state": "failed",
        "request": None,
        "owner": None,
        "lease_until": None,
        "finished": sa.func.coalesce(JOBS.c.progress_at, JOBS.c.started, JOBS.c.created),
        "fence": JOBS.c.fence + 1,
        "error": "It ran while the backup was made, which has nothing of it. Try it again.",
    }
    connection.execute(sa.update(JOBS).where(JOBS.c.state == "running").values(**values))


def _known(revision: str) -> str:
    script = ScriptDirectory(str(_MIGRATIONS))
    known = [each.revision for each in script.walk_revisions()]
    if revision not in known:
        raise DataError(
            f"The backup's tables are of revision {revision!r}; this program knows "
            f"{', '.join(sorted(known))}. Update the program."
        )
    return revision


def _upgrade(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise DataError(f"The tables cannot be made: {error}. Update the program.") from error
