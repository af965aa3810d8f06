"""How much of a picture has a colour of its own, beyond the tint of a scanned film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VISIBLE = 12  # of 255, in a channel, away from the tint: JPEG leaves less in a grey film
_SAMPLED_PIXELS = 250_000


def measure_colour_share(rgb: NDArray[np.uint8]) -> float:
    """Return the share of pixels in [0, 1] that are coloured, given (rows, columns, 3).

    A tint (blue film base, sepia, a colour cast of the scanner) is a colour that depends on
    brightness alone: the mean red and blue excess at each brightness is taken out first.

    >>> measure_colour_share(np.full((8, 8, 3), (90, 100, 140), np.uint8))
    0.0
    """
    step = max(1, int((rgb.shape[0] * rgb.shape[1] / _SAMPLED_PIXELS) ** 0.5))
    channels = rgb[::step, ::step].reshape(-1, 3).astype(np.float32)
    luma = channels @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    brightness = np.rint(luma).astype(np.int64)
    counts = np.maximum(np.bincount(brightness, minlength=256), 1)
    is_coloured = np.zeros(len(luma), dtype=np.bool_)
    for channel in range(3):
        excess = channels[:, channel] - luma
        tint = np.bincount(brightness, weights=excess, minlength=256) / counts
        is_coloured |= np.abs(excess - tint[brightness]) > _VISIBLE
    return float(np.mean(is_coloured))
