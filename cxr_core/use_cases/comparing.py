"""What two manifests tell differently about a film."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxr_core.datasets.manifest import Film, Manifest


@dataclass(frozen=True, slots=True)
class Change:
    """One film: `change` is added, removed, moved, relabelled, excluded, taken in, or other.

    "moved" means from one split to another: curating with the same salt never does that.
    """

    path: str
    change: str
    before: str
    after: str


def compare_manifests(old: Manifest, new: Manifest) -> list[Change]:
    """Return a row for each film that the two tell differently, by path."""
    before = {film.path: film for film in old.films}
    after = {film.path: film for film in new.films}
    changes = [_change(path, before.get(path), after.get(path)) for path in before | after]
    return sorted((each for each in changes if each is not None), key=lambda each: each.path)


def _change(path: str, old: Film | None, new: Film | None) -> Change | None:
    if old is None or new is None:
        kind = "removed" if new is None else "added"
        return Change(path, kind, _fate(old), _fate(new))
    if old.is_used and new.is_used:
        if old.split is not new.split:
            return Change(path, "moved", _fate(old), _fate(new))
        if old.finding is not new.finding:
            return Change(path, "relabelled", old.finding.value, new.finding.value)
    elif old.is_used != new.is_used:
        kind = "taken in" if new.is_used else "excluded"
        return Change(path, kind, _fate(old), _fate(new))
    if old.exclusion is not new.exclusion:
        return Change(path, "excluded otherwise", _fate(old), _fate(new))
    if old.sha256 != new.sha256:
        return Change(path, "other file", old.sha256[:12], new.sha256[:12])
    return (
        Change(path, "other patient", old.group, new.group) if old.group != new.group else None
    )


def _fate(film: Film | None) -> str:
    if film is None:
        return ""
    if film.exclusion is not None:
        return film.exclusion.value
    return f"{film.split.value if film.split else ''}: {film.finding.value}"
