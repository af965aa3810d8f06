"""Versions and changes of champion as they leave the store: frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class VersionState(StrEnum):
    """Whether a version reads films: a champion does, for its line; the others do not."""

    CANDIDATE = "candidate"
    CHAMPION = "champion"
    RETIRED = "retired"


class Origin(StrEnum):
    """Where a version came from."""

    BUNDLED = "bundled"
    TRAINED = "trained"
    IMPORTED = "imported"


class ChangeKind(StrEnum):
    """How a version became champion of its line."""

    INSTALLATION = "installation"
    PROMOTION = "promotion"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version that is to be known: `name` is its folder's, `job` what trained it."""

    name: str
    line: str
    origin: Origin
    weights_sha256: str
    job: str | None = None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version that is known. `created` is seconds since 1970."""

    name: str
    line: str
    state: VersionState
    origin: Origin
    weights_sha256: str
    job: str | None
    created: float
    created_by: str


@dataclass(frozen=True, slots=True)
class PromotionRow:
    """A change of champion; `reason` says why the gate's word was set aside.

    `decision` is what the gate said and what was sealed, `calibration` the thresholds that were
    fitted for it, None where the version's own are served.
    """

    id: int
    line: str
    kind: ChangeKind
    version: str
    previous: str | None
    at: float
    by: str
    reason: str | None
    decision: dict[str, Any]
    calibration: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Change:
    """A change of champion that is asked for.

    `previous` is the champion that was judged against, None where the line had none: when
    another one is found, nothing is changed.
    """

    kind: ChangeKind
    line: str
    version: str
    previous: str | None
    reason: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    calibration: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """All versions by name, and all changes of champion, the newest first."""

    versions: tuple[VersionRow, ...]
    promotions: tuple[PromotionRow, ...]

    def champion(self, line: str) -> VersionRow | None:
        """Return what serves as a line."""
        return next((each for each in self.champions() if each.line == line), None)

    def champions(self) -> tuple[VersionRow, ...]:
        """Return what serves, by line."""
        found = [each for each in self.versions if each.state is VersionState.CHAMPION]
        return tuple(sorted(found, key=lambda each: each.line))

    def version(self, name: str) -> VersionRow | None:
        """Return the version of that name."""
        return next((each for each in self.versions if each.name == name), None)

    def arrival(self, line: str, version: str) -> PromotionRow | None:
        """Return the newest change, no rollback, by which a version became champion."""
        return next(
            (
                each
                for each in self.promotions
                if (each.line, each.version) == (line, version)
                and each.kind is not ChangeKind.ROLLBACK
            ),
            None,
        )

    def earlier(self, line: str, version: str) -> list[str]:
        """Return whom a champion followed, whom that one followed, and so on."""
        found: list[str] = []
        arrival = self.arrival(line, version)
        while arrival is not None and arrival.previous not in {None, version, *found}:
            found.append(str(arrival.previous))
            arrival = self.arrival(line, str(arrival.previous))
        return found
