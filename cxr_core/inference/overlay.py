"""Paint heat over a radiograph. No network, no file: testable on plain arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

RESEARCH_LINE = "Research use only, not a medical device"
_STRIP_ROWS = 26


def paint_heat(
    pixels: FloatArray, heatmap: FloatArray, opacity: float = 0.5
) -> NDArray[np.uint8]:
    """Blend a coarse heatmap in [0, 1] over a film in [0, 1]: uint8 RGB (rows, columns, 3).

    The colours are inferno's, whose lightness grows evenly; heat fades the film out in
    proportion, so that cold regions stay plain film.
    """
    rows, columns = pixels.shape
    heat = cv2.resize(heatmap, (columns, rows), interpolation=cv2.INTER_LINEAR)
    heat = np.clip(heat, 0.0, 1.0)
    levels = np.rint(heat * 255.0).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    weight = (opacity * heat)[..., None]
    film = np.clip(pixels, 0.0, 1.0)[..., None] * 255.0
    return np.asarray(np.rint(film * (1.0 - weight) + colours * weight), dtype=np.uint8)


def with_caption(picture: NDArray[np.uint8], caption: str) -> NDArray[np.uint8]:
    """Add a strip below an RGB picture that says what it shows and that it is for research."""
    rows, columns, _ = picture.shape
    framed = np.zeros((rows + 2 * _STRIP_ROWS, columns, 3), dtype=np.uint8)
    framed[:rows] = picture
    for line, text in enumerate((caption, RESEARCH_LINE)):
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)[0][0]
        scale = min(0.5, (columns - 8) / max(width, 1))
        foot = (4, rows + (line + 1) * _STRIP_ROWS - 9)
        cv2.putText(
            framed, text, foot, cv2.FONT_HERSHEY_SIMPLEX, scale, (230, 235, 240), 1, cv2.LINE_AA
        )
    return framed
