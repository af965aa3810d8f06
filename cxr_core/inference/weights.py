"""Named arrays in and out of a network, with no mismatch allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.errors import ModelError
from cxr_core.inference.heads import is_head_weight, is_hidden_weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    import keras
    from numpy.typing import NDArray

_FULL_PRECISION = ("moving_mean", "moving_variance")


def arrays_of(model: keras.Model) -> dict[str, NDArray[np.float32]]:
    """Weights by path, float32, `block1_conv1/kernel` for instance."""
    return {
        path: np.asarray(weight, dtype=np.float32) for path, weight in _weights(model).items()
    }


def shapes_of(model: keras.Model) -> dict[str, tuple[int, ...]]:
    """Shapes of the weights by path."""
    return _shapes(_weights(model))


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
    _assign(model, _weights(model), arrays)


def load_backbone(model: keras.Model, arrays: Mapping[str, NDArray[np.floating]]) -> None:
    """Set every weight below the head of `model`, and its hidden layers where they fit.

    `arrays` are all the weights of an earlier run of the same architecture, whatever its
    classes and its head. Hidden layers that are all of the same shapes are taken over, as where
    only "the last fully connected layer" is replaced; the last layer stays as it is.

    Raises
    ------
    ModelError
        When they are another architecture's, of another shape, or not finite.
    """
    below = {
        path: weight for path, weight in _weights(model).items() if not is_head_weight(path)
    }
    given = {path: array for path, array in arrays.items() if not is_head_weight(path)}
    hidden = {path: w for path, w in _weights(model).items() if is_hidden_weight(path)}
    kept = {path: array for path, array in arrays.items() if is_hidden_weight(path)}
    if _shapes(hidden) == _shapes(kept):
        below, given = {**below, **hidden}, {**given, **kept}
    _assign(model, below, given)


def _shapes(weights: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {path: tuple(weight.shape) for path, weight in weights.items()}


def _weights(model: keras.Model) -> dict[str, Any]:
    return {
        weight.path: weight for weight in model.weights if "seed_generator" not in weight.path
    }


def _assign(
    model: keras.Model,
    weights: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.floating]],
) -> None:
    """Check everything, then set everything: a refusal leaves the model as it was."""
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
    for name, weight in weights.items():
        weight.assign(arrays[name].astype(np.float32))
