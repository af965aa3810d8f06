"""Grad-CAM for every class without differentiating the backbone.

Grad-CAM weighs each channel of a convolution by the mean gradient of the class score there
(Selvaraju et al. 2017, eq. 1) and keeps the positive part of the weighted sum (eq. 2). When
all that follows is max pooling, global average pooling and dense layers, that mean gradient is
the Jacobian of the dense head with respect to the pooled features, over the number of
positions: max pooling hands each window's gradient to one position and average pooling spreads
it evenly, so neither changes the sum. The head's Jacobian has a closed form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

_SMALLEST_PEAK = 1e-8


def head_layers(model: keras.Model, heat_layer: str) -> list[keras.layers.Dense]:
    """Dense layers after the pooled features, first to last.

    Raises
    ------
    ModelError
        When the layer is missing, or something else than pooling, dropout and dense layers
        (linear or ReLU) follows it: the closed form would not hold.
    """
    import keras

    names = [layer.name for layer in model.layers]
    if heat_layer not in names:
        raise ModelError(f"{model.name} has no layer {heat_layer!r} to explain.")
    harmless = (
        keras.layers.MaxPooling2D,
        keras.layers.GlobalAveragePooling2D,
        keras.layers.Dropout,
    )
    dense: list[keras.layers.Dense] = []
    for layer in model.layers[names.index(heat_layer) + 1 :]:
        if isinstance(layer, keras.layers.Dense):
            dense.append(layer)
        elif not isinstance(layer, harmless):
            raise ModelError(f"Layer {layer.name!r} after {heat_layer!r} cannot be explained.")
    for position, layer in enumerate(dense):
        expected = "linear" if position == len(dense) - 1 else "relu"
        if layer.activation.__name__ != expected:
            raise ModelError(
                f"Layer {layer.name!r} is {layer.activation.__name__}; expected {expected}."
            )
    return dense


def head_jacobian(dense: Sequence[keras.layers.Dense], pooled: Any) -> Any:
    """Gradient of every class score with respect to the pooled features.

    `pooled` is a tensor (films, channels); the result is (films or 1, channels, classes). The
    films differ only where a hidden ReLU layer switches units on and off.
    """
    from keras import ops

    switches = []
    signal = pooled
    for layer in dense[:-1]:
        signal = ops.relu(ops.matmul(signal, layer.kernel) + layer.bias)
        switches.append(ops.cast(signal > 0, "float32"))
    jacobian = ops.expand_dims(ops.convert_to_tensor(dense[-1].kernel), 0)
    for layer, switch in zip(reversed(dense[:-1]), reversed(switches), strict=True):
        gated = ops.expand_dims(switch, 2) * jacobian
        jacobian = ops.matmul(ops.expand_dims(layer.kernel, 0), gated)
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
