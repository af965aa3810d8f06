"""From film to network input: one square, one normalisation, the same in training and reading.

The film is resized to a square without keeping its aspect ratio. Padding would keep it, and
with it the clearest mark of which hospital a film comes from: networks read borders
(DeGrave et al. 2021).
"""

from __future__ import annotations

from typing import assert_never

import cv2
import numpy as np

from cxr_core.domain import (
    FloatArray,
    Geometry,
    ModelInput,
    Normalisation,
    Radiograph,
    read_only,
)

_SMALLEST_DEVIATION = 1e-3
# Those of keras.applications' "caffe" and "torch" modes.
_IMAGENET_MEAN_BGR = np.array([103.939, 116.779, 123.68], dtype=np.float32)
_IMAGENET_MEAN_RGB = np.array([0.485, 0.456, 0.406], dtype=np.float32)
_IMAGENET_DEVIATION_RGB = np.array([0.229, 0.224, 0.225], dtype=np.float32)


def to_square(pixels: FloatArray, size: int) -> FloatArray:
    """Resize float32 (rows, columns) in [0, 1] to (size, size), averaging where it shrinks."""
    shrinks = min(pixels.shape) >= size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    square = cv2.resize(pixels, (size, size), interpolation=method)
    return np.asarray(np.clip(square, 0.0, 1.0), dtype=np.float32)


def normalise(squares: FloatArray, normalisation: Normalisation) -> FloatArray:
    """Normalise float32 (films, size, size) in [0, 1] into (films, size, size, 3).

    >>> normalise(np.zeros((1, 4, 4), np.float32), Normalisation.FILM).shape
    (1, 4, 4, 3)
    """
    match normalisation:
        case Normalisation.FILM:
            mean = squares.mean(axis=(1, 2), keepdims=True)
            deviation = squares.std(axis=(1, 2), keepdims=True)
            grey = (squares - mean) / np.maximum(deviation, _SMALLEST_DEVIATION)
            return _three_channels(grey)
        case Normalisation.IMAGENET:
            return (squares[..., None] * np.float32(255.0) - _IMAGENET_MEAN_BGR).astype(
                np.float32
            )
        case Normalisation.IMAGENET_TORCH:
            centred = squares[..., None] - _IMAGENET_MEAN_RGB
            return (centred / _IMAGENET_DEVIATION_RGB).astype(np.float32)
        case Normalisation.SYMMETRIC:
            return _three_channels(squares * np.float32(2.0) - np.float32(1.0))
        case Normalisation.UNIT | Normalisation.DATASET:
            return _three_channels(squares)
        case _:
            assert_never(normalisation)


def _three_channels(grey: FloatArray) -> FloatArray:
    return np.repeat(grey[..., None], 3, axis=3)


def prepare(radiograph: Radiograph, size: int, normalisation: Normalisation) -> ModelInput:
    """Make the input of a network that reads `size` x `size`."""
    square = to_square(radiograph.pixels, size)
    rows, columns = radiograph.pixels.shape
    pixels = normalise(square[None], normalisation)
    return ModelInput(read_only(pixels), Geometry(rows=rows, columns=columns, size=size))
