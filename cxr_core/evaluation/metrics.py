"""Classification metrics on plain arrays, each share with its 95 % interval."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `films`, as a value in [0, 1] with its Wilson 95 % interval (Wilson 1927)."""

    right: int
    films: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassResult:
    """One class against the rest; `auc` is None where one side has no films."""

    name: str
    sensitivity: Share
    specificity: Share
    auc: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a version did on films that it never saw.

    `confusion` counts (true class, predicted class) in the order of `classes`; `by_source` is
    the accuracy inside each source; `refused` the films that could not be read.
    """

    classes: tuple[str, ...]
    films: int
    refused: int
    accuracy: Share
    balanced_accuracy: float
    per_class: tuple[ClassResult, ...]
    by_source: dict[str, Share]
    confusion: tuple[tuple[int, ...], ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def share(right: int, films: int) -> Share:
    """Build a proportion with its Wilson score interval; of nothing, 0 in [0, 1]."""
    if films == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    value = right / films
    spread = _Z * math.sqrt(value * (1 - value) / films + _Z**2 / (4 * films**2))
    centre = value + _Z**2 / (2 * films)
    scale = 1 + _Z**2 / films
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return Share(right, films, value, max(0.0, low), min(1.0, high))


def area_under_roc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float | None:
    """Area under the receiver operating curve: the share of pairs in the right order.

    Ties count half (Hanley & McNeil 1982). None when there are no pairs.
    """
    above, below = np.sort(scores[positive]), np.sort(scores[~positive])
    if not above.size or not below.size:
        return None
    less = np.searchsorted(below, above, side="left")
    up_to = np.searchsorted(below, above, side="right")
    return float((less + up_to).sum() / 2 / (above.size * below.size))


def evaluate(
    classes: Sequence[str],
    probabilities: NDArray[np.floating],
    truth: Sequence[str],
    sources: Sequence[str],
    refused: int = 0,
) -> Evaluation:
    """Judge probabilities (films, classes) against true class names, film by film."""
    actual = np.array([classes.index(name) for name in truth])
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(confusion, (actual, predicted), 1)
    per_class = tuple(
        _one_class(name, index, actual, predicted, probabilities[:, index])
        for index, name in enumerate(classes)
    )
    present = [each.sensitivity.value for each in per_class if each.sensitivity.films]
    origin = np.array(sources)
    return Evaluation(
        classes=tuple(classes),
        films=len(actual),
        refused=refused,
        accuracy=share(int(np.trace(confusion)), len(actual)),
        balanced_accuracy=float(np.mean(present)),
        per_class=per_class,
        by_source={
            str(name): share(
                int((actual == predicted)[origin == name].sum()), int((origin == name).sum())
            )
            for name in np.unique(origin)
        },
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def _one_class(
    name: str,
    index: int,
    actual: NDArray[np.intp],
    predicted: NDArray[np.intp],
    scores: NDArray[np.floating],
) -> ClassResult:
    positive, called = actual == index, predicted == index
    return ClassResult(
        name=name,
        sensitivity=share(int((positive & called).sum()), int(positive.sum())),
        specificity=share(int((~positive & ~called).sum()), int((~positive).sum())),
        auc=area_under_roc(scores, positive),
    )
