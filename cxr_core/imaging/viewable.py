"""A decoded film as a workstation needs it: its values, to be windowed by hand, and its greys.

A Radiograph is painted, and what its window cut off is gone. Here the values stay, as whole
steps from 0 up, beside the grey that each has in the Radiograph.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cxr_core.domain import Window
from cxr_core.imaging.greys import Scale, UnpaintedFilm, count_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import ByteArray, FloatArray

_LEAST_BITS, _MOST_BITS = 8, 16
_FLOAT_STEPS = (1 << _MOST_BITS) - 1
_ENDS = (0.01, 0.99)  # of the greys, between which a window comes closest to a table


@dataclass(frozen=True, slots=True, eq=False)
class ViewableFilm:
    """A film with all its values.

    `steps` is uint8 or uint16 (rows, columns) of `bits` bits: `slope` (above 0) times a step,
    plus `intercept`, is the modality value (PS3.3 C.11.1). `greys` is uint8 (2 ** bits,), what
    each step is shown as and read as by the models, dense tissue bright. Where `is_inverted` a
    window has to be turned round for that. `window` is the one that comes closest to `greys`.
    """

    steps: NDArray[np.uint8] | NDArray[np.uint16]
    bits: int
    greys: ByteArray
    slope: float
    intercept: float
    is_inverted: bool
    window: Window


def make_viewable(film: UnpaintedFilm) -> ViewableFilm:
    """Bring a decoded film into steps.

    Padding becomes the darkest step, and levels that no pixel has cost none.

    Examples
    --------
    >>> film = make_viewable(UnpaintedFilm(np.zeros((2, 2), np.float32)))
    >>> film.bits, film.steps.dtype, film.greys[-1]
    (16, dtype('uint16'), np.uint8(255))
    """
    if film.greys is None:
        steps = np.rint(np.clip(film.codes, 0.0, 1.0) * _FLOAT_STEPS).astype(np.uint16)
        ramp = np.linspace(0.0, 1.0, _FLOAT_STEPS + 1, dtype=np.float32)
        scale = Scale(np.arange(_FLOAT_STEPS + 1, dtype=np.int64))
        return _viewable(steps, ramp, scale, 0)
    counts = count_levels(film.codes)
    scale = film.scale or Scale(np.arange(len(counts), dtype=np.int64))
    is_used = counts > 0
    if scale.is_padding is not None and (is_used & ~scale.is_padding).any():
        is_used &= ~scale.is_padding
    low, high = int(scale.values[is_used].min()), int(scale.values[is_used].max())
    shifted = np.clip(scale.values, low, high) - low
    if scale.is_padding is not None:
        is_dark_above = scale.is_inverted != (scale.slope < 0.0)
        shifted[scale.is_padding] = high - low if is_dark_above else 0
    bits = max(_LEAST_BITS, (high - low).bit_length())
    table = _greys_of_steps(shifted[is_used], film.greys[is_used], 1 << bits)
    depth = np.uint8 if bits == _LEAST_BITS else np.uint16
    numbers: NDArray[Any] = shifted.reshape(1, -1).astype(depth)
    steps = np.asarray(cv2.LUT(film.codes, numbers))
    return _viewable(steps, table, scale, low)


def _greys_of_steps(
    steps: NDArray[np.integer[Any]], greys: FloatArray, count: int
) -> FloatArray:
    """Give every step a grey: those that do not occur lie between their neighbours."""
    known, first = np.unique(steps, return_index=True)
    return np.interp(np.arange(count), known, greys[first]).astype(np.float32)


def _viewable(
    steps: NDArray[Any], greys: FloatArray, scale: Scale, lowest: int
) -> ViewableFilm:
    bits = (len(greys) - 1).bit_length()
    slope, intercept = scale.slope, scale.intercept + scale.slope * lowest
    if slope < 0.0:  # turned so that steps grow with the modality value
        top = len(greys) - 1
        steps, greys = steps.dtype.type(top) - steps, greys[::-1]
        slope, intercept = -slope, intercept + slope * top
    return ViewableFilm(
        steps,
        bits,
        np.rint(np.clip(greys, 0.0, 1.0) * 255).astype(np.uint8),
        slope,
        intercept,
        scale.is_inverted,
        _closest_window(greys, slope, intercept, is_inverted=scale.is_inverted),
    )


def _closest_window(
    greys: FloatArray, slope: float, intercept: float, *, is_inverted: bool
) -> Window:
    """Find the linear window that runs through the ends of a table of greys."""
    rising = greys[::-1] if is_inverted else greys
    low, high = (int(np.searchsorted(np.maximum.accumulate(rising), end)) for end in _ENDS)
    span = max(high - low, 1) / (_ENDS[1] - _ENDS[0])
    middle = (low + high) / 2
    if is_inverted:
        middle = len(rising) - 1 - middle
    return Window(slope * middle + intercept, slope * span)
