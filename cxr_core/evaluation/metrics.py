"""Classification metrics on plain arrays, for one sample of films or thousands at once.

Everything takes film weights (samples, films): ones for the films as they are, the number of
times that a film was drawn for a bootstrap. So a value and its interval come from one formula.
What is not defined (no film to ask) is NaN here and None in a report.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FloatMatrix: TypeAlias = "NDArray[np.float64]"

_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """`right` of `films`, as a value in [0, 1] with its Wilson 95 % interval (Wilson 1927)."""

    right: int
    films: int
    value: float
    low: float
    high: float


def share(right: int, films: int) -> Share:
    """Build a proportion with its Wilson score interval; of nothing, 0 in [0, 1]."""
    if films == 0:
        return Share(0, 0, 0.0, 0.0, 1.0)
    value = right / films
    low, high = wilson(value, films)
    return Share(right, films, value, low, high)


def wilson(value: float, trials: float) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share in [0, 1] that was seen in `trials` > 0."""
    spread = _Z * math.sqrt(value * (1 - value) / trials + _Z**2 / (4 * trials**2))
    centre = value + _Z**2 / (2 * trials)
    scale = 1 + _Z**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)


def ratio(above: FloatMatrix, below: FloatMatrix) -> FloatMatrix:
    """Divide; NaN where there is nothing to divide by."""
    above, below = np.broadcast_arrays(above, below)
    answer = np.full(above.shape, np.nan)
    np.divide(above, below, out=answer, where=below > 0)
    return answer


def confusions(
    truth: NDArray[np.intp], called: NDArray[np.intp], classes: int, weights: FloatMatrix
) -> FloatMatrix:
    """Count films by (true class, called class): float64 (samples, classes, classes)."""
    cells = np.zeros((len(truth), classes * classes))
    cells[np.arange(len(truth)), truth * classes + called] = 1.0
    return np.asarray(weights @ cells).reshape(-1, classes, classes)


def rates(tables: FloatMatrix) -> dict[str, FloatMatrix]:
    """Derive each class's rates, against the rest, from `confusions`: (samples, classes).

    F1 is defined wherever a film is of the class or called so, as scikit-learn has it.
    """
    right = np.diagonal(tables, axis1=1, axis2=2)
    actual, called = tables.sum(axis=2), tables.sum(axis=1)
    films = tables.sum(axis=(1, 2))[:, None]
    neither = films - actual - called + right
    return {
        "sensitivity": ratio(right, actual),
        "specificity": ratio(neither, films - actual),
        "ppv": ratio(right, called),
        "npv": ratio(neither, films - called),
        "f1": ratio(2 * right, actual + called),
    }


def accuracies(tables: FloatMatrix) -> FloatMatrix:
    """Share of films on the diagonal: (samples,)."""
    return ratio(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))


def at_prevalence(
    sensitivity: FloatMatrix, specificity: FloatMatrix, prevalence: float
) -> tuple[FloatMatrix, FloatMatrix]:
    """PPV and NPV where `prevalence` in [0, 1] of the films are of the class (Bayes).

    The specificity is that of the films at hand: where the others are another mixture of
    diseases, it is another one.
    """
    ill, well = prevalence, 1.0 - prevalence
    found, missed = sensitivity * ill, (1.0 - sensitivity) * ill
    cleared, alarmed = specificity * well, (1.0 - specificity) * well
    return ratio(found, found + alarmed), ratio(cleared, cleared + missed)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Films in the order of one score, made once and asked for many samples.

    `order` sorts the scores upwards, `starts` are the places where a new score begins, and
    `positive`, float64, says in that order which films are of the class.
    """

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    positive: FloatMatrix

    @classmethod
    def of(cls, scores: FloatMatrix, positive: NDArray[np.bool_]) -> Ranking:
        """Sort `scores` (films,); equal ones are taken together."""
        order = np.argsort(scores, kind="stable")
        in_order = scores[order]
        is_new = np.concatenate([[True], in_order[1:] != in_order[:-1]])
        return cls(order, np.flatnonzero(is_new), positive[order].astype(np.float64))

    def areas(self, weights: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
        """Return pairs in the right order, ties counting half, and all pairs: (samples,)."""
        up, both = self._steps(weights)
        down = both - up
        below = np.cumsum(down, axis=1) - down / 2
        pairs = up.sum(axis=1) * down.sum(axis=1)
        return np.einsum("ij,ij->i", up, below), pairs

    def precisions(self, weights: FloatMatrix) -> FloatMatrix:
        """Average precision, the mean of precision over recall, uninterpolated: (samples,)."""
        up, both = self._steps(weights)
        found = np.cumsum(up[:, ::-1], axis=1)
        called = np.cumsum(both[:, ::-1], axis=1)
        called[called == 0] = 1.0  # nothing called yet, and so nothing found
        gained = np.einsum("ij,ij->i", up[:, ::-1], found / called)
        return ratio(gained, up.sum(axis=1))

    def _steps(self, weights: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix]:
        """Weight at each score, of the class and in all: (samples, scores)."""
        both = weights[:, self.order]
        up = both * self.positive
        if len(self.starts) == len(self.order):
            return up, both
        return np.add.reduceat(up, self.starts, axis=1), np.add.reduceat(
            both, self.starts, axis=1
        )


def area_under_roc(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> float | None:
    """Area under the receiver operating curve: the share of pairs in the right order.

    Ties count half (Hanley & McNeil 1982). None when there are no pairs.
    """
    right, pairs = Ranking.of(np.asarray(scores, dtype=np.float64), positive).areas(
        np.ones((1, len(scores)))
    )
    return float(right[0] / pairs[0]) if pairs[0] else None
