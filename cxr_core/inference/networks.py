"""Facts per architecture, and the flat graph: backbone, pooled features, a small head.

The graph ends in logits. Everything after the heat layer is pooling, dropout and dense layers;
`engine` relies on this to explain a class score without differentiating the backbone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.errors import DataError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Network:
    """One architecture: its keras.applications name and the layer whose map is explained.

    `has_batch_norm` tells training whether statistics must be settled afterwards.
    """

    name: str
    application: str
    heat_layer: str
    has_batch_norm: bool


NETWORKS = {
    network.name: network
    for network in (
        Network("vgg16", "VGG16", heat_layer="block5_conv3", has_batch_norm=False),
        Network("resnet50", "ResNet50", heat_layer="conv5_block3_out", has_batch_norm=True),
    )
}

_LOGITS = "logits"


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
class Head:
    """What follows the pooled features: `hidden` widths of dense ReLU layers, then logits.

    `dropout` in [0, 1) comes before every dense layer and acts in training only.
    """

    classes: int
    hidden: tuple[int, ...] = ()
    dropout: float = 0.0


def build_network(
    network: Network, head: Head, size: int, weights: str | None = None
) -> keras.Model:
    """Build (films, size, size, 3) -> logits (films, classes) as one flat graph.

    `weights` is None for scratch or "imagenet", which Keras downloads.
    """
    import keras

    application = getattr(keras.applications, network.application)
    backbone = application(include_top=False, weights=weights, input_shape=(size, size, 3))
    if weights is None and not network.has_batch_norm:
        _start_with_he(backbone, seed=0)
    features = keras.layers.GlobalAveragePooling2D(name="pooled")(backbone.output)
    for number, width in enumerate(head.hidden, start=1):
        features = keras.layers.Dropout(head.dropout, name=f"dropout_{number}")(features)
        features = keras.layers.Dense(width, "relu", name=f"hidden_{number}")(features)
    features = keras.layers.Dropout(head.dropout, name="dropout")(features)
    logits = keras.layers.Dense(head.classes, dtype="float32", name=_LOGITS)(features)
    return keras.Model(backbone.input, logits, name=network.name)


def _start_with_he(backbone: keras.Model, seed: int) -> None:
    """Give a deep stack without batch normalisation a start whose activations keep their scale.

    keras.applications starts with Glorot, under which sixteen ReLU layers shrink the signal
    about 250-fold (He et al. 2015, eq. 10).
    """
    import keras

    for number, layer in enumerate(backbone.layers):
        if isinstance(layer, keras.layers.Conv2D):
            start = keras.initializers.HeNormal(seed=seed + number)
            layer.kernel.assign(start(layer.kernel.shape))
