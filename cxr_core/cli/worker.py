"""`worker` and `run-job`: long work outside the web process."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Any

from cxr_core.cli.training_bar import cancel_promptly
from cxr_core.errors import DataError
from cxr_core.jobs.job import Claim
from cxr_core.jobs.performing import perform
from cxr_core.jobs.queue import LEASE_SECONDS, JobQueue
from cxr_core.jobs.worker import Duties, Rhythm, Worker
from cxr_core.jobs.workers import Workers
from cxr_core.services import build_services
from cxr_core.use_cases.work.job_handlers import handlers_for

if TYPE_CHECKING:
    import argparse
    from types import FrameType

    from cxr_core.jobs.desk import Desk
    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "worker",
        help="take jobs from the queue and run them",
        description="Take jobs from the queue, one at a time, each in a process of its own. "
        "The app starts workers by itself; start more by hand where more machines share the "
        "database and the data folder. SIGTERM ends it; what runs is put back.",
        epilog="example: python -m cxr_core worker --until-idle",
    )
    parser.add_argument(
        "--until-idle", action="store_true", help="end when nothing is left to do"
    )
    parser.add_argument(
        "--lease",
        type=float,
        default=LEASE_SECONDS,
        metavar="SECONDS",
        help=f"how long a silent worker is waited for ({LEASE_SECONDS:.0f})",
    )
    parser.set_defaults(run=run_worker)
    job = commands.add_parser(
        "run-job",
        help="what a worker starts for one job",
        description="Run one job that a worker holds. Not for people: without the worker's "
        "claim it ends at once.",
        epilog="example: python -m cxr_core run-job 3f2a9c001b7d 2",
    )
    job.add_argument("job", metavar="JOB")
    job.add_argument("fence", type=int, metavar="FENCE")
    job.set_defaults(run=run_job)


def run_worker(options: argparse.Namespace, settings: Settings) -> int:
    """Work until told to stop."""
    database = build_services(settings).database()
    duties = Duties(
        command=_command,
        folder=settings.jobs_dir,
        environment={"CXR_DATA_DIR": str(settings.data_dir.absolute())},
        at_once=max(1, settings.jobs),
        rhythm=Rhythm(beat=options.lease / 6),
        is_nice=settings.jobs_give_way,
    )
    worker = Worker(JobQueue(database, options.lease), Workers(database), duties)

    def stop(number: int, frame: FrameType | None) -> None:
        worker.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    worker.run(until_idle=options.until_idle)
    return 0


def _command(claim: Claim) -> list[str]:
    return [sys.executable, "-m", "cxr_core", "run-job", claim.job.id, str(claim.fence)]


def run_job(options: argparse.Namespace, settings: Settings) -> int:
    """Run a job's handler; its worker hears how far it is and how it ended."""
    services = build_services(settings)
    queue = JobQueue(services.database())
    job = queue.job(options.job)
    claim = Claim(job, options.fence, job.owner or "")

    def work(desk: Desk) -> dict[str, Any]:
        handlers = handlers_for(services.workplace())
        if job.kind not in handlers:
            raise DataError(f"This program knows no job of the kind {job.kind!r}. Update it.")
        return handlers[job.kind](job.arguments, desk)

    with cancel_promptly():
        return perform(work, queue, claim, settings.jobs_dir / job.id)
