"""A recipe's optimiser, as Keras has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError

if TYPE_CHECKING:
    import keras

    from cxr_core.recipes.recipe import Optimiser


def build_optimiser(rule: Optimiser, rate: float) -> keras.optimizers.Optimizer:
    """Build the optimiser at its first learning rate.

    Weight decay spares biases and batch-norm scales: neither should be pulled towards zero.

    Raises
    ------
    DataError
        When there is no such optimiser.
    """
    import keras

    common: dict[str, Any] = {"global_clipnorm": rule.gradient_norm or None}
    if rule.weight_decay:
        common["weight_decay"] = rule.weight_decay
    match rule.name:
        case "adam":
            optimiser = keras.optimizers.Adam(rate, **common)
        case "adamw":
            optimiser = keras.optimizers.AdamW(rate, **{"weight_decay": 0.0, **common})
        case "nadam":
            optimiser = keras.optimizers.Nadam(rate, **common)
        case "rmsprop":
            optimiser = keras.optimizers.RMSprop(rate, momentum=rule.momentum, **common)
        case "sgd":
            optimiser = keras.optimizers.SGD(rate, momentum=rule.momentum, **common)
        case other:
            raise DataError(f"There is no optimiser {other!r}.")
    if rule.weight_decay:
        optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser
