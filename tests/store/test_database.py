"""The database: its migrations, its transactions and its clock, on both kinds."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from cxr_core.errors import StorageError
from cxr_core.store.database import Database, open_database
from cxr_core.store.tables import METADATA, QUEUES

if TYPE_CHECKING:
    from pathlib import Path


def test_the_migrations_make_the_tables_that_the_code_knows(database: Database) -> None:
    with database.transaction() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, METADATA) == []


def test_migrating_again_changes_nothing(database: Database) -> None:
    before = database.revision()
    database.migrate()
    assert database.revision() == before is not None


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    failed: list[Exception] = []

    def start() -> None:
        try:
            open_database(database_url).close()
        except StorageError as error:
            failed.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with closing(open_database(database_url)) as database:
        assert database.revision() is not None


def test_concurrent_reads_and_writes_of_one_row_lose_nothing(database: Database) -> None:
    """Without BEGIN IMMEDIATE most of these end in "database is locked"."""

    def count() -> None:
        for _ in range(25):
            with database.transaction() as connection:
                row = sa.select(QUEUES.c.tick)
                if database.dialect == "postgresql":
                    row = row.with_for_update()
                tick = connection.execute(row).scalar_one()
                connection.execute(sa.update(QUEUES).values(tick=tick + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.transaction() as connection:
        assert connection.execute(sa.select(QUEUES.c.tick)).scalar_one() == 100


def test_what_raises_inside_a_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        connection.execute(sa.update(QUEUES).values(tick=7))
        raise ZeroDivisionError
    with database.transaction() as connection:
        assert connection.execute(sa.select(QUEUES.c.tick)).scalar_one() == 0


def test_the_clock_is_the_time_now(database: Database) -> None:
    with database.transaction() as connection:
        assert abs(database.now(connection) - time.time()) < 5


def test_an_embedded_database_is_copied_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "cxr.db"
    with closing(open_database(f"sqlite:///{path}")) as database:
        with database.transaction() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
        with pytest.raises(StorageError, match="later version"):
            database.migrate()
    (copy,) = tmp_path.glob("cxr.db.before-*")
    with closing(Database(f"sqlite:///{copy}")) as database:
        assert database.revision() == "0000"


def test_an_embedded_database_flushes_every_write(tmp_path: Path) -> None:
    with (
        closing(open_database(f"sqlite:///{tmp_path / 'cxr.db'}")) as database,
        database.engine.connect() as connection,
    ):
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not an address", ""])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="CXR_DATABASE_URL"):
        Database(url)


def test_a_password_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database("postgresql://ada:secret@127.0.0.1:1/none")
    assert "secret" not in database.words
    with pytest.raises(StorageError) as caught:
        database.migrate()
    assert "secret" not in str(caught.value)
