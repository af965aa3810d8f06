"""ROC and precision-recall curves, thinned for drawing. Their areas are exact, elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.evaluation.metrics import FloatMatrix

POINTS = 200


@dataclass(frozen=True, slots=True)
class RocCurve:
    """Rates in [0, 1] as the threshold falls; `threshold` None where nothing is called."""

    false_positive_rate: tuple[float, ...]
    true_positive_rate: tuple[float, ...]
    threshold: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PrecisionRecallCurve:
    """Precision and recall in [0, 1] as the threshold falls."""

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    threshold: tuple[float, ...]


def roc_curve(scores: FloatMatrix, positive: NDArray[np.bool_]) -> RocCurve | None:
    """Draw the receiver operating curve; None where one side has no films.

    Points on a straight line between two others are left out, then evenly many are kept.
    """
    if not positive.any() or positive.all():
        return None
    thresholds, found, alarms = _counts(scores, positive)
    found, alarms = np.r_[0, found], np.r_[0, alarms]
    turns = (np.diff(found, 2) != 0) | (np.diff(alarms, 2) != 0)
    kept = _thin(np.flatnonzero(np.r_[True, turns, True]))
    return RocCurve(
        tuple((alarms[kept] / alarms[-1]).tolist()),
        tuple((found[kept] / found[-1]).tolist()),
        (None, *thresholds[kept[1:] - 1].tolist()),
    )


def precision_recall_curve(
    scores: FloatMatrix, positive: NDArray[np.bool_]
) -> PrecisionRecallCurve | None:
    """Draw precision over recall, a point for each score; None where no film is positive."""
    if not positive.any():
        return None
    thresholds, found, alarms = _counts(scores, positive)
    # Below the threshold that finds the last film, precision only falls.
    last = int(np.argmax(found == found[-1])) + 1
    kept = _thin(np.arange(last))
    return PrecisionRecallCurve(
        tuple((found[kept] / found[-1]).tolist()),
        tuple((found[kept] / (found[kept] + alarms[kept])).tolist()),
        tuple(thresholds[kept].tolist()),
    )


def _counts(
    scores: FloatMatrix, positive: NDArray[np.bool_]
) -> tuple[FloatMatrix, NDArray[np.intp], NDArray[np.intp]]:
    """Each score, falling, with the films found and the false alarms from it on."""
    order = np.argsort(-scores, kind="stable")
    in_order, truth = scores[order], positive[order]
    ends = np.flatnonzero(np.r_[in_order[1:] != in_order[:-1], True])
    found = np.cumsum(truth)[ends]
    return in_order[ends], found.astype(np.intp), ends + 1 - found


def _thin(places: NDArray[np.intp]) -> NDArray[np.intp]:
    """Keep at most POINTS of them, evenly spread, the first and the last among them."""
    if len(places) <= POINTS:
        return places
    spread = np.linspace(0, len(places) - 1, POINTS)
    return np.asarray(places[np.unique(np.rint(spread).astype(int))])
