"""What the gate is asked and what it answers: frozen values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.results import plain

if TYPE_CHECKING:
    from cxr_core.evaluation.cases import Cases


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What is demanded. Margins are shares: 0.01 is one film in a hundred.

    `diseases` are the classes whose sensitivity must not be lost; those that the versions do
    not have are passed over.
    """

    equal_margin: float = 0.01
    significance: float = 0.05
    sensitivity_margin: float = 0.02
    ece_margin: float = 0.01
    audit_margin: float = 0.05
    least_films: int = 100
    least_films_of_a_class: int = 20
    diseases: tuple[str, ...] = ("covid19", "pneumonia")
    bootstrap: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What the shortcut audit said: a score in [0, 1], and passes, suspicious or fails."""

    score: float
    verdict: str


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One version: its answers for the films, the temperature it is served at, its audit.

    `says_what_it_saw` is False where it does not tell what it was trained on, so that nobody
    knows which films are new to it.
    """

    name: str
    cases: Cases
    temperature: float
    audit: AuditVerdict | None
    says_what_it_saw: bool = True


@dataclass(frozen=True, slots=True)
class Check:
    """One demand: what was measured and what was wanted, in sentences for people."""

    name: str
    title: str
    measured: str
    demanded: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says; `is_decided` is False where the films are too few to say anything."""

    champion: str
    candidate: str
    films: int
    patients: int
    is_decided: bool
    checks: tuple[Check, ...]

    @property
    def passes(self) -> bool:
        """True where the candidate may be promoted without a word."""
        return self.is_decided and all(each.passed for each in self.checks)

    @property
    def against(self) -> tuple[str, ...]:
        """What stands against it: the titles of the checks that failed."""
        return tuple(each.title for each in self.checks if not each.passed)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        told: dict[str, Any] = plain(asdict(self))
        return {**told, "passes": self.passes}
