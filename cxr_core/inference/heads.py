"""What stands on the features: dense ReLU layers, and a logit for every class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from cxr_core.inference.networks import Blueprint

MOST_WEIGHTS = 2**28  # of the first dense layer: 1 GiB in float32


def is_head_weight(path: str) -> bool:
    """Tell a weight of the head from one below it by its path."""
    layer = path.partition("/")[0]
    return layer in {"logits", "unit"} or layer.startswith("hidden_")


def is_hidden_weight(path: str) -> bool:
    """Tell a weight of the head's dense layers before the last one by its path."""
    return path.startswith("hidden_")


def build_head(blueprint: Blueprint, features: Any) -> Any:
    """Build the logits, float32 (films, classes), on features (films, channels).

    Layers that hold weights have names that `is_head_weight` knows.

    Raises
    ------
    DataError
        When the first dense layer would be too large to be meant.
    """
    import keras

    _check_width(blueprint, features.shape[-1])
    penalty = keras.regularizers.L2(blueprint.l2) if blueprint.l2 else None
    for number, width in enumerate(blueprint.hidden, start=1):
        features = keras.layers.Dropout(blueprint.dropout, name=f"dropout_{number}")(features)
        features = keras.layers.Dense(
            width,
            "relu",
            kernel_initializer="he_normal",
            kernel_regularizer=penalty,
            name=f"hidden_{number}",
        )(features)
    features = keras.layers.Dropout(blueprint.dropout, name="dropout")(features)
    if blueprint.output == "softmax":
        last = keras.layers.Dense(
            blueprint.classes, kernel_regularizer=penalty, dtype="float32", name="logits"
        )
        return last(features)
    unit = keras.layers.Dense(1, kernel_regularizer=penalty, dtype="float32", name="unit")
    score = unit(features)
    pair = keras.layers.Concatenate(dtype="float32", name="pair")([score, score])
    return keras.layers.Rescaling([0.5, -0.5], dtype="float32", name="logits")(pair)


def _check_width(blueprint: Blueprint, features: int) -> None:
    first = (*blueprint.hidden, blueprint.classes)[0]
    if features * first > MOST_WEIGHTS:
        raise DataError(
            f"{blueprint.network}: {features:,} features into {first:,} units are "
            f"{features * first:,} weights; expected at most {MOST_WEIGHTS:,}. Take smaller "
            'films, a narrower layer or pooling "average".'
        )
