"""The audit log: appended to, never changed, each entry sealed by a hash of the one before.

Entries say who did what to what, never to whose film: no patient identifier goes in. Actions
are named in the manner of DICOM PS3.15 A.5 where it has a name for them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.errors import DataError
from cxr_core.store.tables import AUDIT, AUDIT_HEAD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.store.database import Database

ORIGIN = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log: `at` is ISO 8601 in UTC, `hash` seals it and all before."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """What a look at the whole chain found: `fault` is a sentence, "" where it is whole."""

    entries: int
    head: str
    fault: str


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; "" stands for all."""

    actor: str = ""
    action: str = ""


def append_audit(
    connection: sa.Connection,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Append an entry inside the caller's transaction; return its number.

    So the deed and its entry are both there, or neither is.
    """
    # The write to the head comes first: whoever else appends waits for this transaction.
    grown = (
        sa.update(AUDIT_HEAD)
        .values(seq=AUDIT_HEAD.c.seq + 1)
        .returning(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)
    )
    seq, previous = connection.execute(grown).one()
    entry = {
        "seq": seq,
        "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds"),
        "actor": actor,
        "action": action,
        "subject": subject,
        "detail": json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False),
        "previous": previous,
    }
    sealed = _seal(entry)
    connection.execute(sa.insert(AUDIT).values(**entry, hash=sealed))
    connection.execute(sa.update(AUDIT_HEAD).values(hash=sealed))
    return int(seq)


class AuditLog:
    """Read and check the log of a database, and append to it where nothing else is written."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(
        self, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append one entry in a transaction of its own."""
        with self._database.transaction() as connection:
            append_audit(connection, actor, action, subject, detail)

    def entries(
        self, most: int = 100, before: int | None = None, only: AuditFilter | None = None
    ) -> list[AuditEntry]:
        """Return the newest entries first; those older than entry `before`, where given."""
        wanted = sa.select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(most)
        if before is not None:
            wanted = wanted.where(AUDIT.c.seq < before)
        if only is not None and only.actor:
            wanted = wanted.where(AUDIT.c.actor == only.actor)
        if only is not None and only.action:
            wanted = wanted.where(AUDIT.c.action == only.action)
        with self._database.transaction() as connection:
            rows = connection.execute(wanted).mappings().all()
        return [_entry(dict(row)) for row in rows]

    def choices(self) -> tuple[list[str], list[str]]:
        """Return the actors and the actions that occur, sorted."""
        with self._database.transaction() as connection:
            actors = connection.execute(sa.select(AUDIT.c.actor).distinct()).scalars().all()
            actions = connection.execute(sa.select(AUDIT.c.action).distinct()).scalars().all()
        return sorted(actors), sorted(actions)

    def verify(self, expected_head: str | None = None) -> AuditCheck:
        """Walk the whole chain.

        Who can write to the database can also write a new chain: a head that was noted
        elsewhere, given as `expected_head`, must still stand in it.

        Raises
        ------
        DataError
            When `expected_head` is not a hash.
        """
        if expected_head is not None and len(expected_head) != len(ORIGIN):
            raise DataError(f"{expected_head!r} is no head of this log; expected 64 digits.")
        count, previous, heads = 0, ORIGIN, {ORIGIN}
        with self._database.transaction() as connection:
            for row in connection.execute(sa.select(AUDIT).order_by(AUDIT.c.seq)).mappings():
                count += 1
                if fault := _fault(dict(row), count, previous):
                    return AuditCheck(count, previous, fault)
                previous = str(row["hash"])
                heads.add(previous)
            seq, head = connection.execute(sa.select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)).one()
        if (seq, head) != (count, previous):
            fault = f"The log ends at entry {count}, but {seq} were written."
            return AuditCheck(count, previous, fault)
        if expected_head is not None and expected_head not in heads:
            return AuditCheck(count, previous, "The head that was noted is not in the log.")
        return AuditCheck(count, previous, "")


def _seal(entry: Mapping[str, Any]) -> str:
    text = json.dumps(dict(entry), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _fault(row: dict[str, Any], number: int, previous: str) -> str:
    if row["seq"] != number:
        return f"Entry {number} is missing."
    sealed = row.pop("hash")
    if row["previous"] != previous:
        return f"Entry {number} does not follow the one before it."
    if _seal(row) != sealed:
        return f"Entry {number} was changed."
    return ""


def _entry(row: Mapping[str, Any]) -> AuditEntry:
    fields = {key: row[key] for key in ("seq", "at", "actor", "action", "subject", "hash")}
    return AuditEntry(**fields, detail=json.loads(row["detail"]))
