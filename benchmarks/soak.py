"""What survives when processes are killed again and again.

    python -m benchmarks.soak --jobs

kills (SIGKILL) the worker of a training at `--count` random moments, each time starting
another that goes on, and compares the weights at the end with those of a training that nobody
disturbed; then kills a process that promotes and rolls back `--promotions` times, and looks
after each whether there is one valid champion a line and nothing half done; then fills a small
disk under a training and looks whether it fails with a sentence, loses nothing, and goes on
when there is room. `--database` takes a PostgreSQL address with `{name}` for the name of an
empty database; the default is SQLite. The last line is JSON; the exit status is 1 when anything
was not as it must be. Filling a disk needs the right to mount one, and is skipped without.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import promotion_kills
from cxr_core.jobs.job import JobState
from tests.jobs.full_disk import can_mount, fail_on_a_full_disk
from tests.jobs.soaking import RUN, killed_after, order, state_of, work_until_done
from tests.training.killing import Plan, has_the_same_end, train_undisturbed


def main() -> None:
    """Kill, fill, compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--jobs", action="store_true", help="jobs and promotions")
    parser.add_argument("--count", type=int, default=20, help="kills of workers (20)")
    parser.add_argument("--promotions", type=int, default=200, help="kills of promoters (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (0)")
    parser.add_argument("--films", type=int, default=600, help="films drawn (600)")
    parser.add_argument("--epochs", type=int, default=4, help="of each stage (4)")
    parser.add_argument("--database", help="address of empty databases, {name} in it")
    options = parser.parse_args()
    if not options.jobs:
        parser.error("say what to soak: --jobs")
    told: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        told["workers"] = kill_workers(Path(place), options)
        told["promotions"] = kill_promoters(options)
        told["full_disk"] = fill_disk()
    print(json.dumps(told))
    sys.exit(0 if all(part.get("is_whole", True) for part in told.values()) else 1)


def kill_workers(place: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Kill the workers of trainings; whether each training ended as an undisturbed one."""
    plan = Plan(options.films, options.epochs)
    seconds = train_undisturbed(place / "undisturbed", plan).seconds
    print(f"undisturbed: {seconds:.1f} s", flush=True)
    random = np.random.default_rng(options.seed)
    url = _address(options, place, "soak_jobs")
    same, spent, began = [], 0, time.monotonic()
    while spent < options.count:
        job = order(url)
        while spent < options.count and state_of(url, job.id).state.is_active:
            kill = killed_after(url, place, plan, job.id, random.uniform(0, seconds / 3))
            spent += 1
            print(f"kill {spent:3d}: {kill.moment}", flush=True)
        over = work_until_done(url, place, plan, job.id)
        is_same = over.state is JobState.DONE and has_the_same_end(
            place / "undisturbed", place / job.id / RUN
        )
        print(f"training {len(same) + 1}: {over.state}, same bits: {is_same}", flush=True)
        same.append(is_same)
    minutes = round((time.monotonic() - began) / 60, 1)
    return {
        "kills": spent,
        "trainings": len(same),
        "identical": sum(same),
        "minutes": minutes,
        "is_whole": all(same),
    }


def kill_promoters(options: argparse.Namespace) -> dict[str, Any]:
    """Kill whoever changes champions."""
    if not options.promotions:
        return {}
    address = options.database and options.database.format(name="soak_promotions")
    found = promotion_kills.run(options.promotions, options.seed, address, print)
    for fault in found.faults:
        print(fault)
    return {"kills": found.kills, "changes": found.deeds, "is_whole": not found.faults}


def fill_disk() -> dict[str, Any]:
    """Fill the disk under a training."""
    if not can_mount():
        return {"skipped": "this user may not mount a disk"}
    outcome = fail_on_a_full_disk()
    print(outcome.error)
    return {"error": outcome.error, "is_whole": outcome.has_recovered}


def _address(options: argparse.Namespace, place: Path, name: str) -> str:
    if options.database:
        return str(options.database.format(name=name))
    return f"sqlite:///{place / name}.db"


if __name__ == "__main__":
    main()
