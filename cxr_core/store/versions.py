"""Which versions there are, which of them serve, and how that came about.

What a version serves as is its line. Every change is one transaction with its entry in the
audit log. The entry is written first: whoever else changes a version waits for it, so that what
is then looked up stays true until the change is made.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.errors import DataError
from cxr_core.store.audit_log import append_audit
from cxr_core.store.tables import PROMOTIONS, VERSIONS
from cxr_core.store.version_rows import (
    Change,
    ChangeKind,
    NewVersion,
    Origin,
    PromotionRow,
    Roster,
    VersionRow,
    VersionState,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cxr_core.store.database import Database


class VersionStore:
    """The versions and promotions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def roster(self) -> Roster:
        """Read everything at one moment."""
        versions = sa.select(VERSIONS).order_by(VERSIONS.c.line, VERSIONS.c.created.desc())
        changes = sa.select(PROMOTIONS).order_by(PROMOTIONS.c.id.desc())
        with self._database.transaction() as connection:
            rows = connection.execute(versions).mappings().all()
            promotions = connection.execute(changes).mappings().all()
        return Roster(
            tuple(_version(dict(row)) for row in rows),
            tuple(_promotion(dict(row)) for row in promotions),
        )

    def register(self, actor: str, new: NewVersion) -> None:
        """Add a candidate; where it was found and added already, its origin is completed.

        Raises
        ------
        DataError
            When another version has the name.
        """
        detail = {"line": new.line, "origin": new.origin.value, "weights": new.weights_sha256}
        with self._database.transaction() as connection:
            append_audit(connection, actor, "Register version", new.name, detail)
            known = _find(connection, new.name)
            if known is None:
                now = self._database.now(connection)
                connection.execute(sa.insert(VERSIONS).values(_row(new, actor, now)))
                return
            if known.weights_sha256 != new.weights_sha256:
                raise DataError(
                    f"There is a version {new.name!r} already. Choose another name."
                )
            told = {"origin": new.origin.value, "job": new.job, "created_by": actor}
            mine = (VERSIONS.c.name == new.name) & (VERSIONS.c.state == VersionState.CANDIDATE)
            connection.execute(sa.update(VERSIONS).where(mine).values(told))

    def install(self, actor: str, bundled: Sequence[NewVersion]) -> list[str]:
        """Make bundled versions known, champions of lines that have none; return new names.

        Whoever else does the same at this moment, each is added once. A bundled version whose
        weights came with a later program is known by them from then on.
        """
        with self._database.transaction() as connection:
            if not _missing(connection, bundled):
                return []
        with self._database.transaction() as connection:
            names = [each.name for each in bundled]
            append_audit(connection, actor, "Install versions", ", ".join(names))
            added = []
            for new in _missing(connection, bundled):
                if _find(connection, new.name) is not None:
                    _set(connection, new.name, weights_sha256=new.weights_sha256)
                    continue
                self._install(connection, actor, new)
                added.append(new.name)
            return added

    def promote(self, actor: str, change: Change, detail: Mapping[str, Any]) -> None:
        """Let a version take the place of the champion of a line, or take it back.

        `detail` goes to the audit log.

        Raises
        ------
        DataError
            When the version is not known, or serves already, or the champion is another one
            by now.
        """
        action = "Roll back" if change.kind is ChangeKind.ROLLBACK else "Promote version"
        told = {"line": change.line, "previous": change.previous, **detail}
        with self._database.transaction() as connection:
            append_audit(connection, actor, action, change.version, told)
            found = _champion(connection, change.line)
            if found != change.previous:
                raise DataError(
                    f"The champion of {change.line} is {found} by now; expected "
                    f"{change.previous}. Look at the versions again."
                )
            row = _find(connection, change.version)
            if row is None:
                raise DataError(f"There is no version {change.version!r}.")
            if row.state is VersionState.CHAMPION:
                raise DataError(f"{row.name} is the champion of {row.line} already.")
            if found is not None:
                _set(connection, found, state=VersionState.RETIRED.value)
            _set(
                connection,
                change.version,
                state=VersionState.CHAMPION.value,
                line=change.line,
            )
            _note(connection, actor, change, self._database.now(connection))

    def retire(self, actor: str, name: str) -> None:
        """Let a version serve no longer, nor wait to.

        Raises
        ------
        DataError
            When it is not known, is retired already, or nothing would read films any more.
        """
        with self._database.transaction() as connection:
            append_audit(connection, actor, "Retire version", name)
            row = _find(connection, name)
            if row is None or row.state is VersionState.RETIRED:
                told = "is retired already" if row else "is not known"
                raise DataError(f"The version {name!r} {told}.")
            serving = sa.select(sa.func.count()).where(
                VERSIONS.c.state == VersionState.CHAMPION.value
            )
            others = int(connection.execute(serving).scalar_one()) - 1
            if row.state is VersionState.CHAMPION and others < 1:
                raise DataError(
                    f"{name} is the only version that reads films. Promote another one before "
                    "retiring it."
                )
            _set(connection, name, state=VersionState.RETIRED.value)

    def _install(self, connection: sa.Connection, actor: str, new: NewVersion) -> None:
        now = self._database.now(connection)
        connection.execute(sa.insert(VERSIONS).values(_row(new, actor, now)))
        if _champion(connection, new.line) is not None:
            return
        _set(connection, new.name, state=VersionState.CHAMPION.value)
        change = Change(ChangeKind.INSTALLATION, new.line, new.name, None)
        _note(connection, actor, change, now)


def _missing(connection: sa.Connection, bundled: Iterable[NewVersion]) -> list[NewVersion]:
    """Return those that are not known, or known by other weights."""
    found = []
    for new in bundled:
        known = _find(connection, new.name)
        if known is None or (
            known.origin is Origin.BUNDLED and known.weights_sha256 != new.weights_sha256
        ):
            found.append(new)
    return found


def _champion(connection: sa.Connection, line: str) -> str | None:
    wanted = sa.select(VERSIONS.c.name).where(
        (VERSIONS.c.line == line) & (VERSIONS.c.state == VersionState.CHAMPION.value)
    )
    found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else str(found)


def _find(connection: sa.Connection, name: str) -> VersionRow | None:
    wanted = sa.select(VERSIONS).where(VERSIONS.c.name == name)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _version(dict(row))


def _set(connection: sa.Connection, name: str, **values: str) -> None:
    connection.execute(sa.update(VERSIONS).where(VERSIONS.c.name == name).values(**values))


def _note(connection: sa.Connection, actor: str, change: Change, now: float) -> None:
    values = {
        "line": change.line,
        "kind": change.kind.value,
        "version": change.version,
        "previous": change.previous,
        "at": now,
        "by": actor,
        "reason": change.reason,
        "decision": json.dumps(dict(change.decision)),
        "calibration": None
        if change.calibration is None
        else json.dumps(dict(change.calibration)),
    }
    connection.execute(sa.insert(PROMOTIONS).values(values))


def _row(new: NewVersion, actor: str, now: float) -> dict[str, Any]:
    return {
        "name": new.name,
        "line": new.line,
        "state": VersionState.CANDIDATE.value,
        "origin": new.origin.value,
        "weights_sha256": new.weights_sha256,
        "job": new.job,
        "created": now,
        "created_by": actor,
    }


def _version(row: Mapping[str, Any]) -> VersionRow:
    told = {**row, "state": VersionState(row["state"]), "origin": Origin(row["origin"])}
    return VersionRow(**told)


def _promotion(row: Mapping[str, Any]) -> PromotionRow:
    calibration = row["calibration"]
    told = {
        **row,
        "kind": ChangeKind(row["kind"]),
        "decision": json.loads(row["decision"]),
        "calibration": None if calibration is None else json.loads(calibration),
    }
    return PromotionRow(**told)
