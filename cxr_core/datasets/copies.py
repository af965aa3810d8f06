"""Which films are one film: whole or cropped, in whatever encoding.

Three steps, each fewer films and dearer than the one before. Every film is compared with 169
crops of every film of the other sources (and with the whole films of its own), small, with its
fine detail only: ribs and vessels tell two people apart, the grey of their bodies does not. The
best few are laid over each other by Evangelidis & Psarakis 2008 (enhanced correlation
coefficient), coarsely and then finely, and what is left is the correlation of the detail in the
overlap: about 0.95 for the same film, about 0.2 for two people, and hardly anything between.

The answer for two films depends on them alone, and the nominees of two sources on these two, so
results are kept per pair of sources and nothing is searched twice.
"""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

ALGORITHM = 2
"""Raised when an answer may change, so that kept ones are not mixed with new ones."""
COPY_SCORE = 0.70
"""From here on two pictures are the same film. Between 0.68 and 0.79 there were none."""
PATIENT_SCORE = 0.60
"""From here on they are of one patient: the pairs below COPY_SCORE are films of other days."""

_DETAIL_SIDE, _DETAIL_SIGMA = 64, 4.0
_SKETCH_SIDE = 20
_MARGINS = (0.0, 0.07, 0.14, 0.22)
_WHOLE = 0
_NOMINEES = 3
_LEAST_SKETCH = 0.45
_CHUNK = 4
_LEAST_OVERLAP = 0.4
_CUTS = tuple(cut for cut in itertools.product(_MARGINS, repeat=2) if sum(cut) < 0.35)


@dataclass(frozen=True, slots=True)
class _Look:
    """A resolution at which two films are laid over each other, and what must come of it."""

    side: int
    sigma: float
    steps: int
    least: float


_COARSE = _Look(side=48, sigma=2.0, steps=10, least=0.65)
_FINE = _Look(side=128, sigma=4.0, steps=25, least=-1.0)


@dataclass(frozen=True, slots=True)
class Nominee:
    """Two films worth a closer look: film `whole` looks like crop `box` of film `cropped`."""

    whole: int
    cropped: int
    box: int


def detail(squares: NDArray[np.uint8]) -> FloatArray:
    """Keep what tells people apart: float32 (films, 64, 64), local mean 0, local contrast 1.

    `squares` is uint8 (films, side, side).
    """
    return np.stack([_fine_detail(each, _DETAIL_SIDE, _DETAIL_SIGMA) for each in squares])


def _fine_detail(square: NDArray[np.uint8], side: int, sigma: float) -> FloatArray:
    small = cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    small -= cv2.GaussianBlur(small, (0, 0), sigma)
    contrast = np.sqrt(cv2.GaussianBlur(small * small, (0, 0), sigma)) + np.float32(3.0)
    return np.asarray(small / contrast, dtype=np.float32)


def nominate(
    cropped: FloatArray, others: Sequence[FloatArray], advance: Callable[[int], None]
) -> list[list[Nominee]]:
    """Return, for each of the other sources, the pairs that look like copies at a glance.

    `cropped` and `others` are the `detail` of one source each. A pair is nominated when each
    film is among the three that look most like the other; a source that stands among the
    `others` itself is searched for whole films only. `advance` hears how many films are done,
    from several threads, and may raise to end the search.
    """
    contests = [_Contest(_whole_sketches(each)) for each in others]
    needs_crops = any(other is not cropped for other in others)

    def compare(start: int) -> None:
        films = slice(start, start + _CHUNK)
        whole = _whole_sketches(cropped[films])[:, None]
        crops = _sketches(cropped[films]) if needs_crops else whole
        for other, contest in zip(others, contests, strict=True):
            contest.enter(start, whole if other is cropped else crops, other is cropped)
        advance(min(start + _CHUNK, len(cropped)))

    with threadpool_limits(1), ThreadPoolExecutor() as pool:
        list(pool.map(compare, range(0, len(cropped), _CHUNK)))
    return [
        [
            Nominee(first, second, _WHOLE)
            if other is cropped
            else _place(other, cropped, first, second)
            for first, second in contest.winners()
            if other is not cropped or first < second
        ]
        for other, contest in zip(others, contests, strict=True)
    ]


class _Contest:
    """Which pairs are among the best of both their films, without ever holding all pairs."""

    def __init__(self, rows: FloatArray) -> None:
        self._rows = rows
        self._best = np.full((len(rows), _NOMINEES), -1.0, np.float32)
        self._entries: list[tuple[int, int, float]] = []
        self._lock = threading.Lock()

    def enter(self, start: int, crops: FloatArray, is_same: bool) -> None:
        """Compare all rows with the crops (films, crops, 400) of some columns."""
        if not len(self._rows):
            return
        alike = self._rows @ crops.reshape(-1, crops.shape[2]).T
        alike = alike.reshape(len(self._rows), *crops.shape[:2]).max(axis=2)
        if is_same:
            places = np.arange(start, start + len(crops))
            alike[places, places - start] = -1.0
        others = len(alike) - min(_NOMINEES, len(alike))
        bars = np.partition(alike, others, axis=0)[others]
        rows, columns = np.nonzero((alike >= bars) & (alike >= _LEAST_SKETCH))
        with self._lock:
            both = np.concatenate([self._best, alike], axis=1)
            self._best = -np.partition(-both, _NOMINEES - 1, axis=1)[:, :_NOMINEES]
            self._entries += [
                (int(row), start + int(column), float(alike[row, column]))
                for row, column in zip(rows, columns, strict=True)
            ]

    def winners(self) -> list[tuple[int, int]]:
        """Return the pairs of rows and columns, sorted."""
        bars = self._best[:, -1]
        return sorted(
            (row, column) for row, column, value in self._entries if value >= bars[row]
        )


def _place(other: FloatArray, cropped: FloatArray, first: int, second: int) -> Nominee:
    """Find the crop again that made two films look alike."""
    crops = _sketches(cropped[second : second + 1])[0]
    whole = _whole_sketches(other[first : first + 1])[0]
    return Nominee(first, second, int(np.argmax(crops @ whole)))


def _sketches(details: FloatArray) -> FloatArray:
    """Every crop of every film, small: float32 (films, crops, 400), unit vectors.

    A product of two is a correlation. The first crop is the whole film.
    """
    films = len(details)
    columns = (_AVERAGES @ details).reshape(films, -1, _DETAIL_SIDE)  # averaged vertically
    crops = (columns @ _AVERAGES.T).reshape(films, len(_CUTS), _SKETCH_SIDE, len(_CUTS), -1)
    return _as_units(crops.transpose(0, 1, 3, 2, 4).reshape(films, len(_CUTS) ** 2, -1))


def _whole_sketches(details: FloatArray) -> FloatArray:
    """Only the first crop of each: float32 (films, 400)."""
    average = _AVERAGES[:_SKETCH_SIDE]
    return _as_units((average @ details @ average.T).reshape(len(details), -1))


def _as_units(sketches: FloatArray) -> FloatArray:
    centred = sketches - sketches.mean(axis=-1, keepdims=True)
    lengths = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-6), dtype=np.float32)


def _averaging(before: float, after: float) -> FloatArray:
    """Matrix (20, 64) that shrinks what lies between two margins by averaging."""
    edges = np.linspace(before, 1.0 - after, _SKETCH_SIDE + 1) * _DETAIL_SIDE
    cells = np.arange(_DETAIL_SIDE)
    covered = np.minimum(edges[1:, None], cells + 1) - np.maximum(edges[:-1, None], cells)
    weights = np.clip(covered, 0.0, None)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


_AVERAGES = np.concatenate([_averaging(*cut) for cut in _CUTS])


def likeness(whole: NDArray[np.uint8], cropped: NDArray[np.uint8], box: int) -> float:
    """Lay one film over a crop of the other; the correlation of their detail, -1 to 1.

    Both are uint8 (side, side). Returns -1 when they cannot be laid over each other.
    """
    (top, bottom), (left, right) = _CUTS[box // len(_CUTS)], _CUTS[box % len(_CUTS)]
    place = np.array([[1 - left - right, 0, left], [0, 1 - top - bottom, top]], np.float32)
    best = -1.0
    for look in (_COARSE, _FINE):
        try:
            found, place = _align(whole, cropped, place, look)
        except cv2.error:  # no overlap left, or nothing to hold on to
            break
        if found < look.least:
            break
        # The finer step can drift away from a right start: the better of the two counts.
        best = max(best, _overlap_correlation(whole, cropped, place))
    return best


def _align(
    whole: NDArray[np.uint8], cropped: NDArray[np.uint8], place: FloatArray, look: _Look
) -> tuple[float, FloatArray]:
    """Refine an affine map, in shares of the side, from the whole film to the cropped one."""
    pixels = place.copy()
    pixels[:, 2] *= look.side
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, look.steps, 1e-4)
    found, aligned = cv2.findTransformECC(
        _fine_detail(whole, look.side, look.sigma),
        _fine_detail(cropped, look.side, look.sigma),
        pixels,
        cv2.MOTION_AFFINE,
        stop,
        np.ones((look.side, look.side), np.uint8),  # all of it
        3,
    )
    refined = np.array(aligned, dtype=np.float32)
    refined[:, 2] /= look.side
    return float(found), refined


def _overlap_correlation(
    whole: NDArray[np.uint8], cropped: NDArray[np.uint8], place: FloatArray
) -> float:
    side = (_FINE.side, _FINE.side)
    pixels = place.copy()
    pixels[:, 2] *= _FINE.side
    first = _fine_detail(whole, _FINE.side, 2.0)
    how = cv2.WARP_INVERSE_MAP
    second = cv2.warpAffine(
        _fine_detail(cropped, _FINE.side, 2.0), pixels, side, flags=cv2.INTER_LINEAR | how
    )
    covered = cv2.warpAffine(
        np.ones(side, np.uint8), pixels, side, flags=cv2.INTER_NEAREST | how
    ).astype(bool)
    if covered.mean() < _LEAST_OVERLAP:
        return -1.0
    return float(np.corrcoef(first[covered], second[covered])[0, 1])
