"""Thresholds in words: what is in order, what to keep an eye on, what to act on, and how."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from cxr_core import __version__

if TYPE_CHECKING:
    from cxr_core.store.activity import Seen
    from cxr_core.use_cases.care.machine import Devices, DiskUse

ALIVE_SECONDS = 30.0  # workers speak every ten
_GONE_SECONDS = 3600.0  # a worker silent for so long was ended on purpose, or long mourned
_LEAST_SHARE, _LEAST_BYTES = 0.05, 2 * 2**30
_WATCH_SHARE, _WATCH_BYTES = 0.15, 10 * 2**30
_LONG_WAIT = 3600.0
_LEAST_MEMORY = 0.10
_GIGABYTE = 2**30


class Level(StrEnum):
    """How things stand: OK, WATCH (soon), ACT (now)."""

    OK = "ok"
    WATCH = "watch"
    ACT = "act"

    @property
    def rank(self) -> int:
        """0 for what cannot wait."""
        return (Level.ACT, Level.WATCH, Level.OK).index(self)


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at: how it stands, and `to_do`, "" where nothing is."""

    level: Level
    subject: str
    sentence: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The settings that can be at odds with the machine."""

    jobs: int
    threads: int
    is_embedded: bool


def remarks_on(
    disk: DiskUse, devices: Devices, seen: Seen | None, ordered: Ordered
) -> tuple[Remark, ...]:
    """Judge everything; the most urgent first. `seen` is None where no database answers."""
    found = [_disk(disk), _memory(devices), *_settings(devices, seen, ordered)]
    if seen is None:
        found.append(
            Remark(
                Level.ACT,
                "Database",
                "The database does not answer.",
                "Start it, or correct CXR_DATABASE_URL. Reading films goes on without it.",
            )
        )
    else:
        found += [_workers(seen), _failures(seen), _waiting(seen)]
    return tuple(sorted(found, key=lambda each: each.level.rank))


def amount(size: float) -> str:
    """Write bytes for people.

    >>> amount(512), amount(3 * 2**20), amount(2.5 * 2**30)
    ('1 kB', '3 MB', '2.5 GB')
    """
    if size >= _GIGABYTE:
        return f"{size / _GIGABYTE:,.1f} GB"
    if size >= 2**20:
        return f"{size / 2**20:.0f} MB"
    return f"{max(1, round(size / 1024)) if size else 0} kB"


def span(seconds: float) -> str:
    """Write a time for people.

    >>> span(1), span(59), span(600), span(7200), span(200_000)
    ('1 second', '59 seconds', '10 minutes', '2 hours', '2 days')
    """
    for unit, name in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= unit * (2 if unit > 60 else 1):
            count = int(seconds // unit)
            return f"{count} {name}{'' if count == 1 else 's'}"
    count = int(seconds)
    return f"{count} second{'' if count == 1 else 's'}"


def _disk(disk: DiskUse) -> Remark:
    left = f"{amount(disk.free)} of {amount(disk.total)} are free ({disk.free_share:.0%})."
    if disk.free < _LEAST_BYTES or disk.free_share < _LEAST_SHARE:
        todo = "Purge below, move backups elsewhere, or give the data folder a larger disk."
        return Remark(Level.ACT, "Disk", f"The disk is nearly full: {left}", todo)
    if disk.free < _WATCH_BYTES or disk.free_share < _WATCH_SHARE:
        todo = "See below what could be purged before the next training."
        return Remark(Level.WATCH, "Disk", f"The disk fills up: {left}", todo)
    return Remark(Level.OK, "Disk", left)


def _memory(devices: Devices) -> Remark:
    share = devices.memory_free / devices.memory if devices.memory else 1.0
    left = f"{amount(devices.memory_free)} of {amount(devices.memory)} are free."
    if share < _LEAST_MEMORY:
        todo = "Let fewer jobs run at once (CXR_JOBS), or pause one."
        return Remark(Level.WATCH, "Memory", f"Memory is short: {left}", todo)
    return Remark(Level.OK, "Memory", left)


def _workers(seen: Seen) -> Remark:
    alive = [each for each in seen.workers if each.silent < ALIVE_SECONDS]
    silent = [each for each in seen.workers if ALIVE_SECONDS <= each.silent < _GONE_SECONDS]
    if silent:
        worst = max(silent, key=lambda each: each.silent)
        is_missed = any(job.state in {"queued", "running"} for job in seen.jobs)
        return Remark(
            Level.ACT if is_missed and not alive else Level.WATCH,
            "Workers",
            f"The worker {worst.process} on {worst.host} has been silent for "
            f"{span(worst.silent)}; expected a word every ten seconds.",
            "Look whether that machine and process still run. Its job is taken up by another "
            "worker; start one with `python -m cxr_core worker`.",
        )
    if not alive:
        return Remark(
            Level.WATCH,
            "Workers",
            "No worker runs: trainings, curations and comparisons that are ordered would wait.",
            "Start one with `python -m cxr_core worker`, or set CXR_JOBS to 1 or more and "
            "start the server again.",
        )
    said = "1 worker is alive." if len(alive) == 1 else f"{len(alive)} workers are alive."
    return Remark(Level.OK, "Workers", said)


def _failures(seen: Seen) -> Remark:
    failed = seen.failed_recently()
    if not failed:
        return Remark(Level.OK, "Jobs", "No job failed in the last seven days.")
    newest = failed[0]
    count = "1 job" if len(failed) == 1 else f"{len(failed)} jobs"
    return Remark(
        Level.WATCH,
        "Jobs",
        f"{count} failed in the last seven days, the newest {span(newest.ended or 0.0)} ago: "
        f"{newest.title}. {newest.error}".rstrip(),
        "Open its log on the Retrain page, mend what it names, and try it again.",
    )


def _waiting(seen: Seen) -> Remark:
    waiting = [job for job in seen.jobs if job.state == "queued"]
    if not waiting:
        return Remark(Level.OK, "Queue", "No job waits.")
    oldest = max(job.waited for job in waiting)
    count = "1 job waits" if len(waiting) == 1 else f"{len(waiting)} jobs wait"
    told = f"{count}, the oldest for {span(oldest)}."
    if all(worker.silent >= ALIVE_SECONDS for worker in seen.workers):
        todo = "Start a worker: `python -m cxr_core worker`."
        return Remark(Level.ACT, "Queue", f"{told} No worker is alive.", todo)
    if oldest > _LONG_WAIT:
        todo = "Nothing, if a long training runs; else raise CXR_JOBS or start a worker."
        return Remark(Level.WATCH, "Queue", told, todo)
    return Remark(Level.OK, "Queue", told)


def _settings(devices: Devices, seen: Seen | None, ordered: Ordered) -> list[Remark]:
    found = []
    if ordered.jobs > devices.cores:
        told = f"CXR_JOBS is {ordered.jobs}; this machine has {devices.cores} cores."
        todo = "Set CXR_JOBS to fewer, or reading films slows down."
        found.append(Remark(Level.WATCH, "Settings", told, todo))
    if ordered.threads > devices.cores:
        told = f"CXR_THREADS is {ordered.threads}; this machine has {devices.cores} cores."
        found.append(Remark(Level.WATCH, "Settings", told, "Set CXR_THREADS to 0: all cores."))
    workers = seen.workers if seen is not None else ()
    alive = [each for each in workers if each.silent < ALIVE_SECONDS]
    hosts = sorted({each.host for each in alive})
    if ordered.is_embedded and len(hosts) > 1:
        told = f"Workers on {', '.join(hosts)} share one embedded database."
        todo = "Use PostgreSQL (CXR_DATABASE_URL): SQLite is not safe over a network."
        found.append(Remark(Level.ACT, "Settings", told, todo))
    others = sorted({each.code_version for each in alive} - {__version__})
    if others:
        told = f"A worker runs version {', '.join(others)}; this is {__version__}."
        found.append(Remark(Level.WATCH, "Settings", told, "Restart it with this version."))
    return found or [Remark(Level.OK, "Settings", "The settings agree with the machine.")]
