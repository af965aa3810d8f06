"""One database, embedded or PostgreSQL: transactions, its clock, and its migrations.

SQLite is the default. Its driver begins a transaction only before the first write, and two
readers that both want to write then lock each other out; every transaction here begins with
BEGIN IMMEDIATE instead. Every write is on the disk before it is said to be done.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MILLISECONDS = 30_000
# Earlier ones could lose a write-ahead log that was reset at the wrong moment.
_SAFE_WRITE_AHEAD = (3, 51, 3)
_MIGRATION_LOCK = 7_274_697_211  # any number, the same in all processes
_CLOCKS = {
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
    "postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())",
}


class Database:
    """A connection pool to one database.

    `url` is `sqlite:///PATH` or `postgresql://...`; anything else is refused.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @property
    def dialect(self) -> str:
        """The kind of database: "sqlite" or "postgresql"."""
        return self.engine.dialect.name

    @property
    def path(self) -> Path | None:
        """The file of an embedded database."""
        name = self.engine.url.database
        return Path(name) if self.dialect == "sqlite" and name else None

    @property
    def words(self) -> str:
        """What it is and where, without its password, for people."""
        return self.engine.url.render_as_string(hide_password=True)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Give a connection; commit at the end, or roll back when an exception leaves.

        Raises
        ------
        StorageError
            When the database cannot be reached, is locked for too long, or its disk is full.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise _translated(error, self.words) from error

    def now(self, connection: sa.Connection) -> float:
        """Return the database's time in seconds since 1970: all processes share this clock."""
        return float(connection.execute(sa.text(_CLOCKS[self.dialect])).scalar_one())

    def migrate(self) -> None:
        """Bring the tables up to this code, once, whoever else does the same.

        An embedded database that has to change is copied beside itself before.

        Raises
        ------
        StorageError
            When the database cannot be reached, or is of a later code.
        """
        wanted = ScriptDirectory(str(_MIGRATIONS)).get_current_head()
        found = self.revision()
        if found == wanted:
            return
        if found is not None and self.path is not None:
            copy_embedded(self.path, self.path.with_name(f"{self.path.name}.before-{wanted}"))
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        try:
            with self.engine.begin() as connection:
                if self.dialect == "postgresql":
                    lock = sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK))
                    connection.execute(lock)
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
        except SQLAlchemyError as error:
            raise _translated(error, self.words) from error
        except CommandError as error:
            raise StorageError(
                f"The database at {self.words} was made by a later version of this program: "
                f"{error}. Update the program, or restore a backup."
            ) from error

    def revision(self) -> str | None:
        """Return the migration that the tables are at; None in a new database."""
        with self.transaction() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
        return None if found is None else str(found)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Connect, and migrate.

    Raises
    ------
    StorageError
        When the database cannot be reached or made.
    """
    database = Database(url)
    if database.path is not None:
        try:
            database.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"Cannot make {database.path.parent}: {error.strerror}."
            ) from error
    database.migrate()
    return database


def copy_embedded(source: Path, target: Path) -> None:
    """Copy an embedded database whole while others write to it.

    Raises
    ------
    StorageError
        When either cannot be opened or the disk is full.
    """
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
            old.backup(new)
    except sqlite3.Error as error:
        raise StorageError(f"Cannot copy {source} to {target}: {error}.") from error


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
    except SQLAlchemyError as error:
        raise StorageError(
            "CXR_DATABASE_URL is not an address; expected postgresql://user:password@host/name."
        ) from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if backend != "sqlite":
        raise StorageError(f"CXR_DATABASE_URL names {backend}; expected sqlite or postgresql.")
    engine = sa.create_engine(parsed)
    sa.event.listen(engine, "connect", _prepare_embedded)
    sa.event.listen(engine, "begin", _begin_immediately)
    return engine


def _prepare_embedded(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
    is_safe = sqlite3.sqlite_version_info >= _SAFE_WRITE_AHEAD
    connection.isolation_level = None  # transactions are begun below, not by the driver
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        f"journal_mode = {'WAL' if is_safe else 'TRUNCATE'}",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _translated(error: SQLAlchemyError, words: str) -> StorageError:
    """Say what the driver said, without the statement and its values."""
    said = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    return StorageError(f"The database at {words} refuses: {' '.join(said.split())}")
