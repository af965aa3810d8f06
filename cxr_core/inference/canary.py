"""The canary: two drawn films whose answers a manifest records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.imaging.model_input import normalise

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray, Normalisation


def canary_batch(size: int, normalisation: Normalisation) -> FloatArray:
    """Two films drawn from formulas: the same numbers on every machine, for ever.

    A pair of dark lungs in a bright body, and stripes; float32 (2, size, size, 3).
    """
    axis = np.linspace(-1.0, 1.0, size, dtype=np.float64)
    x, y = np.meshgrid(axis, axis)
    lungs = np.exp(-(((np.abs(x) - 0.45) / 0.25) ** 2) - (y / 0.6) ** 2)
    body = np.clip(0.8 - 0.6 * lungs + 0.05 * np.cos(9.0 * np.pi * y), 0.0, 1.0)
    stripes = 0.5 + 0.25 * np.sin(5.0 * np.pi * x) + 0.25 * np.sin(3.0 * np.pi * (x + y))
    return normalise(np.stack([body, stripes]).astype(np.float32), normalisation)
