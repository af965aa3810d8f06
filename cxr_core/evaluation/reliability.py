"""Whether a probability means what it says: reliability, its errors, and one temperature.

Bins hold equally many films (Nixon et al. 2019), so that no bin rests on a handful. The
expected calibration error is that of the favourite class (Guo et al. 2017) and, beside it, the
mean over all classes, for a favourite can be right about the wrong ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.bootstrap import Measure, Options, bootstrap
from cxr_core.evaluation.metrics import share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.metrics import FloatMatrix

BINS = 15
TEMPERATURES = (0.05, 20.0)
_SMALLEST = np.finfo(np.float64).tiny
_SIMULATED = 200


@dataclass(frozen=True, slots=True)
class Bin:
    """Films of like confidence: their mean confidence, and the share that was right."""

    films: int
    confidence: float
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How calibrated the probabilities are at one temperature.

    `ece` is of the favourite class, `ece_by_class` the mean over classes of the same for the
    probability of each; `ece_if_calibrated` is what chance alone would give a version whose
    probabilities are true, on as many films. Resampling adds chance of its own: the intervals
    of both errors reach too high rather than too low. `brier` is the sum over classes
    (0 to 2), `log_loss` in nats.
    """

    temperature: float
    ece: Measure
    ece_by_class: Measure
    ece_if_calibrated: float
    brier: Measure
    log_loss: Measure
    curve: tuple[Bin, ...]


def assess_reliability(cases: Cases, temperature: float, options: Options) -> Reliability:
    """Measure calibration on films that the temperature was not fitted to."""
    probabilities = cases.probabilities(temperature)
    truth = np.eye(len(cases.classes))[cases.truth]
    confidence, right = probabilities.max(axis=1), cases.predicted == cases.truth
    losses = -np.log(np.maximum(probabilities[np.arange(len(cases)), cases.truth], _SMALLEST))
    squares = ((probabilities - truth) ** 2).sum(axis=1)
    favourite = binned_gaps(confidence[:, None], right[:, None])
    every = binned_gaps(probabilities, truth)

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        films = weights.sum(axis=1)
        return {
            "ece": np.abs(weights @ favourite).sum(axis=1) / films,
            "ece_by_class": np.abs(weights @ every).sum(axis=1) / films / len(cases.classes),
            "brier": weights @ squares / films,
            "log_loss": weights @ losses / films,
        }

    found = bootstrap(statistic, cases.groups, options)
    return Reliability(
        temperature=temperature,
        ece=found.measure("ece"),
        ece_by_class=found.measure("ece_by_class"),
        ece_if_calibrated=_chance_error(confidence, options.seed),
        brier=found.measure("brier"),
        log_loss=found.measure("log_loss"),
        curve=_curve(confidence, right),
    )


def calibration_error(confidence: FloatMatrix, right: NDArray[np.bool_]) -> float:
    """Mean distance of confidence (films,) from the share that was right, over equal bins."""
    gaps = binned_gaps(confidence[:, None], right[:, None])
    return float(np.abs(gaps.sum(axis=0)).sum() / len(confidence))


def equal_mass_bins(values: FloatMatrix, bins: int = BINS) -> NDArray[np.intp]:
    """Number each value's bin; equal values share one, so bins may differ a little in size.

    >>> equal_mass_bins(np.array([0.1, 0.4, 0.2, 0.3]), 2).tolist()
    [0, 1, 0, 1]
    """
    ordered = np.sort(values)
    ends = (np.arange(1, bins) * len(values) + bins - 1) // bins - 1
    return np.searchsorted(ordered[np.maximum(ends, 0)], values, side="left")


def fit_temperature(cases: Cases) -> float:
    """Return the temperature with the smallest log loss on validation films.

    One number cannot change which class leads (Guo et al. 2017). It is looked for between 0.05
    and 20; where every film is right, the loss has no bottom and the lower end is returned.
    """
    # Imported here: it takes a moment, which reading a film should not wait for.
    from scipy.optimize import minimize_scalar

    logits, rows = cases.logits, np.arange(len(cases))

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        top = scaled.max(axis=1)
        total = top + np.log(np.exp(scaled - top[:, None]).sum(axis=1))
        return float((total - scaled[rows, cases.truth]).mean())

    low, high = np.log(TEMPERATURES)
    found = minimize_scalar(loss, bounds=(low, high), method="bounded")
    return float(np.exp(found.x))


def binned_gaps(confidence: FloatMatrix, right: NDArray[np.generic]) -> FloatMatrix:
    """Confidence less truth, each film's in the columns of its bins: (films, bins x columns).

    The bins stay where the films at hand put them, whatever is drawn again.
    """
    films = np.arange(len(confidence))
    columns = []
    for score, truth in zip(confidence.T, np.asarray(right, np.float64).T, strict=True):
        column = np.zeros((len(films), BINS))
        column[films, equal_mass_bins(score)] = score - truth
        columns.append(column)
    return np.concatenate(columns, axis=1)


def _chance_error(confidence: FloatMatrix, seed: int) -> float:
    """Expected calibration error of a version that is calibrated (Broecker & Smith 2007)."""
    generator = np.random.default_rng(seed)
    bins = equal_mass_bins(confidence)
    member = np.zeros((len(confidence), BINS))
    member[np.arange(len(confidence)), bins] = 1.0
    right = generator.random((_SIMULATED, len(confidence))) < confidence
    gaps = (confidence - right) @ member
    return float(np.abs(gaps).sum(axis=1).mean() / len(confidence))


def _curve(confidence: FloatMatrix, right: NDArray[np.bool_]) -> tuple[Bin, ...]:
    bins = equal_mass_bins(confidence)
    found = []
    for number in np.unique(bins):
        own = bins == number
        told = share(int(right[own].sum()), int(own.sum()))
        found.append(
            Bin(told.films, float(confidence[own].mean()), told.value, told.low, told.high)
        )
    return tuple(found)
