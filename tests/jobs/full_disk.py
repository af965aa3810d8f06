"""A training whose disk is too small: what it says, what it keeps, and how it goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.jobs.job import JobState
from cxr_core.jobs.queue import JobQueue
from cxr_core.store.database import open_database
from tests.jobs.soaking import LEASE, RUN, order, state_of, work_until_done
from tests.training.killing import Plan, has_the_same_end, train_undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = Plan(films=60, epochs=1)
_MEGABYTES = 96
# Less than a checkpoint of the network that is trained.
_LEFT = 6 * 2**20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the job said, and whether it then ended as one that had room all along."""

    error: str
    has_recovered: bool


def can_mount() -> bool:
    """Tell whether this user may make a disk of memory."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with small_disk(Path(folder), 1):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mount a disk of memory."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def fail_on_a_full_disk() -> Outcome:
    """Train on a disk that has no room for a checkpoint, then make room and try again."""
    with tempfile.TemporaryDirectory() as place:
        whole, disk = Path(place) / "undisturbed", Path(place) / "disk"
        train_undisturbed(whole, PLAN)
        disk.mkdir()
        with small_disk(disk, _MEGABYTES):
            return _fail_and_recover(whole, disk)


def _fail_and_recover(whole: Path, disk: Path) -> Outcome:
    url = f"sqlite:///{disk / 'cxr.db'}"
    job = order(url)
    filler = disk / "filler"
    fill(filler, shutil.disk_usage(disk).free - _LEFT)
    failed = work_until_done(url, disk, PLAN, job.id)
    if failed.state is not JobState.FAILED or not failed.error:
        return Outcome(f"The job is {failed.state}: {failed.error}", has_recovered=False)
    filler.unlink()
    database = open_database(url)
    JobQueue(database, LEASE).again(job.id, "soak")
    database.close()
    work_until_done(url, disk, PLAN, job.id)
    is_done = state_of(url, job.id).state is JobState.DONE
    recovered = is_done and has_the_same_end(whole, disk / job.id / RUN)
    return Outcome(failed.error, recovered)


def fill(path: Path, size: int) -> None:
    """Take so many bytes of a disk."""
    with path.open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, max(size, 1))
