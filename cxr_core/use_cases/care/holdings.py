"""Everything under the data folder that takes room: may it go, and if not, why not."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.registry.manifest import MANIFEST_NAME
from cxr_core.use_cases.care.retention_rules import VersionFacts, fates, named_in, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.store.activity import JobSeen, Seen

VERSION, JOB, RUN, ANSWERS = "version", "job", "run", "answers"
CACHE, COPY, REPLACED, BACKUP = "cache", "database copy", "replaced data", "backup"
BACKUPS = "backups"  # the folder where the application keeps its own
ASIDE = ".replaced-"  # what a restore moves the data folder's things into
_DAY = 86_400.0
_CACHE_REST = 3600.0  # seconds: what was written to so lately is in use
_COPIES = "*.before-*"
_UNKNOWN = "The database does not know it; remove it by hand."


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where things lie. `bundled` is the program's own versions, which nothing here touches."""

    data_dir: Path
    versions: Path
    jobs: Path
    runs: Path
    cache: Path
    answers: Path
    bundled: Path

    @property
    def cleared(self) -> tuple[Path, ...]:
        """The folders that things are taken out of."""
        return self.data_dir, self.versions, self.jobs, self.cache, self.answers


@dataclass(frozen=True, slots=True)
class Item:
    """Something that takes room: `reason` says why it stays, "" where it may go."""

    kind: str
    name: str
    path: Path
    reason: str
    bytes: int = 0

    @property
    def goes(self) -> bool:
        """True for what a purge removes."""
        return not self.reason


def holdings(shelves: Shelves, seen: Seen, days: int, now: float) -> Iterator[Item]:
    """Yield everything with its fate, not measured; `now` is seconds since 1970."""
    yield from _versions(shelves, seen, days)
    yield from _jobs(shelves, seen, days)
    for run in visible(shelves.runs):
        yield Item(RUN, run.name, run, "Somebody's own training; remove it by hand.")
    yield from _answers(shelves, seen)
    yield from _caches(shelves, seen, now)
    for copy in sorted(shelves.data_dir.glob(_COPIES)):
        age = max(0.0, now - copy.stat().st_mtime) / _DAY
        young = f"Made {_days(age)} ago, less than {_days(days)}." if age < days else ""
        yield Item(COPY, copy.name, copy, young)
    for backup in visible(shelves.data_dir / BACKUPS):
        yield Item(BACKUP, backup.name, backup, "Keep it elsewhere, then remove it by hand.")
    for aside in sorted(shelves.data_dir.glob(f"{ASIDE}*")):
        yield Item(REPLACED, aside.name, aside, "A restore took its place; remove it by hand.")


def record_of(folder: Path) -> dict[str, Any]:
    """Whatever a version's manifest says; nothing where it says nothing that can be read."""
    try:
        found = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, by name, hidden things left out."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _versions(shelves: Shelves, seen: Seen, days: int) -> Iterator[Item]:
    records = {path.name: record_of(path) for path in visible(shelves.versions)}
    rows = {each.name: each for each in seen.versions}
    names = rows.keys() | records.keys()
    active = [job for job in seen.jobs if job.is_active]
    used = words_in(" ".join(f"{job.title} {job.arguments}" for job in active), names)
    running = {job.id for job in active}
    facts = [
        VersionFacts(
            name=row.name,
            state=row.state,
            origin=row.origin,
            days=row.age / _DAY,
            parents=named_in(records.get(row.name, {}), names) - {row.name},
            is_in_use=row.name in used or row.job in running,
        )
        for row in rows.values()
    ]
    # A folder that the database does not know stays, and so does what it came from.
    facts += [
        VersionFacts(name, "stranger", "", 0.0, named_in(record, names) - {name})
        for name, record in records.items()
        if name not in rows
    ]
    reasons = fates(facts, seen.rollback_targets(), days)
    for name in records:
        reason = reasons[name] if name in rows else _UNKNOWN
        yield Item(VERSION, name, shelves.versions / name, reason)


def _jobs(shelves: Shelves, seen: Seen, days: int) -> Iterator[Item]:
    known = {job.id: job for job in seen.jobs}
    for folder in visible(shelves.jobs):
        if not folder.is_dir():
            continue  # what workers keep for themselves
        yield Item(JOB, folder.name, folder, _job_reason(known.get(folder.name), days))


def _job_reason(job: JobSeen | None, days: int) -> str:
    if job is None:
        return _UNKNOWN
    if job.ended is None:
        return f"The job is {job.state}."
    if job.ended < days * _DAY:
        return f"The job ended {_days(job.ended / _DAY)} ago, less than {_days(days)}."
    return ""


def _answers(shelves: Shelves, seen: Seen) -> Iterator[Item]:
    """Answers lie under the digest of the weights that gave them."""
    known = {each.weights_sha256 for each in seen.versions}
    for version in (*visible(shelves.bundled), *visible(shelves.versions)):
        weights = record_of(version).get("weights")
        if isinstance(weights, dict):
            known.add(str(weights.get("sha256")))
    for folder in visible(shelves.answers):
        stays = "Its version is here." if folder.name in known else ""
        yield Item(ANSWERS, folder.name[:16], folder, stays)


def _caches(shelves: Shelves, seen: Seen, now: float) -> Iterator[Item]:
    busy = any(job.is_active for job in seen.jobs)
    for path in visible(shelves.cache):
        reason = ""
        if busy:
            reason = "A job that is not over may use it."
        elif now - _touched(path) < _CACHE_REST:
            reason = "It was written to within the hour."
        yield Item(CACHE, path.name, path, reason)


def _touched(path: Path) -> float:
    """When anything in it was last written to; now, where it changes as we look."""
    try:
        return max(each.stat().st_mtime for each in (path, *path.rglob("*")))
    except OSError:
        return time.time()


def _days(days: float) -> str:
    whole = int(days)
    return "1 day" if whole == 1 else f"{whole} days"
