"""Spoil a trained network from its head downwards, as Adebayo et al. (2018) do in a cascade.

Weights are drawn as for a start from scratch (He et al. 2015): kernels normal with variance
2 / fan-in, biases zero, batch normalisation doing nothing. Drawn here and not by the builder,
whose fixed seed may have been this very network's start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras

MOST_BLOCKS = 5
_ONES = frozenset({"gamma", "moving_variance"})
_ZEROS = frozenset({"beta", "bias", "moving_mean"})
_PER_CHANNEL = "depthwise_kernel"


@dataclass(frozen=True, slots=True)
class Portion:
    """Names of the layers that are spoilt together, at one stage of the cascade."""

    name: str
    layers: tuple[str, ...]


def cascade(
    model: keras.Model, heat_layer: str, blocks: Sequence[tuple[str, str]]
) -> list[Portion]:
    """Deal the layers with weights to portions, the head first, then block by block.

    `blocks` are (name, layer) pairs, as `AuditSubject.blocks`; of more than five, neighbours go
    together.
    """
    names = [layer.name for layer in model.layers]
    weighted = [place for place, layer in enumerate(model.layers) if own_weights(layer)]
    heat = names.index(heat_layer)
    head = [place for place in weighted if place > heat]
    rest = [place for place in weighted if place <= heat]
    portions = [("head", head)]
    cuts = sorted(((names.index(layer), name) for name, layer in blocks), reverse=True)
    if cuts:
        for cut, name in cuts:
            portions.append((name, [place for place in rest if place > cut]))
            rest = [place for place in rest if place <= cut]
        portions.append(("first layers", rest))
    else:
        parts = np.array_split(np.array(rest, dtype=int), min(MOST_BLOCKS, max(1, len(rest))))
        for number, part in reversed(list(enumerate(parts, start=1))):
            portions.append((f"part {number} of {len(parts)}", part.tolist()))
    kept = [(name, places) for name, places in portions if places]
    return [
        Portion(name, tuple(names[place] for place in reversed(places)))
        for name, places in _joined(kept)
    ]


def _joined(portions: list[tuple[str, list[int]]]) -> list[tuple[str, list[int]]]:
    """Put neighbouring blocks together until there are at most five besides the head."""
    head, *blocks = portions
    if len(blocks) <= MOST_BLOCKS:
        return portions
    joined = []
    for some in np.array_split(np.arange(len(blocks)), MOST_BLOCKS):
        own = [blocks[place] for place in some]
        name = own[0][0] if len(own) == 1 else f"{own[0][0]} to {own[-1][0]}"
        joined.append((name, sorted(place for _, places in own for place in places)))
    return [head, *joined]


def own_weights(layer: keras.Layer) -> list[keras.Variable]:
    """Weights of a layer, without the states of random generators."""
    return [weight for weight in layer.weights if "seed_generator" not in weight.path]


def spoil(model: keras.Model, portion: Portion, generator: np.random.Generator) -> None:
    """Draw the weights of a portion's layers anew, in place."""
    for name in portion.layers:
        for weight in own_weights(model.get_layer(name)):
            shape = tuple(weight.shape)
            kind = weight.path.rpartition("/")[2]
            if kind in _ONES:
                weight.assign(np.ones(shape, np.float32))
            elif kind in _ZEROS:
                weight.assign(np.zeros(shape, np.float32))
            else:
                inputs = shape[:2] if _is_per_channel(model, name, kind) else shape[:-1]
                deviation = np.sqrt(2.0 / max(1, int(np.prod(inputs))))
                weight.assign(generator.normal(0.0, deviation, shape).astype(np.float32))


def _is_per_channel(model: keras.Model, layer: str, kind: str) -> bool:
    import keras

    is_depthwise = isinstance(model.get_layer(layer), keras.layers.DepthwiseConv2D)
    return is_depthwise or kind == _PER_CHANNEL
