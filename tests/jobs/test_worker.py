"""Workers as real processes: what they run, end, take over, and never leave behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cxr_core.jobs.child import Child
from cxr_core.jobs.job import JobState, NewJob, Request
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.worker import Rhythm
from tests.jobs.working import LEASE, ROOT, worker_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.jobs.job import Job
    from cxr_core.store.database import Database

PATIENCE = 60.0


@pytest.fixture
def queue(database: Database) -> JobQueue:
    return JobQueue(database, LEASE)


def counting(to: int = 3, word: str = "", seconds: float = 0.0, attempts: int = 5) -> NewJob:
    arguments = {"to": to, "word": word, "seconds": seconds}
    return NewJob("count", "Count", arguments, most_attempts=attempts)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_alive(process: int) -> bool:
    """A process that has ended and that nobody has asked about yet is not alive."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def number_in(path: Path) -> int:
    wait_until(lambda: path.is_file() and path.read_text().isdecimal())
    return int(path.read_text())


@contextlib.contextmanager
def working(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; what is left of it is killed at the end."""
    script = Path(__file__).with_name("working.py")
    process = subprocess.Popen(
        [sys.executable, str(script), url, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def working_here(database: Database, folder: Path, rhythm: Rhythm) -> Iterator[None]:
    worker = worker_on(database, folder, rhythm)
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stopping.set()
        thread.join()


def done(database: Database, folder: Path, new: NewJob) -> Job:
    """Order a job, work until nothing is left, and return what became of it."""
    queue = JobQueue(database, LEASE)
    job, _ = queue.enqueue(new, "ada")
    worker_on(database, folder).run(until_idle=True)
    return queue.job(job.id)


def test_a_job_is_run_and_its_progress_and_result_are_told(
    database: Database, tmp_path: Path
) -> None:
    over = done(database, tmp_path, counting())
    assert (over.state, over.result) == (JobState.DONE, {"counted": 3})
    assert (over.progress.stage, over.progress.done, over.attempts) == ("Counting", 3, 1)


def test_a_job_that_refuses_fails_with_its_own_sentence(
    database: Database, tmp_path: Path
) -> None:
    over = done(database, tmp_path, counting(word="refuse"))
    assert (over.state, over.error) == (JobState.FAILED, "There is nothing to count.")


def test_a_job_that_dies_is_tried_again_and_goes_on_where_it_stood(
    database: Database, tmp_path: Path
) -> None:
    over = done(database, tmp_path, counting(to=4, word="die", attempts=2))
    assert (over.state, over.result) == (JobState.DONE, {"counted": 4})
    assert (tmp_path / over.id / "counted.txt").read_text() == "0\n1\n2\n3\n"


def test_a_job_that_hangs_is_ended(database: Database, tmp_path: Path) -> None:
    queue = JobQueue(database, LEASE)
    job, _ = queue.enqueue(counting(word="hang", attempts=1), "ada")
    with working_here(database, tmp_path, Rhythm(0.05, 0.2, 0.1, hung=0.5)):
        wait_until(lambda: queue.job(job.id).state is JobState.FAILED)
    assert "without a sign of progress" in str(queue.job(job.id).error)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("request_", list(Request))
def test_a_running_job_and_all_that_it_started_end_when_asked(
    database: Database, tmp_path: Path, request_: Request
) -> None:
    queue = JobQueue(database, LEASE)
    job, _ = queue.enqueue(counting(word="child"), "ada")
    with working_here(database, tmp_path, Rhythm(0.05, 0.2, 0.1)):
        child = number_in(tmp_path / job.id / "child.txt")
        queue.ask(job.id, request_, "ada")
        wait_until(lambda: queue.job(job.id).state is not JobState.RUNNING)
        assert not is_alive(child)
    wanted = {Request.CANCEL: JobState.CANCELLED, Request.PAUSE: JobState.PAUSED}
    assert queue.job(job.id).state is wanted[request_]


def test_a_killed_worker_takes_its_job_with_it_and_another_goes_on(
    database: Database, database_url: str, tmp_path: Path, queue: JobQueue
) -> None:
    job, _ = queue.enqueue(counting(to=8, seconds=0.3), "ada")
    with working(database_url, tmp_path) as first:
        process = number_in(tmp_path / job.id / "process.txt")
        wait_until(lambda: queue.job(job.id).progress.done >= 2)
        first.kill()
        first.wait()
        wait_until(lambda: not is_alive(process))
    with working(database_url, tmp_path):
        wait_until(lambda: queue.job(job.id).state is JobState.DONE)
    assert queue.job(job.id).result == {"counted": 8}
    lines = (tmp_path / job.id / "counted.txt").read_text().splitlines()
    assert lines == [str(number) for number in range(8)]


def test_a_worker_that_sleeps_through_its_lease_does_nothing_when_it_wakes(
    database: Database, database_url: str, tmp_path: Path, queue: JobQueue
) -> None:
    job, _ = queue.enqueue(counting(to=1, word="hang"), "ada")
    with working(database_url, tmp_path) as sleeper:
        process = number_in(tmp_path / job.id / "process.txt")
        wait_until(lambda: queue.job(job.id).progress.done == 1)
        sleeper.send_signal(signal.SIGSTOP)
        time.sleep(LEASE + 0.5)
        with working(database_url, tmp_path):
            wait_until(lambda: queue.job(job.id).state is JobState.DONE)
        sleeper.send_signal(signal.SIGCONT)
        wait_until(lambda: not is_alive(process))
    assert queue.job(job.id).result == {"counted": 1}


def test_a_worker_that_is_asked_to_stop_puts_its_job_back(
    database: Database, tmp_path: Path, queue: JobQueue
) -> None:
    job, _ = queue.enqueue(counting(to=2, word="hang"), "ada")
    with working_here(database, tmp_path, Rhythm(0.05, 0.2, 0.1)):
        wait_until(lambda: queue.job(job.id).progress.done == 1)
    found = queue.job(job.id)
    assert (found.state, found.owner, found.error) == (JobState.QUEUED, None, None)


def test_two_workers_share_the_work(
    database: Database, database_url: str, tmp_path: Path, queue: JobQueue
) -> None:
    """At most one at a time on one machine, whoever does it."""
    jobs = [queue.enqueue(counting(to=2, seconds=0.05), "ada")[0] for _ in range(4)]
    at_once: list[list[Job]] = []

    def are_done() -> bool:
        found = queue.jobs()
        at_once.append([each for each in found if each.state is JobState.RUNNING])
        return len(jobs) == sum(each.state is JobState.DONE for each in found)

    with working(database_url, tmp_path), working(database_url, tmp_path):
        wait_until(are_done)
    most = max(at_once, key=len)
    assert len(most) == 1, most


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="Linux only")
def test_a_job_gives_way_to_all_others_and_a_worker_does_not(tmp_path: Path) -> None:
    manners = {}
    for is_nice in (True, False):
        command = [
            sys.executable,
            "-c",
            "import time; print('here', flush=True); time.sleep(60)",
        ]
        child = Child(command, tmp_path / "log.txt", {}, is_nice=is_nice)
        wait_until(lambda child=child: bool(child.said()))
        manners[is_nice] = os.sched_getscheduler(child.process)
        child.stop()
        assert not is_alive(child.process)
    assert manners == {True: os.SCHED_IDLE, False: os.SCHED_OTHER}
