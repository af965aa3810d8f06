"""What a comparison on a split found, and how answers are brought into one order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cxr_core.evaluation.bootstrap import Measure
    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.comparison import Comparison, Difference
    from cxr_core.evaluation.reliability import Reliability
    from cxr_core.use_cases.versions.answers import SplitAnswers

LOST, GAINED, OTHERWISE = "lost", "gained", "otherwise wrong"


@dataclass(frozen=True, slots=True)
class Flip:
    """A film that two versions call differently.

    `path` is the film's in the manifest; `kind` is "lost" (only the first was right), "gained"
    (only the second) or "otherwise wrong"; each side has its call and the probability of it,
    and the probability that each gives to the truth.
    """

    path: str
    kind: str
    truth: str
    first_call: str
    second_call: str
    first_probability: float
    second_probability: float
    first_of_truth: float
    second_of_truth: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two versions on the same films: values, differences, tests, and every flip."""

    first: str
    second: str
    found: Comparison
    flips: tuple[Flip, ...]

    def accuracy(self, place: int) -> Measure:
        """Accuracy of the first (0) or the second (1)."""
        return _of(self.found.accuracy, place)

    def balanced_accuracy(self, place: int) -> Measure:
        """Mean of the sensitivities of the first (0) or the second (1)."""
        return _of(self.found.balanced_accuracy, place)

    def sensitivity(self, place: int) -> dict[str, Measure]:
        """Sensitivity by class of the first (0) or the second (1)."""
        return {name: _of(each, place) for name, each in self.found.sensitivity.items()}

    def auc(self, place: int) -> dict[str, Measure]:
        """Area under the ROC by class of the first (0) or the second (1)."""
        return {name: _of(each, place) for name, each in self.found.auc.items()}

    def table(self) -> dict[tuple[str, str], dict[str, int]]:
        """Count flips from the first's call to the second's: lost, gained, otherwise wrong."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        for flip in self.flips:
            cell = found.setdefault((flip.first_call, flip.second_call), {})
            cell[flip.kind] = cell.get(flip.kind, 0) + 1
        return dict(sorted(found.items(), key=lambda item: -sum(item[1].values())))


@dataclass(frozen=True, slots=True)
class Side:
    """One version on the films that all could be asked about, calibrated by `temperature`.

    Where `says_what_it_saw` is False, nobody knows whether these films are new to it.
    """

    name: str
    temperature: float
    accuracy: Measure
    balanced_accuracy: Measure
    sensitivity: Mapping[str, Measure]
    auc: Mapping[str, Measure]
    reliability: Reliability
    says_what_it_saw: bool


@dataclass(frozen=True, slots=True)
class SplitComparison:
    """Versions on the test split of a manifest; `left_out` films were seen by one of them."""

    manifest: str
    classes: tuple[str, ...]
    films: int
    patients: int
    left_out: int
    sides: tuple[Side, ...]
    pairs: tuple[Pair, ...]


def common_films(
    answers: Sequence[SplitAnswers], masks: Sequence[NDArray[np.bool_]]
) -> tuple[str, ...]:
    """Return the films that every version answered and none has seen, in the first's order.

    Raises
    ------
    DataError
        When none is left.
    """
    kept = [
        {path for path, is_kept in zip(each.paths, mask, strict=True) if is_kept}
        for each, mask in zip(answers, masks, strict=True)
    ]
    common = set.intersection(*kept)
    if not common:
        raise DataError(
            "No test film is left that none of these versions has seen. Compare others, or "
            "curate more films."
        )
    return tuple(path for path in answers[0].paths if path in common)


def in_order_of(answers: SplitAnswers, paths: Sequence[str], classes: tuple[str, ...]) -> Cases:
    """Return a version's cases for these films and classes, in their order.

    Raises
    ------
    DataError
        When the version has other classes.
    """
    cases = answers.cases
    if set(cases.classes) != set(classes):
        raise DataError(
            f"{answers.version} tells {', '.join(cases.classes)} apart; expected "
            f"{', '.join(classes)}. Only versions with the same classes can be compared on "
            "the test split."
        )
    place = {path: number for number, path in enumerate(answers.paths)}
    rows = np.array([place[path] for path in paths], dtype=np.intp)
    columns = np.array([cases.classes.index(name) for name in classes], dtype=np.intp)
    to = np.array([classes.index(name) for name in cases.classes], dtype=np.intp)
    chosen = {
        name: tuple(getattr(cases, name)[row] for row in rows)
        for name in ("groups", "sources", "views", "sexes", "ages")
    }
    return replace(
        cases,
        classes=classes,
        logits=cases.logits[np.ix_(rows, columns)],
        truth=to[cases.truth[rows]],
        **chosen,
    )


def flips_of(
    both: tuple[Cases, Cases], temperatures: tuple[float, float], paths: Sequence[str]
) -> tuple[Flip, ...]:
    """List every film that the two call differently: lost ones first, then by certainty."""
    classes, truth = both[0].classes, both[0].truth
    called = [cases.predicted for cases in both]
    told = [cases.probabilities(heat) for cases, heat in zip(both, temperatures, strict=True)]
    found = []
    for place in np.flatnonzero(called[0] != called[1]).tolist():
        first, second, true = (int(each[place]) for each in (*called, truth))
        kind = LOST if first == true else GAINED if second == true else OTHERWISE
        found.append(
            Flip(
                path=paths[place],
                kind=kind,
                truth=classes[true],
                first_call=classes[first],
                second_call=classes[second],
                first_probability=float(told[0][place, first]),
                second_probability=float(told[1][place, second]),
                first_of_truth=float(told[0][place, true]),
                second_of_truth=float(told[1][place, true]),
            )
        )
    order = (LOST, GAINED, OTHERWISE)
    return tuple(
        sorted(found, key=lambda flip: (order.index(flip.kind), -flip.second_probability))
    )


def _of(difference: Difference, place: int) -> Measure:
    return (difference.first, difference.second)[place]
