"""The audit log: it shows what was changed, and cannot be changed through the door."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cxr_core.errors import StorageError
from cxr_core.store.audit_log import AuditLog, append_audit
from cxr_core.store.tables import AUDIT, AUDIT_HEAD

if TYPE_CHECKING:
    from cxr_core.store.database import Database


@pytest.fixture
def log(database: Database) -> AuditLog:
    found = AuditLog(database)
    for number in range(3):
        found.append("ada", "user.added", f"user-{number}", {"role": "reader"})
    return found


def unlock(connection: sa.Connection) -> None:
    """Do what only somebody at the database itself can do."""
    if connection.dialect.name == "sqlite":
        connection.execute(sa.text("DROP TRIGGER audit_no_update"))
        connection.execute(sa.text("DROP TRIGGER audit_no_delete"))
    else:
        connection.execute(sa.text("DROP TRIGGER audit_append_only ON audit"))


def test_a_whole_log_is_found_whole(log: AuditLog) -> None:
    found = log.verify()
    assert (found.entries, found.fault) == (3, "")
    assert found.head == log.entries()[0].hash


def test_the_newest_come_first_and_older_ones_page_by_page(log: AuditLog) -> None:
    assert [each.seq for each in log.entries(most=2)] == [3, 2]
    assert [each.subject for each in log.entries(before=2)] == ["user-0"]


@pytest.mark.parametrize("change", [sa.update(AUDIT).values(actor="eve"), sa.delete(AUDIT)])
def test_nothing_in_the_log_can_be_changed(
    log: AuditLog, database: Database, change: sa.Update | sa.Delete
) -> None:
    with pytest.raises(StorageError, match="append-only"), database.transaction() as connection:
        connection.execute(change)
    assert log.verify().fault == ""


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (sa.update(AUDIT).where(AUDIT.c.seq == 2).values(actor="eve"), "Entry 2 was changed"),
        (sa.update(AUDIT).where(AUDIT.c.seq == 2).values(detail="{}"), "Entry 2 was changed"),
        (sa.delete(AUDIT).where(AUDIT.c.seq == 2), "Entry 2 is missing"),
        (sa.delete(AUDIT).where(AUDIT.c.seq == 3), "ends at entry 2, but 3 were written"),
    ],
)
def test_what_is_changed_past_the_door_is_found(
    log: AuditLog, database: Database, change: sa.Update | sa.Delete, fault: str
) -> None:
    with database.transaction() as connection:
        unlock(connection)
        connection.execute(change)
    assert fault in log.verify().fault


def test_a_chain_written_anew_does_not_hold_a_head_that_was_noted(
    log: AuditLog, database: Database
) -> None:
    noted = log.verify().head
    with database.transaction() as connection:
        unlock(connection)
        connection.execute(sa.delete(AUDIT))
        connection.execute(sa.update(AUDIT_HEAD).values(seq=0, hash="0" * 64))
    log.append("eve", "user.added", "eve")
    assert log.verify().fault == ""
    assert "noted" in log.verify(noted).fault


def test_an_entry_is_there_only_with_its_deed(log: AuditLog, database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.transaction() as connection:
        append_audit(connection, "ada", "user.added", "never")
        raise ZeroDivisionError
    assert len(log.entries()) == 3
    assert log.verify().fault == ""


def test_many_at_once_make_one_chain(log: AuditLog) -> None:
    def append() -> None:
        for _ in range(5):
            log.append("ada", "user.added", "x")

    threads = [threading.Thread(target=append) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (log.verify().entries, log.verify().fault) == (23, "")
