"""Grad-CAM for every class without differentiating the backbone.

Grad-CAM weighs each channel of a convolution by the mean gradient of the class score there
(Selvaraju et al. 2017, eq. 1) and keeps the positive part of the weighted sum (eq. 2). When
all that follows is max pooling, global average pooling or flattening, and dense layers, that
mean gradient has a closed form: the Jacobian of the dense head with respect to the features,
summed over the positions of each channel, over the number of positions in the map. Max pooling
hands each gradient to one position, also where windows overlap, and average pooling spreads it
evenly, so neither changes the sum; and each map is read over its own peak, so factors that all
channels share do not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

_SMALLEST_PEAK = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What follows the heat layer: the layer of the features, then dense layers.

    `is_flat` tells features by position from pooled ones. `signs` holds a factor per class
    where one unit speaks for all classes, None where each class has its own.
    """

    features: keras.layers.Layer
    is_flat: bool
    dense: tuple[keras.layers.Dense, ...]
    signs: tuple[float, ...] | None


def read_head(model: keras.Model, heat_layer: str) -> Head:
    """Read a network's head off its layers.

    Raises
    ------
    ModelError
        When the layer is missing, or something else than pooling, flattening, dropout and
        dense layers (linear or ReLU) follows it: the closed form would not hold.
    """
    import keras

    names = [layer.name for layer in model.layers]
    if heat_layer not in names:
        raise ModelError(f"{model.name} has no layer {heat_layer!r} to explain.")
    features: list[keras.layers.Layer] = []
    dense: list[keras.layers.Dense] = []
    signs = None
    for layer in model.layers[names.index(heat_layer) + 1 :]:
        one_unit = bool(dense) and dense[-1].units == 1
        match layer:
            case keras.layers.Dense():
                dense.append(layer)
            case keras.layers.GlobalAveragePooling2D() | keras.layers.Flatten():
                features.append(layer)
            case keras.layers.Rescaling() if one_unit:  # of that unit, set beside itself
                signs = tuple(float(factor) for factor in layer.scale)
            case keras.layers.Concatenate() if one_unit:
                continue
            case keras.layers.MaxPooling2D() | keras.layers.Dropout():
                continue
            case _:
                said = f"Layer {layer.name!r} after {heat_layer!r} cannot be explained."
                raise ModelError(said)
    if len(features) != 1:
        raise ModelError(
            f"{len(features)} layers after {heat_layer!r} pool or flatten; expected one."
        )
    _check_activations(dense)
    is_flat = isinstance(features[0], keras.layers.Flatten)
    return Head(features[0], is_flat, tuple(dense), signs)


def _check_activations(dense: Sequence[keras.layers.Dense]) -> None:
    for position, layer in enumerate(dense):
        expected = "linear" if position == len(dense) - 1 else "relu"
        if layer.activation.__name__ != expected:
            raise ModelError(
                f"Layer {layer.name!r} is {layer.activation.__name__}; expected {expected}."
            )


def head_jacobian(head: Head, hidden: Sequence[Any], channels: int) -> Any:
    """Gradient of every class score with respect to each channel, summed over its positions.

    `hidden` holds the outputs (films, width) of the dense ReLU layers; the result is (films or
    1, channels, classes). The films differ only where a hidden unit is on or off.
    """
    from keras import ops

    kernels = [ops.convert_to_tensor(layer.kernel) for layer in head.dense]
    if head.signs is not None:
        kernels[-1] = kernels[-1] * ops.convert_to_tensor([head.signs], dtype="float32")
    # Flattening runs through the channels of one position before the next.
    by_position = ops.reshape(kernels[0], (-1, channels, kernels[0].shape[-1]))
    kernels[0] = ops.sum(by_position, axis=0)
    jacobian = ops.expand_dims(kernels[-1], 0)
    for kernel, signal in zip(reversed(kernels[:-1]), reversed(hidden), strict=True):
        switch = ops.expand_dims(ops.cast(signal > 0, "float32"), 2)
        jacobian = ops.matmul(ops.expand_dims(kernel, 0), switch * jacobian)
    return jacobian


def class_maps(activations: Any, jacobian: Any) -> Any:
    """Grad-CAM maps in [0, 1], each over its own peak; all zero where nothing is positive.

    `activations` is (films, rows, columns, channels), the result (films, rows, columns,
    classes).
    """
    from keras import ops

    shape = ops.shape(activations)
    flat = ops.reshape(activations, (shape[0], shape[1] * shape[2], shape[3]))
    heat = ops.relu(ops.matmul(flat, jacobian))
    peak = ops.max(heat, axis=1, keepdims=True)
    heat = heat / ops.maximum(peak, _SMALLEST_PEAK)
    return ops.reshape(heat, (shape[0], shape[1], shape[2], heat.shape[-1]))
