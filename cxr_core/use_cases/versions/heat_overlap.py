"""Do two versions look at the same places of a film? Pure: arrays in, numbers and words out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray, Prediction

HOT_SHARE = 0.2
_SIDE = 64  # both maps are brought to this many rows and columns
_MUCH, _PARTLY = 0.7, 0.4


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of the hottest fifth of two heatmaps is common.

    `dice` and `iou` are in [0, 1], `correlation` of all heat in [-1, 1]; all None where a map
    has no heat, or all of it is equal. Chance alone would give a Dice of 0.2.
    """

    first: str
    second: str
    dice: float | None
    iou: float | None
    correlation: float | None

    @property
    def words(self) -> str:
        """Say it in a few words."""
        if self.dice is None:
            return "one of them shows no heat"
        if self.dice >= _MUCH:
            return "much the same places"
        return "partly the same places" if self.dice >= _PARTLY else "different places"


def overlaps(predictions: Sequence[Prediction], name: str) -> list[Overlap]:
    """Compare the heatmaps of one class, each version with each other that knows the class."""
    known = [each for each in predictions if name in each.classes]
    return [
        measure_overlap(
            (first.model.name, _heat(first, name)),
            (second.model.name, _heat(second, name)),
        )
        for first, second in combinations(known, 2)
    ]


def measure_overlap(first: tuple[str, FloatArray], second: tuple[str, FloatArray]) -> Overlap:
    """Compare two named heatmaps, float32 (rows, columns) each, of any two sizes.

    >>> heat = np.eye(8, dtype=np.float32)
    >>> measure_overlap(("a", heat), ("b", heat)).dice
    1.0
    """
    maps = [_resized(heat) for _, heat in (first, second)]
    names = first[0], second[0]
    if any(np.ptp(heat) <= 0 for heat in maps):
        return Overlap(*names, None, None, None)
    hot = [_hottest(heat) for heat in maps]
    common = int((hot[0] & hot[1]).sum())
    both = int(hot[0].sum() + hot[1].sum())
    correlation = float(np.corrcoef(maps[0].ravel(), maps[1].ravel())[0, 1])
    return Overlap(*names, 2 * common / both, common / (both - common), correlation)


def _heat(prediction: Prediction, name: str) -> FloatArray:
    return np.asarray(prediction.heatmaps[prediction.classes.index(name)])


def _resized(heat: FloatArray) -> NDArray[np.float64]:
    bigger = cv2.resize(heat, (_SIDE, _SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(bigger, dtype=np.float64)


def _hottest(heat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the hottest fifth; where less than that has any heat, only what has."""
    return np.asarray((heat >= np.quantile(heat, 1 - HOT_SHARE)) & (heat > 0))
