"""Ways to deal a manifest's films: its own, folds, one source left out, and the naive one.

patients        the manifest's own split
fold:2/5        the second of five folds tests, the next one validates
without:nih     one source tests; the manifest's own validation patients of the others validate
naive           every image by itself, copies included, as the ancestors did: it leaks
naive:0.1/0.2   the same, a tenth to validate and a fifth to test
naive-fold:2/5  the same, in folds
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cxr_core.datasets.splits import (
    Split,
    SplitRule,
    fold_splits,
    leave_source_out,
    naive_image_split,
)
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.datasets.manifest import Film

PATIENTS, NAIVE = "patients", "naive"
_FOLD = re.compile(r"(?:naive-)?fold:(\d+)/(\d+)")
_NAIVE_SHARES = re.compile(r"naive:(0?\.\d+)/(0?\.\d+)")
_WITHOUT = re.compile(r"without:(.+)")


def is_naive(scheme: str) -> bool:
    """Say whether a scheme deals images as if each were somebody else's."""
    return scheme.startswith(NAIVE)


def is_candidate(film: Film, scheme: str) -> bool:
    """Say whether a scheme deals a film at all: the naive ones take copies for films."""
    return film.rows > 0 if is_naive(scheme) else film.is_used


def deal(
    films: Sequence[Film], labels: Sequence[str], scheme: str, rule: SplitRule
) -> list[Split | None]:
    """Return each film's split under a scheme; None where it has none.

    Raises
    ------
    DataError
        When there is no such scheme, or it leaves nothing to test or to train on.
    """
    if scheme == PATIENTS:
        return [film.split for film in films]
    if scheme == NAIVE:
        return list(naive_image_split([film.path for film in films], rule))
    if found := _NAIVE_SHARES.fullmatch(scheme):
        shares = SplitRule(rule.salt, float(found[1]), float(found[2]))
        return list(naive_image_split([film.path for film in films], shares))
    groups = [film.path if is_naive(scheme) else film.group for film in films]
    if found := _FOLD.fullmatch(scheme):
        fold, folds = int(found[1]), int(found[2])
        if not 1 <= fold <= folds:
            raise DataError(
                f"{scheme} is no fold; expected fold:1/{folds} to fold:{folds}/{folds}."
            )
        strata = [f"{label}/{film.source}" for film, label in zip(films, labels, strict=True)]
        dealt = fold_splits(groups, strata, folds, rule.salt)
        return [_of_fold((each - fold + 1) % folds, folds) for each in dealt]
    if found := _WITHOUT.fullmatch(scheme):
        left = leave_source_out(groups, [film.source for film in films], found[1])
        return [
            Split.VALIDATION
            if split is Split.TRAIN and film.split is Split.VALIDATION
            else split
            for film, split in zip(films, left, strict=True)
        ]
    raise DataError(
        f"There is no scheme {scheme!r}; expected {PATIENTS}, fold:K/N, without:SOURCE, "
        f"{NAIVE}, {NAIVE}:VALIDATION/TEST or {NAIVE}-fold:K/N."
    )


def _of_fold(distance: int, folds: int) -> Split:
    """Test, then validation where a third fold is left to train on."""
    if distance == 0:
        return Split.TEST
    return Split.VALIDATION if distance == 1 and folds > 2 else Split.TRAIN
