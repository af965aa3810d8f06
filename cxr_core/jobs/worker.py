"""A worker: takes one job at a time, runs it in a process of its own, and looks after it.

What can go wrong, and what then: the worker dies, and the kernel ends the job's process; its
lease runs out and another worker goes on. The worker is stopped for longer than its lease, and
wakes: its job is another's by now, and it ends its process without a word. The job's process
dies: the job is queued again, until it has been tried enough. It hangs: after `hung` seconds
without progress it is ended, as if it had died.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.errors import StorageError
from cxr_core.jobs.ballast import drop_ballast, take_ballast
from cxr_core.jobs.child import Child
from cxr_core.jobs.job import Claim, JobState, Progress, Pulse, Request
from cxr_core.jobs.messages import Said, understand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from cxr_core.jobs.queue import JobQueue
    from cxr_core.jobs.workers import WorkerCard, Workers

LOG_NAME = "log.txt"
_WANTED = {Request.CANCEL: JobState.CANCELLED, Request.PAUSE: JobState.PAUSED}


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between looks at a running job, heartbeats, looks for work, and signs of life.

    `hung` is how long a job may go on without saying that it got on.
    """

    look: float = 0.25
    beat: float = 10.0
    idle: float = 1.0
    hung: float = 1800.0


@dataclass(frozen=True, slots=True)
class Duties:
    """How a worker runs what it claims.

    `command` says what to run for a claim, `folder` where a job's files are, `environment` what
    the process gets on top of the worker's own. `at_once` jobs run on this machine at most,
    below everybody else's processes where they are to be `is_nice`.
    """

    command: Callable[[Claim], Sequence[str]]
    folder: Path
    environment: Mapping[str, str]
    at_once: int = 1
    rhythm: Rhythm = Rhythm()
    is_nice: bool = True


class Worker:
    """Works until `stopping` is set; then what runs is ended and put back."""

    def __init__(self, queue: JobQueue, workers: Workers, duties: Duties) -> None:
        self._queue = queue
        self._workers = workers
        self._duties = duties
        self.stopping = threading.Event()

    def run(self, *, until_idle: bool = False) -> None:
        """Work; with `until_idle`, only until nothing is left to do.

        A database that cannot be reached for a while is waited for.
        """
        card = self._workers.enter()
        take_ballast(self._duties.folder)
        try:
            while not self.stopping.is_set():
                try:
                    self._workers.seen(card)
                    claim = self._queue.claim(card.id, card.host, self._duties.at_once)
                except StorageError:
                    claim = None
                    if until_idle:
                        raise
                if claim is not None:
                    self._work(claim, card)
                elif until_idle:
                    return
                else:
                    self.stopping.wait(self._duties.rhythm.idle)
        finally:
            self._workers.leave(card)

    def _work(self, claim: Claim, card: WorkerCard) -> None:
        folder = self._duties.folder / claim.job.id
        try:
            folder.mkdir(parents=True, exist_ok=True)
            child = Child(
                self._duties.command(claim),
                folder / LOG_NAME,
                self._duties.environment,
                is_nice=self._duties.is_nice,
            )
        except OSError as error:
            words = f"The job cannot be started: {error.strerror or error}. Free some space."
            drop_ballast(self._duties.folder)
            self._queue.finish(claim, JobState.FAILED, words)
            return
        watch = _Watch(self._queue, claim, child, self._duties.rhythm)
        try:
            watch.run(lambda: self._workers.seen(card), self.stopping)
        finally:
            child.stop()
        self._settle(watch)

    def _settle(self, watch: _Watch) -> None:
        """Tell the queue how a job ended, as often as it takes: its disk may be full."""
        while True:
            try:
                watch.close(is_stopping=self.stopping.is_set())
            except StorageError:
                drop_ballast(self._duties.folder)
                if self.stopping.wait(self._duties.rhythm.idle):
                    return  # the lease runs out, and another worker finds the job
            else:
                return


class _Watch:
    """Looks after one job's process."""

    def __init__(self, queue: JobQueue, claim: Claim, child: Child, rhythm: Rhythm) -> None:
        self._queue = queue
        self._claim = claim
        self._child = child
        self._rhythm = rhythm
        self._said = Said()
        self._pulse = Pulse(is_held=True)
        self._is_hung = False
        self._kept = claim.job.progress.kept
        self._attempts = claim.job.attempts

    def run(self, live: Callable[[], None], stopping: threading.Event) -> None:
        """Return when the process has ended, or has to."""
        last, heard = time.monotonic(), time.monotonic()
        while not self._child.wait(self._rhythm.look) and not stopping.is_set():
            progress = self._listen()
            now = time.monotonic()
            if progress is not None:
                heard = now
            self._is_hung = now - heard > self._rhythm.hung
            try:
                if progress is not None or now - last >= self._rhythm.beat:
                    self._pulse = self._beat(progress)
                    last = now
                    live()
                else:
                    self._pulse = self._queue.look(self._claim)
            except StorageError:
                # The database may come back before the lease ends; afterwards the job is
                # another's, and the process finds that out by itself before it writes.
                continue
            if not self._pulse.is_held or self._pulse.request is not None or self._is_hung:
                return

    def close(self, *, is_stopping: bool) -> None:
        """Tell the queue how it ended."""
        progress = self._listen()
        if not self._pulse.is_held:
            return
        if progress is not None:
            self._beat(progress)
        if is_stopping and not self._is_settled():
            self._queue.put_back(self._claim)
            return
        state, error = self._outcome()
        self._queue.finish(self._claim, state, error, self._said.result)

    def _is_settled(self) -> bool:
        """True when it was over before it was ended."""
        said = self._said.result is not None or self._said.error is not None
        return said or self._pulse.request is not None

    def _outcome(self) -> tuple[JobState, str | None]:
        status = self._child.status
        if status == 0 and self._said.result is not None:
            return JobState.DONE, None
        if self._pulse.request is not None:
            return _WANTED[self._pulse.request], None
        if self._said.error is not None:
            return JobState.FAILED, self._said.error
        how = f"signal {-status}" if status < 0 else f"status {status}"
        words = f"went on without a sign of progress for {self._rhythm.hung / 60:.0f} minutes"
        told = words if self._is_hung else f"ended with {how}, perhaps for want of memory"
        if self._attempts >= self._claim.job.most_attempts:
            return JobState.FAILED, f"The job {told}. Look at the log, then try again."
        return JobState.QUEUED, None

    def _beat(self, progress: Progress | None) -> Pulse:
        if progress is None or progress.kept <= self._kept:
            return self._queue.beat(self._claim, progress)
        self._kept, self._attempts = progress.kept, 1
        return self._queue.beat(self._claim, progress, kept_more=True)

    def _listen(self) -> Progress | None:
        """Take in what the process said; return how far it is, where that is new."""
        progress = None
        for line in self._child.said():
            said = understand(line)
            if said.progress is not None:
                progress = said.progress
            elif said.result is not None or said.error is not None:
                self._said = said
        if progress is None:
            return None
        return replace(progress, numbers={**progress.numbers, **self._child.use()})
