"""Random numbers that follow from (seed, epoch, step) alone, so that a resumed run repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

# Keys that keep the random streams of a run apart.
EPOCH_DRAW, AUGMENTATION, DROPOUT, SUBSET, VIEW = range(5)


def make_deterministic() -> None:
    """Let every operation of the backend give the same bits each time.

    JAX and PyTorch on a CPU do so of themselves; on a GPU they are asked by their own flags
    (XLA_FLAGS=--xla_gpu_deterministic_ops=true).
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def stream(seed: int, *keys: int) -> np.random.Generator:
    """Return the random stream of a seed and its keys."""
    return np.random.default_rng((seed, *keys))


def reseed_dropout(model: keras.Model, seed: int, epoch: int) -> None:
    """Set every random layer's state to that of the beginning of an epoch."""
    for number, layer in enumerate(model.layers):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            words = stream(seed, epoch, DROPOUT, number).integers(0, 2**31, size=2)
            generator.state.assign(words.astype(generator.state.dtype))
