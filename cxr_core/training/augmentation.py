"""Random changes of a film that leave its diagnosis alone.

They act on grey levels in [0, 1], before normalisation, and stay in that range: plain and
augmented films go through the same normalisation and have the same range afterwards.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Augmentation


def augment(square: FloatArray, rule: Augmentation, random: np.random.Generator) -> FloatArray:
    """Turn, zoom, shift, mirror and change the contrast of float32 (size, size) in [0, 1].

    What comes in from outside the film is black, as outside a collimated field.
    """
    size = square.shape[0]
    centre = (size - 1) / 2
    angle = random.uniform(-rule.rotation, rule.rotation)
    scale = 1.0 + random.uniform(-rule.zoom, rule.zoom)
    matrix = cv2.getRotationMatrix2D((centre, centre), angle, scale)
    matrix[:, 2] += random.uniform(-rule.shift, rule.shift, size=2) * size
    if random.random() < rule.flip:
        matrix[0] = [-matrix[0, 0], -matrix[0, 1], size - 1 - matrix[0, 2]]
    moved = cv2.warpAffine(square, matrix, (size, size), flags=cv2.INTER_LINEAR)
    gamma = np.exp(random.uniform(-rule.contrast, rule.contrast))
    return np.power(np.clip(moved, 0.0, 1.0), np.float32(gamma), dtype=np.float32)
