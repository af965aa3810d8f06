"""The one mapping of greys without a window, whatever the file format. Pure NumPy and OpenCV.

It works on grey levels and how often each occurs, not on pixels: a film of 12 megapixels has
at most 65536 of them, and a table paints it at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

Levels: TypeAlias = "NDArray[np.integer[Any]] | NDArray[np.floating[Any]]"
Counts: TypeAlias = "NDArray[np.float32] | NDArray[np.int64]"

_INNER_SHARES = (0.005, 0.995)
# Of the range, what lies between those shares. Below, the film is blank but for its marks, and
# cutting them off would stretch its noise. 2789 real films: all above 0.35.
_LEAST_INNER_SHARE = 0.02
_LEAST_SPREAD = 0.04  # of the file's depth: a picture with less is blank, and stays so
_FLOAT_LEVELS = 65535
_PAINTED_AT_ONCE = 1 << 20  # pixels; NumPy makes an index of 8 bytes for each


@dataclass(frozen=True, slots=True)
class Span:
    """From which level to which a film is shown, and whether that cuts any off.

    `inner` is how far apart the levels lie that all but one per cent of the pixels reach.
    """

    low: float
    high: float
    inner: float
    is_cut: bool


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """What the levels of a film measure.

    `values` (n,) are whole numbers, stored values for one: `slope` times them plus `intercept`
    is the modality value (PS3.3 C.11.1). Low modality values are bright where `is_inverted`;
    levels that are no film are `is_padding` (n,).
    """

    values: NDArray[np.int64]
    slope: float = 1.0
    intercept: float = 0.0
    is_inverted: bool = False
    is_padding: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class UnpaintedFilm:
    """A film as the grey of each level and the level of each pixel.

    `codes` is uint8 or uint16 (rows, columns) and indexes `greys`, float32 (256,) or (65536,)
    in [0, 1]. Where a film has no levels `greys` is None and `codes` holds the greys, float32.
    Without a `scale` codes are the values, and high ones bright.

    Painted, a film is two to four times as large: that is left to whoever needs it so.
    """

    codes: NDArray[Any]
    greys: FloatArray | None = None
    scale: Scale | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.codes.shape
        return rows, columns

    def paint(self) -> FloatArray:
        """Return the film, float32 (rows, columns) in [0, 1]."""
        if self.greys is None:
            return np.ascontiguousarray(self.codes, dtype=np.float32)
        return np.asarray(cv2.LUT(self.codes, self.greys.reshape(1, -1)), dtype=np.float32)

    def every(self, rows: int, columns: int) -> FloatArray:
        """Return every so manieth row and column of the film, as `paint` would."""
        codes = np.ascontiguousarray(self.codes[::rows, ::columns])
        return UnpaintedFilm(codes, self.greys).paint()

    def inverted(self) -> UnpaintedFilm:
        """Return the film with dark and bright exchanged."""
        one = np.float32(1.0)
        if self.greys is None:
            return UnpaintedFilm(np.asarray(one - self.codes, dtype=np.float32))
        scale = self.scale or Scale(np.arange(len(self.greys)))
        turned = replace(scale, is_inverted=not scale.is_inverted)
        return UnpaintedFilm(self.codes, one - self.greys, turned)


def count_levels(cells: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.float32]:
    """Count how often each level occurs in uint8 or uint16: float32 (256,) or (65536,)."""
    levels = 1 << (8 * cells.dtype.itemsize)
    flat = np.ascontiguousarray(cells).reshape(len(cells), -1)
    counts = cv2.calcHist([flat], [0], None, [levels], [0, levels])
    return np.asarray(counts, dtype=np.float32).ravel()


def unpainted(
    greys: FloatArray, cells: NDArray[np.integer[Any]], scale: Scale | None = None
) -> UnpaintedFilm:
    """Make a film of cells (rows, columns) and the grey of each level (n,).

    >>> greys = np.array([0.0, 0.5, 1.0], np.float32)
    >>> unpainted(greys, np.array([[2, 0]], np.uint8)).paint().tolist()
    [[1.0, 0.0]]
    """
    if cells.dtype.kind == "u" and len(greys) == 1 << (8 * cells.dtype.itemsize):
        return UnpaintedFilm(cells, greys, scale)
    painted = np.empty(cells.shape, dtype=np.float32)
    rows = max(1, _PAINTED_AT_ONCE * len(cells) // max(cells.size, 1))
    for start in range(0, len(cells), rows):
        part = slice(start, start + rows)
        np.take(greys, cells[part], out=painted[part], mode="clip")
    return UnpaintedFilm(painted)


def find_span(levels: Levels, counts: Counts) -> Span | None:
    """Find what a film without a window spans: all its levels, but for a few far off.

    A level farther from the inner ones (those between the percentiles 0.5 and 99.5) than these
    lie apart is a hot pixel or a burnt-in mark, and is cut off there. The cut moves smoothly
    with the levels, so that it is the same at 8 bits and at 16; it hits 0.5 % of real films.

    Parameters
    ----------
    levels
        (n,), in any order.
    counts
        (n,), how often each occurs; 0 is allowed.

    Returns
    -------
    None where there are not two levels.
    """
    order = np.argsort(levels[counts > 0], kind="stable")
    if order.size < 2:
        return None
    present = np.asarray(levels[counts > 0][order], dtype=np.float64)
    reached = np.cumsum(counts[counts > 0][order], dtype=np.float64)
    first, last = (
        float(present[np.searchsorted(reached, share * reached[-1])]) for share in _INNER_SHARES
    )
    lowest, highest = float(present[0]), float(present[-1])
    inner = last - first
    if highest <= lowest:
        return None
    if inner < _LEAST_INNER_SHARE * (highest - lowest):
        return Span(lowest, highest, inner, is_cut=False)
    low, high = max(lowest, first - inner), min(highest, last + inner)
    return Span(low, high, inner, is_cut=(low, high) != (lowest, highest))


def spread(levels: Levels, span: Span) -> FloatArray:
    """Map levels so that `span` becomes [0, 1], float32, what lies outside clipped."""
    # Levels of a header may lie far from 0, pixels do not and are many.
    exact = levels if levels.dtype == np.float32 else np.asarray(levels, dtype=np.float64)
    unit = (exact - exact.dtype.type(span.low)) / exact.dtype.type(span.high - span.low)
    return np.asarray(np.clip(unit, 0.0, 1.0), dtype=np.float32)


def spread_cells(
    cells: NDArray[np.unsignedinteger[Any]], top: int, *, is_inverted: bool = False
) -> tuple[UnpaintedFilm, bool]:
    """Map a picture of uint8 or uint16 from 0 to `top` like a film without a window.

    Returns
    -------
    The film in the shape of `cells`, and whether far-off greys were cut.
    """
    counts = count_levels(cells)
    levels = np.clip(np.arange(len(counts)) / top, 0.0, 1.0)
    greys, is_cut = _spread_picture(levels, levels, counts)
    film = unpainted(greys, cells)
    return film.inverted() if is_inverted else film, is_cut


def spread_unit(pixels: FloatArray) -> tuple[FloatArray, bool]:
    """Map float32 in [0, 1] like `spread_cells`."""
    cells = np.rint(pixels * np.float32(_FLOAT_LEVELS)).astype(np.uint16)
    levels = np.arange(_FLOAT_LEVELS + 1) / _FLOAT_LEVELS
    return _spread_picture(pixels, levels, count_levels(cells))


def _spread_picture(values: Levels, levels: Levels, counts: Counts) -> tuple[FloatArray, bool]:
    span = find_span(levels, counts)
    if span is None or span.inner < _LEAST_SPREAD:
        return np.asarray(values, dtype=np.float32), False
    return spread(values, span), span.is_cut
