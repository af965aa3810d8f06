"""Workers that are killed while they train, and others that go on, until the job is done.

    python -m tests.jobs.soaking worker URL FOLDER --films 60 --epochs 2

is a worker whose jobs are small trainings on drawn films; `run` is what it starts for each.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.jobs.job import Claim, NewJob, Progress
from cxr_core.jobs.performing import perform
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.worker import Duties, Rhythm, Worker
from cxr_core.jobs.workers import Workers
from cxr_core.store.database import open_database
from cxr_core.training.events import EpochResult, Event, StepEvent
from cxr_core.training.run_folder import RunFolder
from tests.training.drawn import drawn_collection
from tests.training.killing import Plan, recipe_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cxr_core.jobs.desk import Desk
    from cxr_core.jobs.job import Job

LEASE = 2.0
RUN = "run"
_ROOT = Path(__file__).resolve().parents[2]
_RHYTHM = Rhythm(look=0.05, beat=0.3, idle=0.1)
_LONGEST = 900.0


@dataclass(frozen=True, slots=True)
class WorkerKill:
    """One SIGKILL of a worker: what its job had said last."""

    moment: str


def order(url: str) -> Job:
    """Queue one training."""
    database = open_database(url)
    job, _ = JobQueue(database, LEASE).enqueue(NewJob("train", "Train", {}), "soak")
    database.close()
    return job


def state_of(url: str, number: str) -> Job:
    """Look a job up."""
    database = open_database(url)
    job = JobQueue(database, LEASE).job(number)
    database.close()
    return job


@contextlib.contextmanager
def working(url: str, folder: Path, plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own; killed at the end, if it lives."""
    words = ["worker", url, str(folder), "--films", str(plan.films)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.soaking", *words, "--epochs", str(plan.epochs)],
        cwd=_ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def killed_after(url: str, folder: Path, plan: Plan, number: str, seconds: float) -> WorkerKill:
    """Let a worker train for so long after its job has said something, and kill it."""
    with working(url, folder, plan) as worker:
        before = state_of(url, number).progress
        deadline = time.monotonic() + _LONGEST
        while (job := state_of(url, number)).progress == before and job.state.is_active:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(seconds)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    return WorkerKill(state_of(url, number).progress.stage)


def work_until_done(url: str, folder: Path, plan: Plan, number: str) -> Job:
    """Let a worker finish a job, whoever was killed before."""
    deadline = time.monotonic() + _LONGEST
    with working(url, folder, plan):
        while (job := state_of(url, number)).state.is_active:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return job


def _work(options: argparse.Namespace) -> None:
    database = open_database(options.url)

    def command(claim: Claim) -> list[str]:
        words = ["run", options.url, str(options.folder), "--films", str(options.films)]
        words += ["--epochs", str(options.epochs), "--job", claim.job.id]
        words += ["--fence", str(claim.fence)]
        return [sys.executable, "-m", "tests.jobs.soaking", *words]

    duties = Duties(
        command, options.folder, {"PYTHONPATH": str(_ROOT)}, rhythm=_RHYTHM, is_nice=False
    )
    Worker(JobQueue(database, LEASE), Workers(database), duties).run()


def _run(options: argparse.Namespace) -> None:
    from cxr_core.inference.runtime import start_backend
    from cxr_core.training.engine import Trainer

    start_backend(0)
    queue = JobQueue(open_database(options.url), LEASE)
    job = queue.job(options.job)
    plan = Plan(options.films, options.epochs)

    def work(desk: Desk) -> dict[str, Any]:
        run = RunFolder(desk.folder / RUN, desk.check)
        hear = partial(_hear, desk)
        Trainer(recipe_of(plan), drawn_collection(plan.films), run, hear).run(resume=True)
        return {}

    claim = Claim(job, options.fence, job.owner or "")
    sys.exit(perform(work, queue, claim, options.folder / job.id))


def _hear(desk: Desk, event: Event) -> None:
    match event:
        case StepEvent():
            words = f"epoch {event.epoch}, step {event.step}"
            desk.progress(Progress(words, event.step, event.steps, kept=event.epoch - 1))
        case EpochResult():
            desk.progress(Progress(f"after epoch {event.epoch}", 1, 1, kept=event.epoch))
        case _:
            desk.progress(Progress(type(event).__name__))


def main() -> None:
    """Be a worker, or what it starts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("worker", "run"))
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--job")
    parser.add_argument("--fence", type=int)
    options = parser.parse_args()
    if options.part == "worker":
        _work(options)
    else:
        _run(options)


if __name__ == "__main__":
    main()
