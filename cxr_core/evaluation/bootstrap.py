"""Intervals by drawing patients again, with all their films (the cluster bootstrap).

Films of one patient resemble one another, so patients are what is drawn: as many as there are,
with replacement (Davison & Hinkley 1997, 3.8). A film's weight in a sample is the number of
times that its patient was drawn; the metrics take thousands of such weights at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cxr_core.evaluation.metrics import FloatMatrix, wilson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Statistic: TypeAlias = "Callable[[FloatMatrix], dict[str, FloatMatrix]]"
"""Film weights (samples, films) to values by name, each (samples,) or (samples, classes)."""

_CELLS = 400_000  # weights at once: what stays in a core's cache


@dataclass(frozen=True, slots=True)
class Options:
    """How an evaluation is made.

    `resamples` drawn from `seed` give intervals of `level`; `conformal_level` is what
    prediction sets shall cover; `sensitivities` are those that thresholds are chosen for;
    `prevalences`, by class, are where PPV and NPV are wanted besides that of the films.
    """

    resamples: int = 2000
    seed: int = 20260
    level: float = 0.95
    conformal_level: float = 0.90
    sensitivities: tuple[float, ...] = (0.90, 0.95)
    prevalences: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """A value and its 95 % interval; None where it is not defined.

    `undefined` counts the resamples in which it was not (no film of a class was drawn), which
    the interval leaves out.
    """

    value: float | None
    low: float | None
    high: float | None
    undefined: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Values by name, each () or (classes,), beside those of every resample."""

    values: dict[str, FloatMatrix]
    drawn: dict[str, FloatMatrix]
    level: float

    def measure(self, name: str, place: int | None = None, trials: int = 0) -> Measure:
        """Return one value with its percentile interval.

        `trials` is for shares: the number of patients that the share rests on. Where every
        resample says the same, as when all were right, drawing again knows nothing of what was
        not seen, and Wilson's interval on so many patients is given instead.
        """
        value = self.values[name] if place is None else self.values[name][place]
        drawn = self.drawn[name] if place is None else self.drawn[name][:, place]
        told = drawn[np.isfinite(drawn)]
        if not np.isfinite(value):
            return Measure(None, None, None, len(drawn))
        if not len(told):
            return Measure(float(value), None, None, len(drawn))
        tail = 50 * (1 - self.level)
        low, high = (float(each) for each in np.percentile(told, (tail, 100 - tail)))
        if trials and low == high:
            low, high = wilson(float(value), trials)
        return Measure(float(value), low, high, len(drawn) - len(told))


def bootstrap(statistic: Statistic, groups: Sequence[str], options: Options) -> Estimates:
    """Compute a statistic on the films as they are, and on resampled patients."""
    films = len(groups)
    values = {name: each[0] for name, each in statistic(np.ones((1, films))).items()}
    parts: dict[str, list[FloatMatrix]] = {name: [] for name in values}
    for weights in film_weights(groups, options.resamples, options.seed):
        for name, each in statistic(weights).items():
            parts[name].append(each)
    drawn = {
        name: np.concatenate(each) if each else np.empty((0, *values[name].shape))
        for name, each in parts.items()
    }
    return Estimates(values, drawn, options.level)


def film_weights(groups: Sequence[str], resamples: int, seed: int) -> Iterator[FloatMatrix]:
    """Yield float64 (samples, films), a block at a time: how often each film was drawn."""
    generator = np.random.default_rng(seed)
    names, patient = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    patients = len(names)
    block = max(1, _CELLS // len(groups))
    for begin in range(0, resamples, block):
        samples = min(block, resamples - begin)
        drawn = generator.integers(0, patients, (samples, patients))
        flat = drawn + np.arange(samples)[:, None] * patients
        counts = np.bincount(flat.ravel(), minlength=samples * patients)
        yield counts.reshape(samples, patients)[:, patient].astype(np.float64)
