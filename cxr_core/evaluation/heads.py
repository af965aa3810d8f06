"""Linear heads on features: what a network's features allow, cheaply trained many times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STRENGTH = 0.01  # of the data against the penalty: there are as many features as films
_STEPS = 5000
_NEVER = 20.0


def linear_logits(
    features: NDArray[np.floating],
    truth: NDArray[np.intp],
    asked: NDArray[np.floating],
    classes: int,
) -> NDArray[np.float64]:
    """Train on `features` (films, channels) and `truth`, answer `asked` (others, channels).

    Multinomial logistic regression on standardised features, each class weighing the same.
    Returns logits (others, classes); a class that was not trained on is never the answer.

    Raises
    ------
    DataError
        When all training films are of one class.
    """
    # Imported here: it takes a second, which no other command should wait for.
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    known = np.unique(truth)
    if len(known) < 2:
        raise DataError("All training films are of one class; a head takes two or more.")
    head = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=_STEPS),
    )
    head.fit(np.asarray(features, np.float64), truth)
    told = np.asarray(head.decision_function(np.asarray(asked, np.float64)))
    if told.ndim == 1:  # two classes share one number
        told = np.stack([-told / 2, told / 2], axis=1)
    logits = np.repeat(told.min(axis=1, keepdims=True) - _NEVER, classes, axis=1)
    logits[:, known] = told
    return logits
