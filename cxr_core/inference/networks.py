"""Facts per architecture, and the flat graph: backbone, features, a small head, logits.

Everything after the heat layer is pooling, flattening, dropout and dense layers; `engine`
relies on this to explain a class score without differentiating the backbone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError
from cxr_core.inference.backbones import build_backbone
from cxr_core.inference.heads import build_head

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import keras

POOLINGS = {"average": "pooled", "flatten": "flat"}  # and the layer that holds the features
OUTPUTS = ("softmax", "sigmoid")
KERNELS = range(1, 33)


@dataclass(frozen=True, slots=True)
class Network:
    """One architecture.

    `application` is its keras.applications name, empty for a stack that `backbones` declares.
    `heat_layer` is the layer whose map is explained. `has_batch_norm` tells training whether
    statistics must be settled afterwards. Films have at least `least_size` pixels a side.
    `imagenet_normalisation` is what its ImageNet weights were trained on, None where there are
    none. `blocks` names, from the films towards the head, what may train while all before it
    is frozen, and for each the layer whose output is the cut: one tensor through which
    everything passes.
    """

    name: str
    application: str
    heat_layer: str
    has_batch_norm: bool
    least_size: int
    imagenet_normalisation: Normalisation | None
    blocks: Mapping[str, str]


def _cuts(**blocks: str) -> Mapping[str, str]:
    return MappingProxyType(blocks)


NETWORKS = {
    network.name: network
    for network in (
        Network(
            "vgg16",
            "VGG16",
            heat_layer="block5_conv3",
            has_batch_norm=False,
            least_size=32,
            imagenet_normalisation=Normalisation.IMAGENET,
            blocks=_cuts(
                **{f"block{number}": f"block{number - 1}_pool" for number in range(2, 6)}
            ),
        ),
        Network(
            "resnet50",
            "ResNet50",
            heat_layer="conv5_block3_out",
            has_batch_norm=True,
            least_size=32,
            imagenet_normalisation=Normalisation.IMAGENET,
            blocks=_cuts(
                conv2="pool1_pool",
                conv3="conv2_block3_out",
                conv4="conv3_block4_out",
                conv5="conv4_block6_out",
            ),
        ),
        Network(
            "xception",
            "Xception",
            heat_layer="block14_sepconv2_act",
            has_batch_norm=True,
            least_size=71,
            imagenet_normalisation=Normalisation.SYMMETRIC,
            blocks=_cuts(
                block2="block1_conv2_act",
                block3="add",
                **{f"block{number}": f"add_{number - 3}" for number in range(4, 15)},
            ),
        ),
        Network(
            "densenet169",
            "DenseNet169",
            heat_layer="relu",
            has_batch_norm=True,
            least_size=32,
            imagenet_normalisation=Normalisation.IMAGENET_TORCH,
            blocks=_cuts(
                conv2="pool1", conv3="pool2_pool", conv4="pool3_pool", conv5="pool4_pool"
            ),
        ),
        Network(
            "inceptionv3",
            "InceptionV3",
            heat_layer="mixed10",
            has_batch_norm=True,
            least_size=75,
            imagenet_normalisation=Normalisation.SYMMETRIC,
            blocks=_cuts(
                mixed0="max_pooling2d_1",
                **{f"mixed{number}": f"mixed{number - 1}" for number in range(1, 11)},
            ),
        ),
        Network(
            "alexnet",
            "",
            heat_layer="alexnet_conv5",
            has_batch_norm=False,
            least_size=57,
            imagenet_normalisation=None,
            blocks=_cuts(
                conv2="alexnet_pool1",
                conv3="alexnet_pool2",
                conv4="alexnet_conv3",
                conv5="alexnet_conv4",
            ),
        ),
        Network(
            "nova",
            "",
            heat_layer="nova_conv4",
            has_batch_norm=False,
            least_size=16,
            imagenet_normalisation=None,
            blocks=_cuts(conv2="nova_pool1", conv3="nova_pool2", conv4="nova_pool3"),
        ),
    )
}


def network_named(name: str) -> Network:
    """Look an architecture up.

    Raises
    ------
    DataError
        When there is no such architecture.
    """
    if name not in NETWORKS:
        raise DataError(
            f"Architecture {name!r} is not known; expected one of {list(NETWORKS)}."
        )
    return NETWORKS[name]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All that decides a network's shape: a key of `NETWORKS`, and what stands on it.

    The last convolution is pooled ("average") or laid out flat ("flatten"); then follow dense
    ReLU layers of the widths `hidden`, and `classes` logits. `dropout` in [0, 1) comes before
    every dense layer and acts in training only; `l2` is the penalty on every dense kernel.
    With `output` "sigmoid" one unit z speaks for the first of two classes, whose logits are
    z/2 and -z/2, so that their softmax is sigmoid(z) and 1 - sigmoid(z). `kernel` is the side
    of a declared stack's convolutions. `scaling` is the mean and the standard deviation by
    which the network itself standardises its films.

    Raises
    ------
    DataError
        When no such network can be built.
    """

    network: str
    classes: int
    size: int
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0
    l2: float = 0.0
    pooling: str = "average"
    output: str = "softmax"
    kernel: int = 3
    scaling: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        network = network_named(self.network)
        kernels = range(3, 4) if network.application else KERNELS
        two = self.output != "sigmoid" or self.classes == 2
        checks: tuple[tuple[bool, str, Any, str], ...] = (
            (
                self.size >= network.least_size,
                "size",
                self.size,
                f"{network.least_size} or more",
            ),
            (self.classes >= 2, "classes", self.classes, "2 or more"),
            (two, "classes", self.classes, "2 for one sigmoid unit"),
            (
                all(width >= 1 for width in self.hidden),
                "hidden",
                self.hidden,
                "widths from 1 on",
            ),
            (0.0 <= self.dropout < 1.0, "dropout", self.dropout, "0 or more, less than 1"),
            (0.0 <= self.l2 < math.inf, "l2", self.l2, "0 or more"),
            (self.pooling in POOLINGS, "pooling", self.pooling, f"one of {list(POOLINGS)}"),
            (self.output in OUTPUTS, "output", self.output, f"one of {list(OUTPUTS)}"),
            (self.kernel in kernels, "kernel", self.kernel, f"{kernels[0]} to {kernels[-1]}"),
            (
                is_scaling(self.scaling),
                "scaling",
                self.scaling,
                "a mean and a deviation above 0",
            ),
        )
        for holds, name, came, expected in checks:
            if not holds:
                raise DataError(f"{self.network}: {name} is {came!r}; expected {expected}.")


def is_scaling(scaling: tuple[float, float] | None) -> bool:
    """Tell whether films can be standardised by this mean and deviation, or by none."""
    if scaling is None:
        return True
    mean, deviation = scaling
    return math.isfinite(mean) and 0.0 < deviation < math.inf


def features_layer(blueprint: Blueprint) -> str:
    """Name the layer whose output enters the head: "pooled" or "flat"."""
    return POOLINGS[blueprint.pooling]


def build_network(blueprint: Blueprint, weights: str | Path | None = None) -> keras.Model:
    """Build films (films, size, size, 3) -> logits (films, classes), one flat float32 graph.

    Layers, and with them weights, have the same names at every build and in every process.

    Parameters
    ----------
    weights
        Of the backbone: None for scratch, "imagenet" for what Keras downloads, or a file that
        keras.applications loads into it (`imagenet_weights` finds one).

    Raises
    ------
    DataError
        When there are no ImageNet weights for this network, or flattening it would make a
        first dense layer too large to be meant.
    ModelError
        When the weights cannot be had, or are not this network's.
    """
    import keras

    network = network_named(blueprint.network)
    films, activations = build_backbone(network, blueprint, weights)
    name = features_layer(blueprint)
    if blueprint.pooling == "flatten":
        features = keras.layers.Flatten(name=name)(activations)
    else:
        features = keras.layers.GlobalAveragePooling2D(name=name)(activations)
    return keras.Model(films, build_head(blueprint, features), name=network.name)
