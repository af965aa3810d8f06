"""Batch-norm statistics follow whatever training fed; let them follow plain films instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    import keras

    from cxr_core.domain import FloatArray

TRAINING_MOMENTUM = 0.9  # over a few thousand steps Keras' 0.99 lags behind the weights
_SETTLING_MOMENTUM = 0.9


def trains_batch_norm(model: keras.Model) -> bool:
    """Tell whether statistics move when this network trains."""
    import keras

    return any(
        isinstance(layer, keras.layers.BatchNormalization) and layer.trainable
        for layer in model.layers
    )


def set_momentum(model: keras.Model, momentum: float = TRAINING_MOMENTUM) -> None:
    """Let statistics follow faster than Keras' default."""
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = momentum


def settle_batch_norm(model: keras.Model, batches: Iterable[FloatArray]) -> None:
    """Let batch-norm statistics follow plain films, at a learning rate of zero.

    During training they followed augmented films and moving weights. `batches` are network
    inputs, float32 (films, size, size, 3); no weight but the statistics changes, and those of
    frozen layers do not.
    """
    import keras

    set_momentum(model, _SETTLING_MOMENTUM)
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanSquaredError(), jit_compile=False)
    for pixels in batches:
        unused = np.zeros((len(pixels), *model.output_shape[1:]), np.float32)
        model.train_on_batch(pixels, unused)
