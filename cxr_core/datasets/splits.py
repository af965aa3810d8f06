"""Splits that no patient crosses.

Films are joined into one group when they share a patient key inside a source, a file stem
across sources, the bytes, or nearly all of their content. The group, never the film, is dealt
to training, validation or test, by a salted hash, so the dealing of one set of films is the
same on every machine.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    from cxr_core.datasets.films import Film
    from cxr_core.domain import FloatArray

_THUMBNAIL_SIZE = 32
_CROP_MARGINS = (0.0, 0.06, 0.12)
_COPY_CORRELATION = 0.96
_COMPLETE_PATIENT_KEYS = frozenset({"kermany", "nih"})


class Split(StrEnum):
    """Where a film may be used."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class SplitRule:
    """Shares in [0, 1] of the groups, and the salt fixed before the first training."""

    salt: str
    validation_share: float
    test_share: float

    def split_of(self, group: str) -> Split:
        """Deal one group: the same answer for the same salt and name.

        A group is named after its smallest member that is present, so a root with other films
        can name it, and then deal it, differently: a split is that of one folder of releases.
        """
        digest = hashlib.sha256(f"{self.salt}/{group}".encode()).digest()
        position = int.from_bytes(digest[:8], "big") / 2**64
        if position < self.test_share:
            return Split.TEST
        if position < self.test_share + self.validation_share:
            return Split.VALIDATION
        return Split.TRAIN


def near_copies(squares: NDArray[np.uint8], sources: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of films that show the same picture, whole or one cropped, in whatever encoding.

    Films of Kermany and NIH are not searched at all, neither among each other nor against the
    other sources: their patient keys are complete.

    `squares` is uint8 (films, side, side). Each whole film searched is compared with 81 crops
    of every other (margins of 0, 6 and 12 % on each side); from a zero-mean correlation of
    0.96 on 32 x 32 thumbnails on, two are copies. Looked at by eye, all of a sample of pairs
    at this threshold were the same film or the same patient.
    """
    searched = np.flatnonzero([source not in _COMPLETE_PATIENT_KEYS for source in sources])
    if searched.size == 0:
        return []
    films = squares[searched]
    whole = _unit_thumbnails(films)
    alike = whole @ whole.T
    side = squares.shape[1]
    margins = [round(share * side) for share in _CROP_MARGINS]
    for top, bottom, left, right in itertools.product(margins, repeat=4):
        crops = _unit_thumbnails(films[:, top : side - bottom, left : side - right])
        np.maximum(alike, whole @ crops.T, out=alike)
    first, second = np.nonzero(np.triu(np.maximum(alike, alike.T), k=1) >= _COPY_CORRELATION)
    return [(int(a), int(b)) for a, b in zip(searched[first], searched[second], strict=True)]


def _unit_thumbnails(films: NDArray[np.uint8]) -> FloatArray:
    """Zero-mean, unit-length rows, so that a product of two is their correlation."""
    side = (_THUMBNAIL_SIZE, _THUMBNAIL_SIZE)
    small = [cv2.resize(film, side, interpolation=cv2.INTER_AREA) for film in films]
    rows = np.asarray(small, dtype=np.float32).reshape(len(films), -1)
    rows -= rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-6), dtype=np.float32)


def join_patients(
    films: Sequence[Film], hashes: Sequence[str], copies: Sequence[tuple[int, int]]
) -> list[str]:
    """Name the group of each film: the smallest `source/patient` that is joined to it."""
    parent = list(range(len(films)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    seen: dict[Hashable, int] = {}
    for index, film in enumerate(films):
        for key in (
            ("patient", film.source, film.patient),
            ("stem", film.path.stem.lower()),
            ("bytes", hashes[index]),
        ):
            parent[root(index)] = root(seen.setdefault(key, index))
    for first, second in copies:
        parent[root(first)] = root(second)
    names: dict[int, str] = {}
    for index, film in enumerate(films):
        name = f"{film.source}/{film.patient}"
        names[root(index)] = min(name, names.get(root(index), name))
    return [names[root(index)] for index in range(len(films))]


def usable(films: Sequence[Film], contents: Sequence[str]) -> list[int]:
    """Indices of the films to keep: one of each content, none whose labels disagree.

    Films of the same content or the same file stem that carry different labels are all
    dropped; of the same content, the first is kept.
    """
    labels: dict[Hashable, set[str]] = defaultdict(set)
    for film, content in zip(films, contents, strict=True):
        labels["content", content].add(film.label)
        labels["stem", film.path.stem.lower()].add(film.label)
    kept: list[int] = []
    taken: set[str] = set()
    for index, (film, content) in enumerate(zip(films, contents, strict=True)):
        agreed = len(labels["content", content] | labels["stem", film.path.stem.lower()]) == 1
        if agreed and content not in taken:
            taken.add(content)
            kept.append(index)
    return kept
