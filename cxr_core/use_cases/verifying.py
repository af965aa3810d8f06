"""Whether a manifest keeps its promises, and whether its films are still those it speaks of."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import Film, Manifest, load_manifest, rule_of
from cxr_core.datasets.ontology import Finding
from cxr_core.use_cases.location import locate, read_location

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: whether it holds, and the first films that break it."""

    check: str
    holds: bool
    detail: str


def verify_manifest(
    path: Path, root: Path | None, report: Callable[[str, int, int], None]
) -> list[Check]:
    """Check the table against its header, the splits, the labels, and every file's SHA-256.

    Raises
    ------
    DataError
        When the manifest cannot be read at all, or nobody says where its films lie.
    """
    manifest = load_manifest(path)
    return [
        Check("table is the one of the header", True, manifest.digest[:16]),
        _check("no patient in two splits", _crossing(manifest, lambda film: film.group)),
        _check("no film in two splits", _crossing(manifest, lambda film: film.cluster)),
        _check("one picture of each film", _repeated(manifest)),
        _check("films in the split of their patient", _misdealt(manifest)),
        _check("every used film has a finding", _unlabelled(manifest)),
        _check("files as they were curated", _changed(manifest, path, root, report)),
    ]


def _check(name: str, breaking: list[str]) -> Check:
    more = f" and {len(breaking) - _SHOWN} more" if len(breaking) > _SHOWN else ""
    return Check(name, not breaking, ", ".join(breaking[:_SHOWN]) + more)


def _crossing(manifest: Manifest, name_of: Callable[[Film], str]) -> list[str]:
    homes: dict[str, set[object]] = defaultdict(set)
    for film in manifest.used():
        homes[name_of(film)].add(film.split)
    return sorted(name for name, splits in homes.items() if len(splits) > 1)


def _repeated(manifest: Manifest) -> list[str]:
    seen: set[str] = set()
    again = []
    for film in manifest.used():
        if film.cluster in seen:
            again.append(film.path)
        seen.add(film.cluster)
    return again


def _misdealt(manifest: Manifest) -> list[str]:
    rule = rule_of(manifest)
    return [
        film.path for film in manifest.used() if film.split is not rule.split_of(film.patient)
    ]


def _unlabelled(manifest: Manifest) -> list[str]:
    return [
        film.path
        for film in manifest.used()
        if film.finding is Finding.UNKNOWN or film.split is None
    ]


def _changed(
    manifest: Manifest, path: Path, root: Path | None, report: Callable[[str, int, int], None]
) -> list[str]:
    folders = read_location(path, root)
    films = [film for film in manifest.films if film.sha256]
    changed = []
    with ThreadPoolExecutor() as pool:
        digests = pool.map(lambda film: _digest(locate(folders, film)), films)
        for done, (film, digest) in enumerate(zip(films, digests, strict=True), 1):
            report("Checking files", done, len(films))
            if digest != film.sha256:
                changed.append(film.path)
    return changed


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""
