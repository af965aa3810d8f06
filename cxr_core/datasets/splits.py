"""Splits that no patient crosses, and one that the ancestors used.

Each patient of each source is dealt by a salted hash of the source and the key: the same answer
on every machine, whatever else is read. When copies show that two of them are one person, the
one dealt to the more protected split speaks for both (test, then validation, then training)
and the other's films are held back. So films that are added can never move anybody: a film
stays in its split or is not used, and nobody goes from test to training.

Classes and sources have their shares in expectation, since the deal does not look at them; an
exact share would have to move patients whenever films are added. `fold_splits` is exact instead
of stable.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT_SALT = "cxr-triage-2026"


class Split(StrEnum):
    """Where a film may be used."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


_PROTECTION = (Split.TRAIN, Split.VALIDATION, Split.TEST)


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Shares in [0, 1] of the patients, and the salt fixed before the first training."""

    salt: str = DEFAULT_SALT
    validation_share: float = 0.07
    test_share: float = 0.18

    def split_of(self, key: str) -> Split:
        """Deal one patient, "source/key": the same answer for the same salt and key."""
        digest = hashlib.sha256(f"{self.salt}/{key}".encode()).digest()
        position = int.from_bytes(digest[:8], "big") / 2**64
        if position < self.test_share:
            return Split.TEST
        if position < self.test_share + self.validation_share:
            return Split.VALIDATION
        return Split.TRAIN


def most_protected(splits: Iterable[Split]) -> Split:
    """Return the split that speaks for a patient who was dealt several times."""
    return max(splits, key=_PROTECTION.index)


def fold_splits(
    groups: Sequence[str], strata: Sequence[str], folds: int, salt: str
) -> list[int]:
    """Deal films to k folds by group, each stratum evenly; the fold of each, 0 to `folds` - 1.

    Groups are dealt from the largest to the smallest, each to the fold that has least of its
    strata (as scikit-learn's StratifiedGroupKFold does, but in an order that the salt and the
    groups' names fix, and that the order of the films does not).

    Raises
    ------
    DataError
        When there are fewer groups than folds.
    """
    members: dict[str, list[int]] = {}
    for place, group in enumerate(groups):
        members.setdefault(group, []).append(place)
    if folds < 2 or len(members) < folds:
        raise DataError(
            f"{len(members)} patients cannot be dealt to {folds} folds; expected two folds or "
            "more, and a patient for each."
        )
    totals = Counter(strata)
    filled: list[Counter[str]] = [Counter() for _ in range(folds)]
    answer = [0] * len(groups)

    def order(group: str) -> tuple[int, str]:
        digest = hashlib.sha256(f"{salt}/{group}".encode()).hexdigest()
        return -len(members[group]), digest

    for group in sorted(members, key=order):
        own = Counter(strata[place] for place in members[group])
        burdens = [
            (
                sum((filled[fold][name] + count) / totals[name] for name, count in own.items()),
                sum(filled[fold].values()),
                fold,
            )
            for fold in range(folds)
        ]
        _, _, chosen = min(burdens)
        filled[chosen] += own
        for place in members[group]:
            answer[place] = chosen
    return answer


def leave_source_out(
    groups: Sequence[str], sources: Sequence[str], left_out: str
) -> list[Split | None]:
    """Test on one source, train on the others; None for patients who stand in both.

    Raises
    ------
    DataError
        When no film, or every film, is of that source.
    """
    if not 0 < sum(source == left_out for source in sources) < len(sources):
        raise DataError(
            f"Leaving out {left_out!r} leaves nothing to test on or to train on; the sources "
            f"are {', '.join(sorted(set(sources)))}."
        )
    tested = {
        group for group, source in zip(groups, sources, strict=True) if source == left_out
    }
    return [
        Split.TEST if source == left_out else None if group in tested else Split.TRAIN
        for group, source in zip(groups, sources, strict=True)
    ]


def naive_image_split(paths: Sequence[str], rule: SplitRule) -> list[Split]:
    """Deal every image by itself, as the ancestors did: it leaks, and shows how much."""
    return [rule.split_of(f"image/{path}") for path in paths]


def leaking_share(groups: Sequence[str], splits: Sequence[Split]) -> float:
    """Return the share of test films, in [0, 1], whose patient was also trained on."""
    trained = {
        group for group, split in zip(groups, splits, strict=True) if split is Split.TRAIN
    }
    tested = [
        group in trained
        for group, split in zip(groups, splits, strict=True)
        if split is Split.TEST
    ]
    return float(np.mean(tested)) if tested else 0.0
