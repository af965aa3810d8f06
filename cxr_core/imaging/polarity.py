"""Whether bone is bright on a frontal chest film, judged by the film alone.

A header may lie about its polarity, and a picture file has none. What is looked at is where a
chest film is brighter and where darker than elsewhere: abdomen, heart and spine are dense,
lungs and the air beside the neck are not. Only the order of the greys counts, so that no
window, gamma or bit depth changes the verdict, and an inverted film has the opposite score.

Measured by `python -m benchmarks.polarity`: docs/reference.md has the figures.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray

# Where a frontal film is dense (positive) and where not, the image's left half: 8 rows from the
# shoulders down, 4 columns from the edge to the midline; the right half mirrors it. The signs
# and rounded weights of a logistic regression on the mean greys of the fields.
_DENSITY = np.array(
    [
        [-5, -4, -3, 2],
        [-2, -2, -3, 1],
        [-1, -2, -5, 1],
        [-1, -2, -5, 3],
        [-1, -2, -2, 5],
        [-2, -1, 0, 6],
        [-2, 1, 3, 8],
        [-2, 3, 5, 9],
    ],
    dtype=np.float32,
)
_FIELDS = len(_DENSITY)
_SURE = 0.1
_SAMPLES = 128  # rows and columns that are looked at
_EDGE_SPREAD = 0.06  # of the film's contrast; lines with less are border, not film
_LEAST_FILM = 0.25  # of the rows or columns; with less left, nothing is cut off


class Polarity(StrEnum):
    """What the film says of itself."""

    UPRIGHT = "upright"
    INVERTED = "inverted"
    UNKNOWN = "unknown"


def estimate_polarity(pixels: FloatArray) -> Polarity:
    """Judge whether dense tissue is bright on a frontal chest film.

    Parameters
    ----------
    pixels
        float32 (rows, columns) in [0, 1].

    Returns
    -------
    UNKNOWN where the film speaks for neither, or would be an ordinary film if it were turned
    by a quarter or a half: such films lie on their side or on their head.

    Examples
    --------
    >>> estimate_polarity(np.zeros((64, 64), np.float32)).value
    'unknown'
    """
    order = _rank_fields(pixels)
    upright, *turned = (_score(np.rot90(order, quarter)) for quarter in range(4))
    if upright > _SURE:
        return Polarity.UPRIGHT
    if upright < -_SURE and max(turned) < -upright:
        return Polarity.INVERTED
    return Polarity.UNKNOWN


def sampling_steps(shape: tuple[int, int]) -> tuple[int, int]:
    """Say of which rows and columns a film is judged: the verdict on those is the film's."""
    rows, columns = (-(-side // _SAMPLES) for side in shape)
    return rows, columns


def _rank_fields(pixels: FloatArray) -> FloatArray:
    """Return the order of a film's 8 x 8 fields by brightness, float32 from -1 to 1.

    Borders without content are left out, whether they are black or white.
    """
    rows, columns = sampling_steps(pixels.shape)
    sample = np.asarray(pixels[::rows, ::columns], dtype=np.float32)
    low, high = np.percentile(sample, (0.5, 99.5))
    if high <= low:
        return np.zeros((_FIELDS, _FIELDS), dtype=np.float32)
    film = np.clip((sample - low) / (high - low), 0.0, 1.0)
    film = film[_content(film), _content(film.T)]
    fields = cv2.resize(film, (_FIELDS, _FIELDS), interpolation=cv2.INTER_AREA)
    sorted_fields = np.sort(fields, axis=None)
    ends = [np.searchsorted(sorted_fields, fields, side) for side in ("left", "right")]
    return np.asarray((ends[0] + ends[1]) / fields.size - 1.0, dtype=np.float32)


def _score(order: FloatArray) -> float:
    """Correlate an order of fields with what is dense on a chest, from -1 to 1."""
    halves = (order + order[:, ::-1])[:, : _FIELDS // 2] / 2
    return float((halves * _DENSITY).sum() / np.abs(_DENSITY).sum())


def _content(film: FloatArray) -> slice:
    """Return from which row to which a film has contrast along the row."""
    low, high = np.percentile(film, (5.0, 95.0), axis=1)
    lines = np.flatnonzero(high - low > _EDGE_SPREAD)
    if lines.size <= _LEAST_FILM * len(film):
        return slice(None)
    return slice(int(lines[0]), int(lines[-1]) + 1)
