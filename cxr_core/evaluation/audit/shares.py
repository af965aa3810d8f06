"""Shares of films under many weightings at once, as `evaluation.bootstrap` asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.metrics import Ranking, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.evaluation.metrics import FloatMatrix


def mean_share(weights: FloatMatrix, values: NDArray[np.bool_] | FloatMatrix) -> FloatMatrix:
    """Weighted mean of (films,) for each of (samples, films) weights: (samples,)."""
    return ratio(weights @ values.astype(np.float64), weights.sum(axis=1))


def balanced_share(
    weights: FloatMatrix,
    hit: NDArray[np.bool_],
    truth: NDArray[np.intp],
    judged: Sequence[int],
) -> FloatMatrix:
    """Mean over the `judged` classes of the share that is `hit`; NaN where one has no weight.

    The result is (samples,).
    """
    members = (truth[:, None] == np.asarray(judged)[None, :]).astype(np.float64)
    shares = ratio(weights @ (members * hit[:, None]), weights @ members)
    return np.asarray(shares.mean(axis=1))


def mean_area(
    weights: FloatMatrix, scores: FloatMatrix, truth: NDArray[np.intp], judged: Sequence[int]
) -> FloatMatrix:
    """Mean area under the curve of the `judged` classes, each against the rest: (samples,).

    `scores` is (films, classes); NaN where a class has no weight.
    """
    areas = [
        ratio(*Ranking.of(scores[:, place], truth == place).areas(weights)) for place in judged
    ]
    return np.asarray(np.mean(areas, axis=0))
