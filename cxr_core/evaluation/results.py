"""What an evaluation found, as frozen values that turn into plain JSON."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.evaluation.calibration import Calibration
    from cxr_core.evaluation.conformal import ConformalResult
    from cxr_core.evaluation.curves import PrecisionRecallCurve, RocCurve
    from cxr_core.evaluation.operating import MeasuredPoint
    from cxr_core.evaluation.reliability import Reliability
    from cxr_core.evaluation.subgroups import GroupResult

_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class AtPrevalence:
    """PPV and NPV where `prevalence` in [0, 1] of the films are of the class."""

    prevalence: float
    ppv: Measure
    npv: Measure


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class against the rest; `prevalence` is its share of the films.

    `auc` counts pairs of all films, `auc_within_sources` only pairs of one source.
    """

    name: str
    films: int
    patients: int
    prevalence: float
    sensitivity: Measure
    specificity: Measure
    ppv: Measure
    npv: Measure
    f1: Measure
    auc: Measure
    auc_within_sources: Measure
    average_precision: Measure
    at_prevalence: AtPrevalence | None
    roc: RocCurve | None
    precision_recall: PrecisionRecallCurve | None


@dataclass(frozen=True, slots=True)
class SourceOut:
    """One source, judged by a head that learnt from the other sources only.

    `trained` counts the head's training films per class, `set_aside` those it had to do
    without because their patients stand in this source too. `external` is all films of the
    source, `external_unseen` those of patients whom the features never saw either, on which
    `internal` is a head that learnt from every source: the two differ in nothing but that.
    Both are None where the features saw every patient.
    """

    source: str
    trained: dict[str, int]
    trained_sources: tuple[str, ...]
    set_aside: int
    external: GroupResult
    external_unseen: GroupResult | None
    internal: GroupResult | None


@dataclass(frozen=True, slots=True)
class External:
    """Leave-one-source-out results of linear heads on one network's features.

    `features` names the version whose features they are. `backbone_saw` counts, by source, the
    patients it was itself trained or tuned on, of `patients` that were asked about; None when
    the version does not say. To features that know a source it is less foreign than it looks.
    """

    features: str
    backbone_saw: dict[str, int] | None
    patients: dict[str, int]
    films_per_class_and_source: int
    sources: tuple[SourceOut, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a version did on films that it never saw.

    Probabilities are at `temperature`, 1 where nothing was fitted. `macro` are means over the
    classes that are there, `micro` pools all one-against-rest questions. `confusion` counts
    (true class, called class) in the order of `classes`. `before` and `after` are calibration
    at temperature 1 and at the fitted one. `refused` counts films that could not be read,
    `remarks` say what could not be done and why.
    """

    classes: tuple[str, ...]
    films: int
    patients: int
    refused: int
    resamples: int
    level: float
    temperature: float
    accuracy: Measure
    balanced_accuracy: Measure
    macro: dict[str, Measure]
    micro: dict[str, Measure]
    per_class: tuple[ClassResult, ...]
    confusion: tuple[tuple[int, ...], ...]
    subgroups: dict[str, tuple[GroupResult, ...]]
    before: Reliability
    after: Reliability | None
    conformal: ConformalResult | None
    operating_points: tuple[MeasuredPoint, ...]
    calibration: Calibration | None
    external: External | None = None
    remarks: tuple[str, ...] = ()

    @property
    def by_source(self) -> dict[str, GroupResult]:
        """The results inside each source."""
        return {each.name: each for each in self.subgroups["source"]}

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON: None for what is not defined, six decimals."""
        told: dict[str, Any] = plain(asdict(self))
        told["calibration"] = self.calibration and self.calibration.as_dict()
        return told


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever asdict made of a result
    """Make JSON of what `asdict` gave: lists for tuples, six decimals, None for NaN."""
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value
