"""Rows of the jobs table as frozen values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import sqlalchemy as sa

from cxr_core.errors import DataError
from cxr_core.jobs.job import Job, JobState, Progress, Request
from cxr_core.store.tables import JOBS

if TYPE_CHECKING:
    from collections.abc import Sequence

ACTIVE = tuple(state.value for state in JobState if state.is_active)


def read_job(connection: sa.Connection, number: str) -> Job:
    """Return a job.

    Raises
    ------
    DataError
        When there is none of that number.
    """
    row = connection.execute(sa.select(JOBS).where(JOBS.c.id == number)).mappings().first()
    if row is None:
        raise DataError(f"There is no job {number!r}. Look at the list of jobs.")
    return job_of(row)


def read_jobs(connection: sa.Connection, most: int, kinds: Sequence[str]) -> list[Job]:
    """Return jobs, active ones first, then the newest; of all kinds when none is named."""
    is_over = sa.case((JOBS.c.state.in_(ACTIVE), 0), else_=1)
    wanted = sa.select(JOBS).order_by(is_over, JOBS.c.created.desc()).limit(most)
    if kinds:
        wanted = wanted.where(JOBS.c.kind.in_(kinds))
    return [job_of(row) for row in connection.execute(wanted).mappings()]


def job_of(row: sa.RowMapping) -> Job:
    """Turn a row into a job."""
    fields = {name: row[name] for name in ("id", "kind", "key", "title", "created", "error")}
    fields |= {name: row[name] for name in ("created_by", "started", "finished", "attempts")}
    return Job(
        **fields,
        arguments=json.loads(row["arguments"]),
        state=JobState(row["state"]),
        request=Request(row["request"]) if row["request"] else None,
        most_attempts=row["most_attempts"],
        owner=row["owner"],
        seconds=row["seconds"],
        progress=Progress(**json.loads(row["progress"])) if row["progress"] else Progress(),
        result=json.loads(row["result"]) if row["result"] else None,
    )
