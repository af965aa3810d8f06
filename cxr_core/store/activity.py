"""What the database says is going on: jobs, workers, and the versions in force. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.store.tables import AUDIT_HEAD, JOBS, PROMOTIONS, VERSIONS, WORKERS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.store.database import Database

ACTIVE = frozenset({"queued", "running", "paused"})
CHAMPION = "champion"
_ROLLBACK = "rollback"
_RECENT_SECONDS = 7 * 86_400


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job: `ended` is how many seconds ago it ended, None while it is active.

    `error` is a sentence, "" where there is none; `arguments` is JSON text.
    """

    id: str
    kind: str
    title: str
    state: str
    waited: float
    ended: float | None
    error: str
    arguments: str

    @property
    def is_active(self) -> bool:
        """True until it is finished, failed or cancelled."""
        return self.state in ACTIVE


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """A worker: `age` and `silent` are seconds since it began and since it last spoke."""

    id: str
    host: str
    process: int
    age: float
    silent: float
    code_version: str


@dataclass(frozen=True, slots=True)
class VersionSeen:
    """A row of the versions: `since` is when it came into its state, seconds since 1970.

    `age` is how many seconds ago that was.
    """

    name: str
    line: str
    state: str
    origin: str
    weights_sha256: str
    job: str | None
    since: float
    age: float


@dataclass(frozen=True, slots=True)
class PromotionSeen:
    """A change of champion, the newest last; `previous` is whom it took the place of.

    `kind` is "installation", "promotion" or "rollback".
    """

    line: str
    kind: str
    version: str
    previous: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """All of it, as of one moment by the database's clock."""

    now: float
    jobs: tuple[JobSeen, ...]
    workers: tuple[WorkerSeen, ...]
    versions: tuple[VersionSeen, ...]
    promotions: tuple[PromotionSeen, ...]
    audit_entries: int

    def failed_recently(self) -> list[JobSeen]:
        """Jobs that failed within a week, the newest first."""
        failed = [
            job
            for job in self.jobs
            if job.state == "failed" and job.ended is not None and job.ended < _RECENT_SECONDS
        ]
        return sorted(failed, key=lambda job: job.ended or 0.0)

    def rollback_targets(self) -> set[str]:
        """Versions that a step back would put in force, and those that one was taken from.

        Of each champion, whom it followed when it was promoted, and whom it last took the
        place of, which after a rollback is another.
        """
        champions = {each.line: each.name for each in self.versions if each.state == CHAMPION}
        found: dict[tuple[str, bool], str | None] = {}
        for each in self.promotions:  # the newest of its kind stays
            if champions.get(each.line) == each.version:
                found[each.line, each.kind == _ROLLBACK] = each.previous
        return {name for name in found.values() if name is not None}


def look(database: Database) -> Seen:
    """Read everything in one transaction.

    Raises
    ------
    StorageError
        When the database does not answer.
    """
    with database.transaction() as connection:
        return look_within(connection, database.now(connection))


def database_bytes(database: Database) -> int | None:
    """Bytes that a PostgreSQL database takes; None of an embedded one, which is a file.

    Raises
    ------
    StorageError
        When the database does not answer.
    """
    if database.dialect != "postgresql":
        return None
    with database.transaction() as connection:
        size = sa.func.pg_database_size(sa.func.current_database())
        return int(connection.execute(sa.select(size)).scalar_one())


def look_within(connection: sa.Connection, now: float) -> Seen:
    """Read everything inside a transaction that the caller holds."""
    promotions = _promotions(connection)
    return Seen(
        now=now,
        jobs=tuple(_job(row, now) for row in _rows(connection, sa.select(JOBS))),
        workers=tuple(
            _worker(row, now)
            for row in _rows(connection, sa.select(WORKERS).order_by(WORKERS.c.started))
        ),
        versions=tuple(
            _version(row, promotions, now)
            for row in _rows(
                connection, sa.select(VERSIONS).order_by(VERSIONS.c.line, VERSIONS.c.name)
            )
        ),
        promotions=promotions,
        audit_entries=int(connection.execute(sa.select(AUDIT_HEAD.c.seq)).scalar_one()),
    )


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _promotions(connection: sa.Connection) -> tuple[PromotionSeen, ...]:
    wanted = sa.select(PROMOTIONS).order_by(PROMOTIONS.c.at, PROMOTIONS.c.id)
    return tuple(
        PromotionSeen(
            row["line"], row["kind"], row["version"], row["previous"], float(row["at"])
        )
        for row in _rows(connection, wanted)
    )


def _job(row: Mapping[str, Any], now: float) -> JobSeen:
    state = str(row["state"])
    ended = row["finished"] if row["finished"] is not None else row["progress_at"]
    return JobSeen(
        id=row["id"],
        kind=row["kind"],
        title=row["title"],
        state=state,
        waited=max(0.0, now - row["created"]),
        ended=None
        if state in ACTIVE
        else max(0.0, now - (row["created"] if ended is None else ended)),
        error=row["error"] or "",
        arguments=row["arguments"],
    )


def _worker(row: Mapping[str, Any], now: float) -> WorkerSeen:
    return WorkerSeen(
        id=row["id"],
        host=row["host"],
        process=row["process"],
        age=max(0.0, now - row["started"]),
        silent=max(0.0, now - row["seen"]),
        code_version=row["code_version"],
    )


def _version(
    row: Mapping[str, Any], promotions: tuple[PromotionSeen, ...], now: float
) -> VersionSeen:
    """A champion is one since it was promoted, a retired one since another took its place."""
    own = [
        each.at
        for each in promotions
        if (each.version if row["state"] == CHAMPION else each.previous) == row["name"]
    ]
    since = max([*own, float(row["created"])])
    return VersionSeen(
        name=row["name"],
        line=row["line"],
        state=row["state"],
        origin=row["origin"],
        weights_sha256=row["weights_sha256"],
        job=row["job"],
        since=since,
        age=max(0.0, now - since),
    )
