"""Two versions on the same films: is one better, by how much, and on which films.

DeLong's test is for areas, McNemar's for accuracy; both take films for independent. The
intervals of the differences draw patients again, the same for both versions, and do not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Estimates, Measure, Options, bootstrap
from cxr_core.evaluation.metrics import Ranking, accuracies, confusions, rates, ratio
from cxr_core.evaluation.reliability import binned_gaps
from cxr_core.evaluation.results import plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.evaluation.bootstrap import Statistic
    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.metrics import FloatMatrix


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of both versions, and the second less the first."""

    first: Measure
    second: Measure
    difference: Measure


@dataclass(frozen=True, slots=True)
class DeLong:
    """Areas under the ROC of one class on the same films, and the test that they are equal.

    `error` is the standard error of the difference; None, as the p value, where nothing
    varies.
    """

    name: str
    first: float
    second: float
    difference: float
    error: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class McNemar:
    """Films that only one version had right, and the exact two-sided test on them."""

    only_first: int
    only_second: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two versions differ on the same films.

    `lost` and `gained` are the places of the films that only the first, or only the second,
    had right; `flipped` of all whose call changed.
    """

    classes: tuple[str, ...]
    films: int
    patients: int
    accuracy: Difference
    balanced_accuracy: Difference
    ece: Difference
    sensitivity: dict[str, Difference]
    auc: dict[str, Difference]
    delong: tuple[DeLong, ...]
    mcnemar: McNemar
    lost: tuple[int, ...]
    gained: tuple[int, ...]
    flipped: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        told: dict[str, Any] = plain(asdict(self))
        return told


def compare(
    first: Cases,
    second: Cases,
    options: Options | None = None,
    temperatures: tuple[float, float] = (1.0, 1.0),
    *,
    has_areas: bool = True,
) -> Comparison:
    """Compare two versions' answers for the same films in the same order.

    Areas under the curve take most of the time; without `has_areas` there are none.

    Raises
    ------
    DataError
        When films, patients, truth or classes are not the same.
    """
    options = options or Options()
    _refuse_others(first, second)
    both = tuple(zip((first, second), temperatures, strict=True))
    sides = [bootstrap(_statistic(*each, has_areas), first.groups, options) for each in both]
    scores = [cases.probabilities(temperature) for cases, temperature in both]
    right = [cases.predicted == cases.truth for cases in (first, second)]
    lost, gained = right[0] & ~right[1], right[1] & ~right[0]
    owns = [(place, name, first.truth == place) for place, name in enumerate(first.classes)]
    by_class = {
        kind: {name: _difference(sides, kind, place) for place, name, own in owns if own.any()}
        for kind in (("sensitivity", "auc") if has_areas else ("sensitivity",))
    }
    tests = [
        delong(name, scores[0][:, place], scores[1][:, place], own)
        for place, name, own in (owns if has_areas else ())
    ]
    return Comparison(
        classes=first.classes,
        films=len(first),
        patients=first.patients,
        accuracy=_difference(sides, "accuracy"),
        balanced_accuracy=_difference(sides, "balanced_accuracy"),
        ece=_difference(sides, "ece"),
        sensitivity=by_class["sensitivity"],
        auc=by_class.get("auc", {}),
        delong=tuple(each for each in tests if each is not None),
        mcnemar=mcnemar(int(lost.sum()), int(gained.sum())),
        lost=_places(lost),
        gained=_places(gained),
        flipped=_places(first.predicted != second.predicted),
    )


def delong(
    name: str, first: FloatMatrix, second: FloatMatrix, positive: NDArray[np.bool_]
) -> DeLong | None:
    """Test two scores of the same films (DeLong et al. 1988, fast by Sun & Xu 2014).

    None where there are fewer than two films of either side, too few for a variance.
    """
    ill, well = int(positive.sum()), int((~positive).sum())
    if min(ill, well) < 2:
        return None
    # Imported here: it takes a second, which no other command should wait for.
    from scipy.stats import norm, rankdata

    among_ill, among_well = [], []
    for scores in (first, second):
        everyone = rankdata(scores)
        among_ill.append((everyone[positive] - rankdata(scores[positive])) / well)
        among_well.append(1.0 - (everyone[~positive] - rankdata(scores[~positive])) / ill)
    areas = [float(each.mean()) for each in among_ill]
    spread = np.cov(among_ill) / ill + np.cov(among_well) / well
    variance = float(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    gap = areas[1] - areas[0]
    if variance <= 1e-15:
        return DeLong(name, areas[0], areas[1], gap, None, None)
    error = float(np.sqrt(variance))
    return DeLong(name, areas[0], areas[1], gap, error, float(2 * norm.sf(abs(gap) / error)))


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Test, exactly, whether films that only one version had right favour one (McNemar 1947).

    >>> mcnemar(1, 5).p_value
    0.21875
    """
    if only_first + only_second == 0:
        return McNemar(0, 0, 1.0)
    from scipy.stats import binomtest

    found = binomtest(only_first, only_first + only_second, 0.5)
    return McNemar(only_first, only_second, round(float(found.pvalue), 12))


def _refuse_others(first: Cases, second: Cases) -> None:
    same = (first.classes, first.groups) == (second.classes, second.groups)
    if not same or not np.array_equal(first.truth, second.truth):
        raise DataError(
            f"The versions were asked about {len(first)} and {len(second)} films that are not "
            "the same with the same classes in the same order. Judge both on one split."
        )


def _statistic(cases: Cases, temperature: float, has_areas: bool) -> Statistic:
    count = len(cases.classes)
    probabilities = cases.probabilities(temperature)
    present = np.flatnonzero(np.bincount(cases.truth, minlength=count))
    rankings = [
        Ranking.of(probabilities[:, place], cases.truth == place)
        for place in range(count if has_areas else 0)
    ]
    right = cases.predicted == cases.truth
    gaps = binned_gaps(probabilities.max(axis=1)[:, None], right[:, None])

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        tables = confusions(cases.truth, cases.predicted, count, weights)
        recalls = rates(tables)["sensitivity"]
        areas = [ratio(*each.areas(weights)) for each in rankings]
        return {
            "accuracy": accuracies(tables),
            "balanced_accuracy": recalls[:, present].mean(axis=1),
            "sensitivity": recalls,
            **({"auc": np.stack(areas, axis=1)} if areas else {}),
            "ece": np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1),
        }

    return statistic


def _difference(sides: list[Estimates], name: str, place: int | None = None) -> Difference:
    """Subtract resample by resample: both sides drew the same patients."""
    first, second = sides
    between = Estimates(
        {name: second.values[name] - first.values[name]},
        {name: second.drawn[name] - first.drawn[name]},
        first.level,
    )
    first_told, second_told, told = (
        each.measure(name, place) for each in (first, second, between)
    )
    return Difference(first_told, second_told, told)


def _places(marked: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(np.flatnonzero(marked).tolist())
