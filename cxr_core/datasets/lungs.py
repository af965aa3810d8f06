"""Lung masks beside the films: which film has one, and the mask in the film's own geometry.

The masks of `cohen` are drawn by a model (Selvan et al. 2020), not by hand. A mask belongs to
the film of its row, and to the whole copies of that film: most copies are used under another
source's name, and show the same picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.datasets.records import Exclusion
from cxr_core.errors import DataError, InputError
from cxr_core.imaging.raster import decode_raster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cxr_core.datasets.manifest import Film
    from cxr_core.domain import FloatArray

ASPECT_TOLERANCE = 0.03
"""Most by which the aspect ratios of film and mask may differ, as a logarithm."""

_AREAS = (0.02, 0.8)
_MOST_PIXELS = 100_000_000
_THUMBNAIL = (64, 64)
_LEAST_LIKENESS = 0.98


@dataclass(frozen=True, slots=True)
class MaskedFilm:
    """A film that may be used, and the row whose mask shows its lungs: its own or a copy's."""

    film: Film
    drawn_on: Film

    @property
    def is_copy(self) -> bool:
        """True where the mask was drawn on another file, which has to be compared first."""
        return self.film.path != self.drawn_on.path


def films_with_masks(films: Iterable[Film]) -> list[MaskedFilm]:
    """Return the used films of a manifest that have a lung mask, or a copy that has.

    Of copies, those that are excluded for nothing but being one count; the first by path.
    """
    rows = list(films)
    copies: dict[str, Film] = {}
    for film in sorted(rows, key=lambda each: each.path):
        if film.mask and film.exclusion is Exclusion.COPY:
            copies.setdefault(film.cluster, film)
    found = []
    for film in rows:
        drawn_on = film if film.mask else copies.get(film.cluster)
        if film.is_used and drawn_on is not None:
            found.append(MaskedFilm(film, drawn_on))
    return found


def read_lungs(data: bytes, rows: int, columns: int) -> NDArray[np.bool_]:
    """Decode a mask for a film of `rows` x `columns`: bool, True in the lungs.

    A mask of another size is resized to the nearest pixel; grey edges are cut at half.

    Raises
    ------
    DataError
        When it is no image, has another aspect ratio than the film, or marks less than 2 % or
        more than 80 % of it.
    """
    try:
        picture = decode_raster(data, _MOST_PIXELS).pixels
    except InputError as error:
        raise DataError(f"The lung mask cannot be read: {error}") from error
    high, wide = picture.shape
    if abs(math.log(high / wide * columns / rows)) > ASPECT_TOLERANCE:
        raise DataError(
            f"The lung mask is {high} x {wide}, the film {rows} x {columns}; expected the same "
            "aspect ratio. It belongs to another picture."
        )
    if picture.shape != (rows, columns):
        side = (columns, rows)
        picture = np.asarray(
            cv2.resize(picture, side, interpolation=cv2.INTER_NEAREST), dtype=np.float32
        )
    lungs = picture > 0.5
    if not _AREAS[0] <= lungs.mean() <= _AREAS[1]:
        raise DataError(
            f"The lung mask marks {lungs.mean():.0%} of the film; expected {_AREAS[0]:.0%} to "
            f"{_AREAS[1]:.0%}."
        )
    return np.asarray(lungs, dtype=np.bool_)


def show_the_same(one: FloatArray, other: FloatArray) -> bool:
    """Tell whether two films are whole copies, so that the mask of one fits the other.

    Crops of nearly the same shape differ: thumbnails are compared pixel by pixel.
    """
    if abs(math.log(one.shape[0] / one.shape[1] * other.shape[1] / other.shape[0])) > (
        ASPECT_TOLERANCE
    ):
        return False
    small = [
        cv2.resize(each, _THUMBNAIL, interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
        for each in (one, other)
    ]
    centred = [each - each.mean() for each in small]
    size = float(np.linalg.norm(centred[0]) * np.linalg.norm(centred[1]))
    return size > 0.0 and float(centred[0] @ centred[1]) / size >= _LEAST_LIKENESS
