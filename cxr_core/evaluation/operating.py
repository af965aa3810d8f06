"""Thresholds for a sensitivity that somebody asks for, chosen on validation, judged on test."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.bootstrap import Measure, Options, bootstrap
from cxr_core.evaluation.metrics import confusions, rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.metrics import FloatMatrix

_RATES = ("sensitivity", "specificity", "ppv", "npv")


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A film is called `name` from probability `threshold` on.

    Chosen so that `wanted` of the `films` validation films of the class are found.
    """

    name: str
    wanted: float
    threshold: float
    films: int


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """An operating point, and what it gave on test films."""

    point: OperatingPoint
    sensitivity: Measure
    specificity: Measure
    ppv: Measure
    npv: Measure


def choose_points(
    validation: Cases, temperature: float, sensitivities: tuple[float, ...]
) -> tuple[OperatingPoint, ...]:
    """Return the highest threshold that still finds each wanted share, class by class.

    A class without validation films has none.
    """
    probabilities = validation.probabilities(temperature)
    found = []
    for place, name in enumerate(validation.classes):
        own = np.sort(probabilities[validation.truth == place, place])[::-1]
        for wanted in sensitivities if len(own) else ():
            needed = max(1, math.ceil(wanted * len(own) - 1e-9))
            found.append(OperatingPoint(name, wanted, float(own[needed - 1]), len(own)))
    return tuple(found)


def measure_points(
    cases: Cases, points: tuple[OperatingPoint, ...], temperature: float, options: Options
) -> tuple[MeasuredPoint, ...]:
    """Measure points on films that they were not chosen on."""
    if not points:
        return ()
    probabilities = cases.probabilities(temperature)
    sides = [
        (cases.truth == place, probabilities[:, place] >= point.threshold)
        for point in points
        for place in [cases.classes.index(point.name)]
    ]

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        each = [
            rates(confusions(truth.astype(np.intp), called.astype(np.intp), 2, weights))
            for truth, called in sides
        ]
        return {name: np.stack([one[name][:, 1] for one in each], axis=1) for name in _RATES}

    found = bootstrap(statistic, cases.groups, options)
    groups = np.asarray(cases.groups)
    measured = []
    for place, (point, (truth, called)) in enumerate(zip(points, sides, strict=True)):
        trials = [_patients(groups, each) for each in (truth, ~truth, called, ~called)]
        values = [
            found.measure(name, place, count)
            for name, count in zip(_RATES, trials, strict=True)
        ]
        measured.append(MeasuredPoint(point, *values))
    return tuple(measured)


def _patients(groups: NDArray[np.str_], among: NDArray[np.bool_]) -> int:
    return len(np.unique(groups[among]))
