"""Prediction sets that hold the true class nine times in ten, whatever the network.

Split conformal prediction (Vovk et al. 2005, Angelopoulos & Bates 2023): a film's error is one
less the probability of its true class, and a set takes every class whose error would be at
most the ceil((n + 1) level)-th smallest of n validation films. Of all scores this one gives the
smallest sets (Sadinle et al. 2019); its known fault, that rare or hard classes are covered less
than easy ones, is mended by a threshold for each class, learnt from that class's films
(Mondrian: Vovk 2012), which promises the level inside every class. Those are what is served,
unless a class has too few validation films for a threshold. Adaptive sets (Romano et al. 2020)
promise nothing by class and, without a throw of dice, are wider.

The promise is for films drawn like the validation films. Films of one patient are not
independent, and another hospital's are not alike: so coverage is measured, by source too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Estimates, Measure, Options, bootstrap
from cxr_core.evaluation.metrics import ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.metrics import FloatMatrix


@dataclass(frozen=True, slots=True)
class Conformal:
    """Thresholds on the error, 1 less the probability, up to which a class stays in the set.

    `threshold` is that of all films together; `by_class` runs parallel to `classes`, and is
    empty where a class had too few films. 1 keeps a class in every set.
    """

    level: float
    classes: tuple[str, ...]
    threshold: float
    by_class: tuple[float, ...] = ()

    @property
    def served(self) -> tuple[float, ...]:
        """The threshold of each class that prediction sets are made with."""
        return self.by_class or (self.threshold,) * len(self.classes)

    def prediction_set(self, probabilities: Sequence[float]) -> tuple[str, ...]:
        """Return the classes that cannot be ruled out, most probable first, never none.

        `probabilities` runs parallel to `classes`, at the temperature of the validation films.
        """
        kept = members(np.asarray([probabilities], dtype=np.float64), self.served)[0]
        order = np.argsort(-np.asarray(probabilities), kind="stable")
        return tuple(self.classes[place] for place in order if kept[place])


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the sets did on test films, with one way to choose the thresholds.

    `by_class` and `by_source` are coverages inside each. `singletons` is the share of sets
    with one class, `full` with all; `empty` of those that would have been empty, had the
    favourite not been put in.
    """

    thresholds: tuple[float, ...]
    coverage: Measure
    by_class: dict[str, Measure]
    by_source: dict[str, Measure]
    mean_size: Measure
    singletons: Measure
    full: Measure
    empty: Measure


@dataclass(frozen=True, slots=True)
class ConformalResult:
    """Coverage measured with the thresholds of all films, and with those of each class.

    `served` is the name of the one that readings use. `by_class` is None where a class had too
    few validation films.
    """

    level: float
    score: str
    served: str
    validation_films: int
    together: Coverage
    by_class: Coverage | None


def fit_conformal(validation: Cases, temperature: float, level: float) -> Conformal:
    """Learn the thresholds on validation films.

    Raises
    ------
    DataError
        When there are too few films for the level: 9 for 0.9.
    """
    probabilities = validation.probabilities(temperature)
    errors = 1.0 - probabilities[np.arange(len(validation)), validation.truth]
    least = fewest_films(level)
    if len(errors) < least:
        raise DataError(
            f"There are {len(errors)} validation films; prediction sets of {level:.0%} take "
            f"{least} or more."
        )
    own = [errors[validation.truth == place] for place in range(len(validation.classes))]
    every = all(len(each) >= least for each in own)
    return Conformal(
        level=level,
        classes=validation.classes,
        threshold=quantile(errors, level),
        by_class=tuple(quantile(each, level) for each in own) if every else (),
    )


def fewest_films(level: float) -> int:
    """With fewer films than this, only the set of all classes can promise `level`.

    >>> fewest_films(0.9)
    9
    """
    return math.ceil(level / (1.0 - level) - 1e-9)


def quantile(errors: FloatMatrix, level: float) -> float:
    """Return the ceil((n + 1) level)-th smallest error, 1 where there are not so many."""
    rank = math.ceil((len(errors) + 1) * level - 1e-9)
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else 1.0


def members(probabilities: FloatMatrix, thresholds: Sequence[float]) -> NDArray[np.bool_]:
    """Mark the classes of each set, the favourite always among them: (films, classes)."""
    kept = 1.0 - probabilities <= np.asarray(thresholds)
    kept[np.arange(len(kept)), probabilities.argmax(axis=1)] = True
    return np.asarray(kept)


def assess_conformal(
    cases: Cases, fitted: Conformal, temperature: float, films: int, options: Options
) -> ConformalResult:
    """Measure coverage on test films; `films` is the number of validation films."""
    count = len(fitted.classes)
    probabilities = cases.probabilities(temperature)
    by_class = None
    if fitted.by_class:
        by_class = _coverage(cases, probabilities, fitted.by_class, options)
    return ConformalResult(
        level=fitted.level,
        score="1 - probability of the class",
        served="by_class" if fitted.by_class else "together",
        validation_films=films,
        together=_coverage(cases, probabilities, (fitted.threshold,) * count, options),
        by_class=by_class,
    )


def _coverage(
    cases: Cases, probabilities: FloatMatrix, thresholds: tuple[float, ...], options: Options
) -> Coverage:
    kept = members(probabilities, thresholds)
    covered = kept[np.arange(len(cases)), cases.truth].astype(np.float64)
    sizes = kept.sum(axis=1)
    bare = (1.0 - probabilities <= np.asarray(thresholds)).any(axis=1)
    sources = sorted(set(cases.sources))
    in_class = np.eye(len(cases.classes), dtype=bool)[cases.truth]
    in_source = np.asarray(cases.sources)[:, None] == np.asarray(sources)
    shares = np.stack([covered, sizes, sizes == 1, sizes == len(thresholds), ~bare], axis=1)

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        films = weights.sum(axis=1)
        return {
            "shares": weights @ shares / films[:, None],
            "class": ratio(weights @ (in_class * covered[:, None]), weights @ in_class),
            "source": ratio(weights @ (in_source * covered[:, None]), weights @ in_source),
        }

    found = bootstrap(statistic, cases.groups, options)
    return Coverage(
        thresholds=thresholds,
        coverage=found.measure("shares", 0, cases.patients),
        by_class=_parts(found, "class", cases.classes, in_class, cases),
        by_source=_parts(found, "source", sources, in_source, cases),
        mean_size=found.measure("shares", 1),
        singletons=found.measure("shares", 2, cases.patients),
        full=found.measure("shares", 3, cases.patients),
        empty=found.measure("shares", 4, cases.patients),
    )


def _parts(
    found: Estimates,
    kind: str,
    names: Sequence[str],
    belongs: NDArray[np.bool_],
    cases: Cases,
) -> dict[str, Measure]:
    groups = np.asarray(cases.groups)
    return {
        name: found.measure(kind, place, len(np.unique(groups[belongs[:, place]])))
        for place, name in enumerate(names)
    }
