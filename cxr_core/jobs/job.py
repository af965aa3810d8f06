"""What a job is, in frozen values. Nothing here touches the database or a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class JobState(StrEnum):
    """Where a job stands.

    queued -> running -> done, failed or cancelled; a running or queued one may be paused, and
    a paused one be queued again; a failed or cancelled one may be tried again.
    """

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        """True while something is still to come."""
        return self in {JobState.QUEUED, JobState.RUNNING, JobState.PAUSED}


class Request(StrEnum):
    """What somebody wants of a running job."""

    CANCEL = "cancel"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it is ordered.

    Of two active jobs with the same `key` only the first is made. `arguments` are plain values
    for the handler of `kind`; `title` is for people. Lower `priority` goes first.
    """

    kind: str
    title: str
    arguments: dict[str, Any]
    key: str | None = None
    priority: int = 5
    most_attempts: int = 5


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is.

    `stage` is words for people; `total` is 0 where it is not known; `seconds_left` None where
    it is not. `numbers` are plain values: films a second, processor share, memory in bytes.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    kept: int = 0
    numbers: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """What is done of the present stage, in [0, 1]."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    Times are seconds since 1970; `seconds` of work over all attempts. `attempts` counts those
    since it last kept something.
    """

    id: str
    kind: str
    key: str | None
    title: str
    arguments: dict[str, Any]
    state: JobState
    request: Request | None
    created: float
    created_by: str
    started: float | None
    finished: float | None
    attempts: int
    most_attempts: int
    owner: str | None
    seconds: float
    progress: Progress
    error: str | None
    result: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's hold on a job: good while the job's fence is this one, and the lease lasts."""

    job: Job
    fence: int
    owner: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the database answers to a heartbeat.

    `is_held` is False when somebody else owns the job by now, or nobody; `request` what people
    want of it.
    """

    is_held: bool
    request: Request | None = None
