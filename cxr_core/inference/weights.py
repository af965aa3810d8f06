"""Named arrays in and out of a network, with no mismatch allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras
    from numpy.typing import NDArray

_FULL_PRECISION = ("moving_mean", "moving_variance")


def arrays_of(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Weights by path, float32, `block1_conv1/kernel` for instance."""
    return {
        weight.path: np.asarray(weight, dtype=np.float32)
        for weight in model.weights
        if "seed_generator" not in weight.path
    }


def compact(arrays: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.floating]]:
    """Halve the size: float16, but float32 for batch-norm statistics, whose range needs it."""
    return {
        name: array if name.endswith(_FULL_PRECISION) else array.astype(np.float16)
        for name, array in arrays.items()
    }


def load_into(model: keras.Model, arrays: Mapping[str, NDArray[np.floating]]) -> None:
    """Set every weight of `model`.

    Raises
    ------
    ModelError
        When a weight is missing, left over, of another shape, or not finite.
    """
    weights = {
        weight.path: weight for weight in model.weights if "seed_generator" not in weight.path
    }
    if strangers := sorted(weights.keys() ^ arrays.keys()):
        raise ModelError(
            f"Weights do not fit the architecture {model.name}: {len(strangers)} names differ, "
            f"{strangers[0]!r} first."
        )
    for name, weight in weights.items():
        array = arrays[name]
        if tuple(weight.shape) != array.shape:
            raise ModelError(
                f"Weight {name} has shape {array.shape}; expected {tuple(weight.shape)}."
            )
        if not np.isfinite(array).all():
            raise ModelError(f"Weight {name} holds values that are not finite.")
        weight.assign(array.astype(np.float32))
