"""The queue: one table, with a lease, a heartbeat and a fence on every running job.

A worker that dies stops renewing its lease, and the next claim takes its jobs up again. The
fence grows with every owner, and every write of an owner says which fence it holds: whoever
was thought dead and was not changes nothing. Each claim begins with a write to one row, which
puts claimers in a line on SQLite as on PostgreSQL. All times are the database's own.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.errors import DataError
from cxr_core.jobs.job import Claim, Job, JobState, NewJob, Progress, Pulse, Request
from cxr_core.jobs.rows import ACTIVE, job_of, read_job, read_jobs
from cxr_core.store.audit_log import append_audit
from cxr_core.store.tables import JOBS, QUEUES, WORKERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cxr_core.store.database import Database

LEASE_SECONDS = 60.0
_QUEUE = "work"


class JobQueue:
    """The jobs of a database; `lease` in seconds is how long a silent worker is waited for."""

    def __init__(self, database: Database, lease: float = LEASE_SECONDS) -> None:
        self._database = database
        self._lease = lease

    def enqueue(self, new: NewJob, by: str) -> tuple[Job, bool]:
        """Put a job in; return it, or the active one of the same key, and whether it is new."""
        with self._database.transaction() as connection:
            self._line_up(connection)
            if new.key is not None:
                twin = sa.select(JOBS).where(JOBS.c.key == new.key, JOBS.c.state.in_(ACTIVE))
                if found := connection.execute(twin).mappings().first():
                    return job_of(found), False
            row = self._row(connection, new, by)
            connection.execute(sa.insert(JOBS).values(**row))
            append_audit(connection, by, "job.ordered", row["id"], {"kind": new.kind})
            return read_job(connection, row["id"]), True

    def _row(self, connection: sa.Connection, new: NewJob, by: str) -> dict[str, Any]:
        return {
            "id": uuid.uuid4().hex[:12],
            "queue": _QUEUE,
            "kind": new.kind,
            "key": new.key,
            "title": new.title,
            "arguments": json.dumps(new.arguments, sort_keys=True),
            "state": JobState.QUEUED.value,
            "priority": new.priority,
            "created": self._database.now(connection),
            "created_by": by,
            "fence": 0,
            "attempts": 0,
            "most_attempts": new.most_attempts,
            "seconds": 0.0,
        }

    def claim(self, owner: str, host: str, at_once: int = 1) -> Claim | None:
        """Take the next job, unless this host has `at_once` of them running already."""
        with self._database.transaction() as connection:
            self._line_up(connection)
            now = self._database.now(connection)
            self._take_back(connection, now)
            busy = (
                sa.select(sa.func.count())
                .select_from(JOBS.join(WORKERS, WORKERS.c.id == JOBS.c.owner))
                .where(JOBS.c.state == JobState.RUNNING.value, WORKERS.c.host == host)
            )
            if connection.execute(busy).scalar_one() >= at_once:
                return None
            following = (
                sa.select(JOBS.c.id)
                .where(JOBS.c.queue == _QUEUE, JOBS.c.state == JobState.QUEUED.value)
                .order_by(JOBS.c.priority, JOBS.c.created)
                .limit(1)
            )
            number = connection.execute(following).scalar()
            return None if number is None else self._hold(connection, number, owner, now)

    def _hold(self, connection: sa.Connection, number: str, owner: str, now: float) -> Claim:
        taken = (
            sa.update(JOBS)
            .where(JOBS.c.id == number)
            .values(
                state=JobState.RUNNING.value,
                owner=owner,
                fence=JOBS.c.fence + 1,
                attempts=JOBS.c.attempts + 1,
                lease_until=now + self._lease,
                started=now,
                finished=None,
                progress_at=now,
                error=None,
            )
            .returning(JOBS.c.fence)
        )
        fence = int(connection.execute(taken).scalar_one())
        return Claim(read_job(connection, number), fence, owner)

    def _take_back(self, connection: sa.Connection, now: float) -> None:
        """Put back what silent workers left, or end it where it has been tried enough."""
        left = sa.select(JOBS).where(
            JOBS.c.state == JobState.RUNNING.value, JOBS.c.lease_until < now
        )
        for row in connection.execute(left).mappings().all():
            state, error = JobState.QUEUED, None
            if row["request"] == Request.CANCEL.value:
                state = JobState.CANCELLED
            elif row["request"] == Request.PAUSE.value:
                state = JobState.PAUSED
            elif row["attempts"] >= row["most_attempts"]:
                state = JobState.FAILED
                error = (
                    f"Its worker died {row['attempts']} times in a row, perhaps for want of "
                    "memory. Look at the log, then try again."
                )
            self._leave(connection, dict(row), state, now, error)
            append_audit(
                connection, "worker", f"job.{state.value}", row["id"], {"left_by": row["owner"]}
            )

    def _leave(
        self,
        connection: sa.Connection,
        row: Mapping[str, Any],
        state: JobState,
        now: float,
        error: str | None = None,
    ) -> None:
        ended = min(now, row["lease_until"] or now)
        connection.execute(
            sa.update(JOBS)
            .where(JOBS.c.id == row["id"])
            .values(
                state=state.value,
                owner=None,
                lease_until=None,
                request=None,
                finished=None if state.is_active else now,
                seconds=JOBS.c.seconds + max(0.0, ended - (row["started"] or ended)),
                error=error,
            )
        )

    def beat(
        self, claim: Claim, progress: Progress | None = None, *, kept_more: bool = False
    ) -> Pulse:
        """Renew the lease, tell how far the job is, and hear what people want of it.

        What has `kept_more` than before starts counting its attempts anew.
        """
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            values: dict[str, Any] = {"lease_until": now + self._lease}
            if progress is not None:
                values |= {"progress": json.dumps(asdict(progress)), "progress_at": now}
            if kept_more:
                values["attempts"] = 1
            renewed = (
                sa.update(JOBS)
                .where(*_held(claim))
                .values(**values)
                .returning(JOBS.c.request, JOBS.c.id)
            )
            row = connection.execute(renewed).first()
        if row is None:
            return Pulse(is_held=False)
        return Pulse(is_held=True, request=Request(row[0]) if row[0] else None)

    def look(self, claim: Claim) -> Pulse:
        """Ask, without writing, whether a claim still holds and what people want."""
        with self._database.transaction() as connection:
            found = connection.execute(sa.select(JOBS.c.request).where(*_held(claim))).first()
        if found is None:
            return Pulse(is_held=False)
        return Pulse(is_held=True, request=Request(found[0]) if found[0] else None)

    def put_back(self, claim: Claim) -> bool:
        """Queue a job again as if it had not been tried, since its worker has to stop."""
        with self._database.transaction() as connection:
            untried = sa.update(JOBS).where(*_held(claim))
            connection.execute(untried.values(attempts=JOBS.c.attempts - 1))
        return self.finish(claim, JobState.QUEUED)

    def finish(
        self,
        claim: Claim,
        state: JobState,
        error: str | None = None,
        result: dict[str, Any] | None = None,
    ) -> bool:
        """End a claim, or queue the job again; say whether it was still held."""
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            row = connection.execute(sa.select(JOBS).where(*_held(claim))).mappings().first()
            if row is None:
                return False
            self._leave(connection, dict(row), state, now, error)
            if result is not None:
                told = sa.update(JOBS).where(JOBS.c.id == claim.job.id)
                connection.execute(told.values(result=json.dumps(result)))
            if state is not JobState.QUEUED:
                append_audit(connection, "worker", f"job.{state.value}", claim.job.id)
            return True

    def ask(self, number: str, request: Request, by: str) -> Job:
        """Cancel or pause a job: at once while it waits, by its worker while it runs.

        Asking for what has ended changes nothing.
        """
        with self._database.transaction() as connection:
            self._line_up(connection)
            job = read_job(connection, number)
            row = sa.update(JOBS).where(JOBS.c.id == number)
            if job.state is JobState.RUNNING:
                if job.request is not Request.CANCEL:  # a pause does not undo it
                    connection.execute(row.values(request=request.value))
            elif job.state.is_active:
                state = JobState.CANCELLED if request is Request.CANCEL else JobState.PAUSED
                now = self._database.now(connection)
                ended = None if state.is_active else now
                connection.execute(row.values(state=state.value, finished=ended))
            else:
                return job
            append_audit(connection, by, f"job.{request.value}", number)
            return read_job(connection, number)

    def again(self, number: str, by: str) -> Job:
        """Queue a paused, failed or cancelled job: it goes on from what it has on disk.

        Raises
        ------
        DataError
            When another active job has its key.
        """
        with self._database.transaction() as connection:
            self._line_up(connection)
            job = read_job(connection, number)
            if job.state in {JobState.QUEUED, JobState.RUNNING, JobState.DONE}:
                return job
            if job.key is not None:
                twin = sa.select(JOBS.c.title).where(
                    JOBS.c.key == job.key, JOBS.c.state.in_(ACTIVE), JOBS.c.id != number
                )
                if other := connection.execute(twin).scalar():
                    raise DataError(
                        f"{other} is under way already; expected one of a kind at a time. "
                        "Wait for it, or cancel it."
                    )
            connection.execute(
                sa.update(JOBS)
                .where(JOBS.c.id == number)
                .values(state=JobState.QUEUED.value, attempts=0, error=None, finished=None)
            )
            append_audit(connection, by, "job.queued", number)
            return read_job(connection, number)

    def job(self, number: str) -> Job:
        """Return a job.

        Raises
        ------
        DataError
            When there is none of that number.
        """
        with self._database.transaction() as connection:
            return read_job(connection, number)

    def jobs(self, most: int = 50, kinds: Sequence[str] = ()) -> list[Job]:
        """Return jobs, active ones first, then the newest."""
        with self._database.transaction() as connection:
            return read_jobs(connection, most, kinds)

    def _line_up(self, connection: sa.Connection) -> None:
        """Wait for whoever claims or orders at this moment."""
        tick = sa.update(QUEUES).where(QUEUES.c.name == _QUEUE)
        connection.execute(tick.values(tick=QUEUES.c.tick + 1))


def _held(claim: Claim) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        JOBS.c.id == claim.job.id,
        JOBS.c.fence == claim.fence,
        JOBS.c.state == JobState.RUNNING.value,
    )
