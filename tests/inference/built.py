"""Networks that several tests only look at, built once: some take seconds."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.inference.networks import Blueprint, build_network

if TYPE_CHECKING:
    import keras

    from cxr_core.domain import FloatArray

SMALL = {
    "vgg16": Blueprint("vgg16", 3, 64),
    "resnet50": Blueprint("resnet50", 3, 64, hidden=(24,)),
    "xception": Blueprint("xception", 3, 96),
    "densenet169": Blueprint("densenet169", 2, 96, output="sigmoid"),
    "inceptionv3": Blueprint("inceptionv3", 3, 139),
    "alexnet": Blueprint("alexnet", 3, 128, pooling="flatten", hidden=(24, 12)),
    "nova": Blueprint("nova", 2, 64, pooling="flatten", hidden=(16,), output="sigmoid"),
}
"""One of each, at a size whose heat layer has more than one cell."""


@functools.cache
def small(name: str) -> keras.Model:
    """Return the network of `SMALL`; it is shared, so nobody may change it."""
    import keras

    keras.utils.set_random_seed(3)
    return build_network(SMALL[name])


def noise(model: keras.Model, films: int = 2) -> FloatArray:
    """Draw normalised films: float32 (films, size, size, 3)."""
    shape = (films, *model.input_shape[1:])
    return np.random.default_rng(5).normal(size=shape).astype(np.float32)
