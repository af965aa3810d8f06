"""Soft shapes on a sheet of a film's proportions: bones, vessels and lungs are made of them.

Places are (x, y), both from 0 to 1 over the film, y downwards; widths are shares of its
columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

Course: TypeAlias = "NDArray[np.float64]"
"""Places in a row, float64 (n, 2)."""

_SHIFT = 4  # OpenCV draws to a sixteenth of a pixel
_STEPS = 12  # from one given place of a smooth course to the next
_COARSE = 4  # thickness is measured on a sheet so many times smaller


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is drawn on. Every layer is float32 (rows, columns), 0 where nothing is."""

    rows: int
    columns: int

    def coordinates(self) -> tuple[FloatArray, FloatArray]:
        """Return x (1, columns) and y (rows, 1)."""
        x = (np.arange(self.columns) + 0.5) / self.columns
        y = (np.arange(self.rows) + 0.5) / self.rows
        return x[None, :].astype(np.float32), y[:, None].astype(np.float32)

    def blank(self) -> FloatArray:
        """Return a layer with nothing on it."""
        return np.zeros((self.rows, self.columns), dtype=np.float32)

    def lines(self, strokes: Iterable[tuple[Course, float, float]], blur: float) -> FloatArray:
        """Draw courses of a width and a strength in [0, 1]; a later one covers those before."""
        cells = np.zeros((self.rows, self.columns), dtype=np.uint8)
        for course, width, strength in strokes:
            thickness = max(1, round(width * self.columns))
            level = round(255 * strength)
            points = [self._cells(course)]
            cv2.polylines(cells, points, False, level, thickness, cv2.LINE_AA, _SHIFT)
        return self.blurred(np.asarray(cells, dtype=np.float32) / 255.0, blur)

    def area(self, outline: Course, blur: float) -> FloatArray:
        """Fill a closed course with 1."""
        cells = np.zeros((self.rows, self.columns), dtype=np.uint8)
        cv2.fillPoly(cells, [self._cells(outline)], 255, cv2.LINE_AA, _SHIFT)
        return self.blurred(np.asarray(cells, dtype=np.float32) / 255.0, blur)

    def body(self, outline: Course, depth: float, blur: float) -> FloatArray:
        """Fill a closed course as a round body: 0 at its edge, 1 from `depth` inside on."""
        small = Sheet(self.rows // _COARSE, self.columns // _COARSE)
        mask = np.asarray(small.area(outline, 0.0) > 0.5, dtype=np.uint8)
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5) / (depth * small.columns)
        thick = np.sqrt(1.0 - (1.0 - np.clip(inside, 0.0, 1.0)) ** 2)
        thick = cv2.resize(thick, (self.columns, self.rows), interpolation=cv2.INTER_LINEAR)
        return self.blurred(thick, blur) * self.area(outline, blur)

    def blurred(self, layer: FloatArray, width: float) -> FloatArray:
        """Soften by a share of the columns; wide ones are made on a smaller sheet."""
        sigma = width * self.columns
        if sigma < 0.3:
            return layer
        if sigma <= 2 * _COARSE:
            return np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma), dtype=np.float32)
        size = (self.columns // _COARSE, self.rows // _COARSE)
        small = cv2.resize(layer, size, interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(small, (0, 0), sigma / _COARSE)
        wide = cv2.resize(soft, (self.columns, self.rows), interpolation=cv2.INTER_LINEAR)
        return np.asarray(wide, dtype=np.float32)

    def clouds(self, chance: np.random.Generator, grain: float) -> FloatArray:
        """Draw smooth chance of mean 0 and deviation 1, its blots a share `grain` wide."""
        cells = (max(2, round(self.rows / self.columns / grain)), max(2, round(1 / grain)))
        coarse = chance.standard_normal(cells, dtype=np.float32)
        smooth = cv2.resize(coarse, (self.columns, self.rows), interpolation=cv2.INTER_CUBIC)
        return np.asarray((smooth - smooth.mean()) / smooth.std(), dtype=np.float32)

    def _cells(self, course: Course) -> NDArray[np.int32]:
        scale = np.array([self.columns, self.rows]) * (1 << _SHIFT)
        return np.asarray(np.rint(course * scale), dtype=np.int32)


def smooth(places: Sequence[tuple[float, float]]) -> Course:
    """Lead a smooth course through places, from the first to the last.

    >>> smooth([(0.0, 0.0), (1.0, 1.0)]).shape
    (13, 2)
    """
    points = np.asarray(places, dtype=np.float64)
    beyond = 2 * points[0] - points[1], 2 * points[-1] - points[-2]
    return np.vstack([_through(np.vstack([beyond[0], points, beyond[1]])), points[-1:]])


def closed(*places: tuple[float, float]) -> Course:
    """Lead a smooth course through places and back to the first."""
    points = np.asarray(places, dtype=np.float64)
    return _through(np.vstack([points[-1:], points, points[:2]]))


def mirrored(course: Course, midline: float = 0.5) -> Course:
    """Return the other side's course."""
    return np.column_stack([2 * midline - course[:, 0], course[:, 1]])


def _through(points: Course) -> Course:
    """Lead through all places but the first and last (Catmull and Rom 1974)."""
    t = np.linspace(0.0, 1.0, _STEPS, endpoint=False)[:, None]
    a, b, c, d = (points[start : len(points) - 3 + start, None] for start in range(4))
    cubic = (3 * b - a - 3 * c + d) * t**3
    square = (2 * a - 5 * b + 4 * c - d) * t**2
    course: Course = 0.5 * (2 * b + (c - a) * t + square + cubic)
    return course.reshape(-1, 2)
