"""What an audit found: frozen, and plain values in JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxr_core.evaluation.bootstrap import Measure


@dataclass(frozen=True, slots=True)
class Condition:
    """How a network answers films of which a part is hidden; all shares in [0, 1].

    `balanced_accuracy` and `auc`, the mean area under the curve of one class against the rest,
    are over the classes that are judged. `skill_kept` is what is left of the skill on the whole
    films, 1 for all and 0 for none, by that of the two (`kept_by`) which keeps more; None where
    there is too little skill to lose. `same_answer` is the share of films that are answered as
    they are when nothing is hidden.
    """

    name: str
    accuracy: Measure
    balanced_accuracy: Measure | None
    auc: Measure | None
    skill_kept: Measure | None
    kept_by: str
    same_answer: float


@dataclass(frozen=True, slots=True)
class Blackout:
    """Conditions on the same films, "plain" first.

    `counts` are films by class; `judged` the classes that have enough of them. `majority` is
    the accuracy of always saying the commonest class, `balanced_chance` the balanced accuracy
    of any answer that does not look, None with fewer than two classes judged.
    """

    films: int
    patients: int
    seen: int
    counts: dict[str, int]
    judged: tuple[str, ...]
    majority: float
    balanced_chance: float | None
    conditions: tuple[Condition, ...]

    def condition(self, name: str) -> Condition:
        """Return the condition of that name."""
        return next(each for each in self.conditions if each.name == name)


@dataclass(frozen=True, slots=True)
class Blackouts:
    """The border alone on all films that were not seen; the lungs on those that have a mask.

    `lungs_unseen` leaves out the films of patients whom the network knows; None where no film
    is left, or where there are none of them anyway (then `lungs` is that already).
    """

    fill: str
    frame_share: float
    border: Blackout
    lungs: Blackout | None
    lungs_unseen: Blackout | None


@dataclass(frozen=True, slots=True)
class MassShare:
    """Share of a map's heat inside the lungs, their share of the area, and the ratio of both.

    A ratio of 1 is what heat spread evenly over the film would give.
    """

    share: Measure
    area: float
    ratio: Measure


@dataclass(frozen=True, slots=True)
class ClassAttention:
    """The films that were answered with one class; `film` and `map` None without any heat."""

    name: str
    films: int
    zero_maps: int
    film: MassShare | None
    map: MassShare | None


@dataclass(frozen=True, slots=True)
class Attention:
    """Where the maps of the answered classes lie, on the films whose lungs are known.

    `film` is measured on the full film, the map enlarged as it is painted; `map` on the map's
    own grid, each cell counted by how much of it is lung. Maps without any heat are counted in
    `zero_maps` and left out of the means; `without_lungs` counts films that have no mask.
    """

    films: int
    patients: int
    seen: int
    without_lungs: int
    zero_maps: int
    film: MassShare | None
    map: MassShare | None
    per_class: tuple[ClassAttention, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """How well the source is told from the features; `label` names the one class asked.

    `chance` is one over the number of sources; `class_alone` the balanced accuracy of telling
    the source by the class only. `auc` is the mean over sources of one against the rest.
    """

    label: str | None
    sources: tuple[str, ...]
    films: int
    patients: int
    balanced_accuracy: Measure
    chance: float
    class_alone: float
    auc: float


@dataclass(frozen=True, slots=True)
class SourceProbes:
    """The source from the features: over all films, and inside each class with two sources.

    `left_out` names sources with too few patients to be cross-validated.
    """

    overall: Probe
    within_class: tuple[Probe, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """How much the maps still resemble the trained network's, `layers` layers being spoilt.

    `zero_maps` counts maps that lost all their heat: they resemble nothing.
    """

    name: str
    layers: int
    spearman: Measure
    ssim: Measure
    zero_maps: int


@dataclass(frozen=True, slots=True)
class Sanity:
    """Maps while the network is spoilt from the head downwards (Adebayo et al. 2018)."""

    films: int
    randomisations: int
    maps: int
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One sub-score in [0, 1], growing with quality; None where it could not be judged."""

    name: str
    score: float | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit of a network: a score in [0, 1], a verdict, the reasons, and all numbers.

    `verdict` is passes, suspicious or fails; `verdict.judge` says how it comes about. `films`
    counts what was given, `notes` what a reader has to know of the films.
    """

    subject: str
    score: float
    verdict: str
    reasons: tuple[str, ...]
    parts: tuple[Part, ...]
    films: dict[str, int]
    notes: tuple[str, ...]
    blackout: Blackouts
    attention: Attention | None
    source: SourceProbes | None
    sanity: Sanity | None

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)
