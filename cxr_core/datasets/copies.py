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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

ALGORITHM = 1
"""Raised when an answer may change, so that kept ones are not mixed with new ones."""
COPY_SCORE = 0.70
"""From here on two pictures are the same film. Between 0.65 and 0.75 there were none."""
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
    whole = [_whole_sketches(each) for each in others if each is not cropped]
    rows = np.concatenate([*whole, np.zeros((0, _SKETCH_SIDE**2), np.float32)])
    best = np.full((len(rows), len(cropped)), -1.0, np.float32)

    def compare(start: int) -> None:
        films = slice(start, start + _CHUNK)
        crops = _sketches(cropped[films])
        alike = rows @ crops.reshape(-1, crops.shape[2]).T
        best[:, films] = alike.reshape(len(rows), *crops.shape[:2]).max(axis=2)
        advance(min(start + _CHUNK, len(cropped)))

    with threadpool_limits(1), ThreadPoolExecutor() as pool:
        list(pool.map(compare, range(0, len(cropped), _CHUNK)))
    found, first = [], 0
    for other in others:
        if other is cropped:
            found.append(_within(cropped))
            continue
        places = _likeliest(best[first : first + len(other)])
        found.append([_place(other, cropped, *place) for place in places])
        first += len(other)
    return found


def _within(films: FloatArray) -> list[Nominee]:
    sketches = _whole_sketches(films)
    alike = sketches @ sketches.T
    np.fill_diagonal(alike, -1.0)
    return [Nominee(one, two, _WHOLE) for one, two in _likeliest(alike) if one < two]


def _place(other: FloatArray, cropped: FloatArray, first: int, second: int) -> Nominee:
    """Find the crop again that made two films look alike."""
    crops = _sketches(cropped[second : second + 1])[0]
    whole = _whole_sketches(other[first : first + 1])[0]
    return Nominee(first, second, int(np.argmax(crops @ whole)))


def _likeliest(alike: FloatArray) -> Iterator[tuple[int, int]]:
    """Yield the places that are among the highest of their row and of their column."""
    if not alike.size:
        return
    chosen = alike >= _LEAST_SKETCH
    for axis in (0, 1):
        others = alike.shape[axis] - min(_NOMINEES, alike.shape[axis])
        bar = np.partition(alike, others, axis=axis).take([others], axis=axis)
        chosen &= alike >= bar
    for first, second in zip(*np.nonzero(chosen), strict=True):
        yield int(first), int(second)


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
    for look in (_COARSE, _FINE):
        try:
            found, place = _align(whole, cropped, place, look)
        except cv2.error:  # no overlap left, or nothing to hold on to
            return -1.0
        if found < look.least:
            return -1.0
    return _overlap_correlation(whole, cropped, place)


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
