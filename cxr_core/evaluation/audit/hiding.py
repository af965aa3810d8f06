"""Hide a part of a film so that nothing of it is left to be read.

What is hidden takes the mean grey of what stays visible. So no number of the hidden part gets
into the picture, not even its brightness, and normalisation "film" turns it into zeros; there
the contrast of what stays visible grows by one over the root of its share of the area. The
outline of what is hidden can still be seen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

FILL = "mean of what stays visible"


def hide(pixels: FloatArray, hidden: NDArray[np.bool_]) -> FloatArray:
    """Return a copy of float32 (rows, columns) in which bool `hidden` cannot be read.

    >>> hide(np.array([[0.25, 1.0]], np.float32), np.array([[False, True]])).tolist()
    [[0.25, 0.25]]

    Raises
    ------
    DataError
        When the shapes differ, or nothing would stay visible.
    """
    if hidden.shape != pixels.shape:
        raise DataError(
            f"What to hide has shape {hidden.shape}; expected the film's, {pixels.shape}."
        )
    if hidden.all():
        raise DataError("Hiding the whole film leaves nothing to read. Hide a part of it.")
    covered = pixels.copy()
    covered[hidden] = pixels[~hidden].mean(dtype=np.float64)
    return covered


def frame(rows: int, columns: int, share: float) -> NDArray[np.bool_]:
    """Mark a border, `share` of the height above and below and of the width at the sides.

    At least one pixel wide, so that there is a border on the smallest film.

    Raises
    ------
    DataError
        When the share is not in (0, 0.5).
    """
    if not 0.0 < share < 0.5:
        raise DataError(
            f"The border is {share} of the side wide; expected more than 0, below 0.5."
        )
    high, wide = max(1, round(share * rows)), max(1, round(share * columns))
    marked = np.ones((rows, columns), dtype=np.bool_)
    marked[high : rows - high, wide : columns - wide] = False
    return marked
