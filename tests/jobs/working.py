"""A worker of the tests in a process of its own, with short leases."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.worker import Duties, Rhythm, Worker
from cxr_core.jobs.workers import Workers
from cxr_core.store.database import open_database

if TYPE_CHECKING:
    from cxr_core.jobs.job import Claim
    from cxr_core.store.database import Database

LEASE = 1.5
ROOT = Path(__file__).resolve().parents[2]
RHYTHM = Rhythm(look=0.05, beat=0.2, idle=0.1, hung=60.0)


def worker_on(database: Database, folder: Path, rhythm: Rhythm = RHYTHM) -> Worker:
    def command(claim: Claim) -> list[str]:
        told = claim.job.arguments
        script = str(Path(__file__).with_name("counting.py"))
        words = [str(told["to"]), told.get("word", ""), str(told.get("seconds", 0.0))]
        return [sys.executable, script, str(folder / claim.job.id), *words]

    duties = Duties(command, folder, {"PYTHONPATH": str(ROOT)}, rhythm=rhythm, is_nice=False)
    return Worker(JobQueue(database, LEASE), Workers(database), duties)


if __name__ == "__main__":
    opened = open_database(sys.argv[1])
    worker_on(opened, Path(sys.argv[2])).run(until_idle=sys.argv[3:] == ["until-idle"])
    opened.close()
