"""The same question asked of part of the films: one source, one view, one sex, one age."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.bootstrap import Measure, Options, bootstrap
from cxr_core.evaluation.metrics import Ranking, accuracies, confusions, rates, ratio, wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.bootstrap import Statistic
    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.metrics import FloatMatrix

AGE_BANDS = ((0, 5), (6, 17), (18, 39), (40, 64), (65, None))
SMALL = 20
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class GroupResult:
    """Part of the films: how many of each class, and how well they were told.

    `sensitivity` is of each class that is there, `auc` of each against the rest of the group,
    empty where the group has one class. A group of fewer than 20 patients `is_small`: its
    shares have Wilson's intervals on the number of patients, its areas have none.
    """

    name: str
    films: int
    patients: int
    counts: dict[str, int]
    is_small: bool
    accuracy: Measure
    balanced_accuracy: Measure
    sensitivity: dict[str, Measure]
    auc: dict[str, Measure]


def age_band(years: float | None) -> str:
    """Name the band of an age in years.

    >>> age_band(5.9), age_band(65), age_band(None)
    ('0-5', '65+', 'unknown')
    """
    if years is None or not years >= 0:
        return UNKNOWN
    for low, high in AGE_BANDS:
        if high is None or years < high + 1:
            return f"{low}+" if high is None else f"{low}-{high}"
    return UNKNOWN


def measure_subgroups(
    cases: Cases, temperature: float, options: Options
) -> dict[str, tuple[GroupResult, ...]]:
    """Judge each source, view, sex and age band; what is not known is a group of its own."""
    bands = [age_band(years) for years in cases.ages]
    order = [age_band(low) for low, _ in AGE_BANDS]
    kinds: dict[str, Sequence[str]] = {
        "source": cases.sources,
        "view": cases.views,
        "sex": cases.sexes,
        "age": bands,
    }
    found = {}
    for kind, words in kinds.items():
        names = np.asarray([word or UNKNOWN for word in words])
        present = sorted(
            set(names.tolist()),
            key=lambda name: (name == UNKNOWN, order.index(name) if name in order else 0, name),
        )
        found[kind] = tuple(
            measure_group(name, cases.subset(names == name), temperature, options)
            for name in present
        )
    return found


def measure_group(name: str, cases: Cases, temperature: float, options: Options) -> GroupResult:
    """Judge all of `cases` as one group."""
    counts = Counter(cases.classes[place] for place in cases.truth)
    present = [place for place, word in enumerate(cases.classes) if counts[word]]
    ranked = present if len(present) > 1 else []
    found = bootstrap(_statistic(cases, temperature, present), cases.groups, options)
    groups = np.asarray(cases.groups)
    is_small = cases.patients < SMALL

    def told(kind: str, place: int | None = None, patients: int = 0) -> Measure:
        value = found.measure(kind, place, patients)
        return small_measure(value, patients) if is_small else value

    return GroupResult(
        name=name,
        films=len(cases),
        patients=cases.patients,
        counts={word: counts[word] for word in cases.classes if counts[word]},
        is_small=is_small,
        accuracy=told("accuracy", None, cases.patients),
        balanced_accuracy=told("balanced_accuracy"),
        sensitivity={
            cases.classes[place]: told(
                "sensitivity", place, len(np.unique(groups[cases.truth == place]))
            )
            for place in present
        },
        auc={cases.classes[place]: told("auc", place) for place in ranked},
    )


def _statistic(cases: Cases, temperature: float, present: list[int]) -> Statistic:
    probabilities = cases.probabilities(temperature)
    rankings = [
        Ranking.of(probabilities[:, place], cases.truth == place)
        for place in range(len(cases.classes))
    ]

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        tables = confusions(cases.truth, cases.predicted, len(cases.classes), weights)
        recalls = rates(tables)["sensitivity"]
        return {
            "accuracy": accuracies(tables),
            "balanced_accuracy": recalls[:, present].mean(axis=1),
            "sensitivity": recalls,
            "auc": np.stack([ratio(*each.areas(weights)) for each in rankings], axis=1),
        }

    return statistic


def small_measure(value: Measure, patients: int) -> Measure:
    """Give a share of few patients Wilson's interval; what is no share (0 patients), none."""
    if value.value is None or not patients:
        return Measure(value.value, None, None, value.undefined)
    low, high = wilson(value.value, patients)
    return Measure(value.value, low, high, value.undefined)


def within_source_areas(
    cases: Cases, temperature: float, options: Options
) -> dict[str, Measure]:
    """Area under the ROC of each class over pairs of films of one and the same source.

    A pooled area also counts pairs of two hospitals, which a network that can tell hospitals
    apart gets right for nothing. None where no source has the class and another.
    """
    probabilities = cases.probabilities(temperature)
    sources = np.asarray(cases.sources)
    parts = {
        (place, source): (own, Ranking.of(probabilities[own, place], cases.truth[own] == place))
        for place in range(len(cases.classes))
        for source in np.unique(sources)
        for own in [np.flatnonzero(sources == source)]
        if 0 < int((cases.truth[own] == place).sum()) < len(own)
    }

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        right = np.zeros((len(weights), len(cases.classes)))
        pairs = np.zeros_like(right)
        for (place, _), (own, ranking) in parts.items():
            here, among = ranking.areas(weights[:, own])
            right[:, place] += here
            pairs[:, place] += among
        return {"auc": ratio(right, pairs)}

    found = bootstrap(statistic, cases.groups, options)
    return {name: found.measure("auc", place) for place, name in enumerate(cases.classes)}
