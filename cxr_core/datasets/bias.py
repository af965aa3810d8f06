"""How much of an accuracy could be had without looking at a lung.

Two questions, both answered on patients that the answer was not fitted to: can the source be
told from a 32 x 32 thumbnail, and can the class be told from the name of the source alone? The
nearer to 1 the first, the easier a network can take the second road (DeGrave et al. 2021,
Maguolo & Nanni 2021).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from cxr_core.datasets.splits import fold_splits
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

_SIDE = 32
_FOLDS = 5
_COMPONENTS = 64
_FEWEST_PATIENTS = 2 * _FOLDS


@dataclass(frozen=True, slots=True)
class Guess:
    """How well something can be guessed; shares in [0, 1].

    `chance` is the balanced accuracy of guessing blindly, one over the number of answers;
    `majority` the accuracy of always saying the commonest.
    """

    accuracy: float
    balanced_accuracy: float
    chance: float
    majority: float
    films: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bias:
    """The numbers to know before believing any accuracy on these films.

    `left_out` names the sources with too few patients to be cross-validated.
    """

    source_from_thumbnail: Guess
    class_from_thumbnail: Guess
    class_from_source: Guess
    left_out: tuple[str, ...]


def thumbnails(squares: NDArray[np.uint8]) -> FloatArray:
    """Shrink uint8 (films, side, side) to float32 (films, 1024), mean 0, variance 1 each."""
    side = (_SIDE, _SIDE)
    small = [cv2.resize(square, side, interpolation=cv2.INTER_AREA) for square in squares]
    rows = np.asarray(small, dtype=np.float32).reshape(-1, _SIDE * _SIDE)
    rows -= rows.mean(axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(rows.std(axis=1, keepdims=True), 1.0))


def measure_bias(
    small: FloatArray,
    labels: Sequence[str],
    sources: Sequence[str],
    groups: Sequence[str],
    salt: str,
) -> Bias:
    """Cross-validate by joined patient, five folds; `small` is what `thumbnails` gives.

    Films of a class with too few patients are left out, as those of such a source are.

    Raises
    ------
    DataError
        When fewer than two sources, or fewer than two classes, have patients enough.
    """
    kept = _with_enough_patients(labels, sources, groups)
    enough = {sources[place] for place in kept}
    if len(enough) < 2 or len({labels[place] for place in kept}) < 2:
        raise DataError(
            f"Bias needs two sources and two classes with {_FEWEST_PATIENTS} patients or more; "
            f"there are {len(enough)} such sources."
        )
    label = np.asarray([labels[place] for place in kept])
    source = np.asarray([sources[place] for place in kept])
    group = [groups[place] for place in kept]
    strata = [f"{one}/{other}" for one, other in zip(source, label, strict=True)]
    folds = np.asarray(fold_splits(group, strata, _FOLDS, salt))
    with threadpool_limits(1):  # on small matrices threads mostly wait for each other
        by_look = [_by_look(small[kept], answers, folds) for answers in (source, label)]
    return Bias(
        source_from_thumbnail=_guess(source, by_look[0]),
        class_from_thumbnail=_guess(label, by_look[1]),
        class_from_source=_guess(label, _by_source(source, label, folds)),
        left_out=tuple(sorted(set(sources) - enough)),
    )


def _with_enough_patients(
    labels: Sequence[str], sources: Sequence[str], groups: Sequence[str]
) -> list[int]:
    """Places of the films whose source and class can both be dealt to every fold."""
    kept = list(range(len(labels)))
    while True:
        patients: dict[tuple[bool, str], set[str]] = defaultdict(set)
        for place in kept:
            patients[True, sources[place]].add(groups[place])
            patients[False, labels[place]].add(groups[place])
        enough = {name for name, own in patients.items() if len(own) >= _FEWEST_PATIENTS}
        left = [
            place
            for place in kept
            if {(True, sources[place]), (False, labels[place])} <= enough
        ]
        if left == kept:
            return kept
        kept = left


def _by_look(
    small: FloatArray, answers: NDArray[np.str_], folds: NDArray[np.intp]
) -> NDArray[np.str_]:
    # Imported here: it takes a second, which no other command should wait for.
    from sklearn.decomposition import PCA
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import make_pipeline

    guesses = answers.copy()
    for fold in range(_FOLDS):
        held = folds == fold
        components = min(_COMPONENTS, int((~held).sum()) - 1)
        classifier = make_pipeline(
            PCA(components, svd_solver="covariance_eigh"),
            LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
        )
        classifier.fit(small[~held], answers[~held])
        guesses[held] = classifier.predict(small[held])
    return guesses


def _by_source(
    source: NDArray[np.str_], label: NDArray[np.str_], folds: NDArray[np.intp]
) -> NDArray[np.str_]:
    """Say of each film what most other patients' films of its source are."""
    guesses = label.copy()
    for fold in range(_FOLDS):
        held = folds == fold
        commonest = Counter(label[~held]).most_common(1)[0][0]
        for name in set(source[held]):
            seen = Counter(label[~held & (source == name)])
            guesses[held & (source == name)] = (
                min(seen, key=lambda each: (-seen[each], each)) if seen else commonest
            )
    return guesses


def _guess(truth: NDArray[np.str_], guesses: NDArray[np.str_]) -> Guess:
    from sklearn.metrics import balanced_accuracy_score

    counts = Counter(truth.tolist())
    return Guess(
        accuracy=round(float((truth == guesses).mean()), 4),
        balanced_accuracy=round(float(balanced_accuracy_score(truth, guesses)), 4),
        chance=round(1 / len(counts), 4),
        majority=round(max(counts.values()) / len(truth), 4),
        films=len(truth),
        answers=tuple(sorted(counts)),
    )
