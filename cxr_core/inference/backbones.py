"""Everything below the features: Keras's applications and two stacks declared here.

Weights are stored by path, so layers must have the same names at every build. Those that an
application leaves without a name, Keras numbers through the whole process; they are numbered
anew here, as in a process that builds nothing else.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError, ModelError
from cxr_core.inference.imagenet import imagenet_weights

if TYPE_CHECKING:
    import keras

    from cxr_core.inference.networks import Blueprint, Network

# Krizhevsky et al. 2012, section 3.5: filters, stride, and whether pooling follows.
_ALEXNET = ((96, 4, True), (256, 1, True), (384, 1, False), (384, 1, False), (256, 1, True))
_NOVA = (32, 64, 128, 128)


def build_backbone(
    network: Network, blueprint: Blueprint, weights: str | Path | None
) -> tuple[Any, Any]:
    """Build the films' input, and the activations (films, rows, columns, channels) on it.

    Raises
    ------
    DataError
        When weights are wanted that this network does not have.
    ModelError
        When the weights cannot be had, or are not this network's.
    """
    import keras

    films = keras.Input((blueprint.size, blueprint.size, 3), name="films")
    scaled = films
    if blueprint.scaling is not None:
        mean, deviation = blueprint.scaling
        scaled = keras.layers.Rescaling(
            1.0 / deviation, -mean / deviation, dtype="float32", name="scaling"
        )(films)
    file = imagenet_weights(network, None) if weights == "imagenet" else weights
    if network.application:
        return _application(network, scaled, file)
    if file is not None:
        raise DataError(
            f"{network.name} takes no ImageNet weights; start it from scratch or from an "
            "earlier run."
        )
    match network.name:
        case "alexnet":
            return films, _alexnet(scaled, blueprint.kernel)
        case "nova":
            return films, _nova(scaled, blueprint.kernel)
        case name:
            raise DataError(f"Nobody declares the layers of {name!r}.")


def _application(network: Network, films: Any, file: str | Path | None) -> tuple[Any, Any]:
    """Build one of keras.applications on a tensor of films."""
    import keras

    application = getattr(keras.applications, network.application)
    backbone = application(
        include_top=False, weights=None, input_tensor=films, input_shape=films.shape[1:]
    )
    if file is not None:
        _load_file(backbone, network, Path(file))
    elif not network.has_batch_norm:
        _start_with_he(backbone)
    names = stable_names(backbone)
    if any(layer.weights and names[layer.name] != layer.name for layer in backbone.layers):
        backbone = _renamed(backbone, names)
    return backbone.inputs[0], backbone.outputs[0]


def _load_file(backbone: keras.Model, network: Network, file: Path) -> None:
    try:
        backbone.load_weights(file)
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ModelError(
            f"{file} does not fit the architecture {network.name}: {error} Expected the HDF5 "
            "file that Keras publishes for it, without the top."
        ) from error


def _start_with_he(backbone: keras.Model) -> None:
    """Give a deep stack without batch normalisation a start whose activations keep their scale.

    keras.applications starts with Glorot, under which sixteen ReLU layers shrink the signal
    about 250-fold (He et al. 2015, eq. 10).
    """
    import keras

    for layer in backbone.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))


def stable_names(model: keras.Model) -> dict[str, str]:
    """Map every layer's name to the one it would have in a fresh process.

    A layer that Keras named has its class for a name, and a number from the second on.
    """
    numbered: dict[str, list[tuple[int, str]]] = defaultdict(list)
    names = {layer.name: layer.name for layer in model.layers}
    for layer in model.layers:
        found = re.fullmatch(r"(.+?)(?:_(\d+))?", layer.name)
        if found and found[1].replace("_", "") == type(layer).__name__.lower():
            numbered[found[1]].append((int(found[2] or 0), layer.name))
    for kind, layers in numbered.items():
        for number, (_, name) in enumerate(sorted(layers)):
            names[name] = f"{kind}_{number}" if number else kind
    return names


def _renamed(model: keras.Model, names: dict[str, str]) -> keras.Model:
    """Build the same graph with the same weights under other names."""
    import keras

    def rename(layer: keras.layers.Layer) -> keras.layers.Layer:
        return type(layer).from_config({**layer.get_config(), "name": names[layer.name]})

    clone = keras.models.clone_model(model, clone_function=rename)
    for layer in model.layers:
        clone.get_layer(names[layer.name]).set_weights(layer.get_weights())
    return clone


def _alexnet(films: Any, kernel: int) -> Any:
    """Stack Krizhevsky's five convolutions, all of one kernel size, with overlapping pooling.

    Filters, strides and pooling are those of 2012 (a stride of 4 first, so a kernel below 4
    leaves pixels out); local response normalisation is not, which gains nothing (Simonyan &
    Zisserman 2015, section 4.1).
    """
    import keras

    for number, (filters, stride, pools) in enumerate(_ALEXNET, start=1):
        films = _convolution(f"alexnet_conv{number}", filters, kernel, stride)(films)
        if pools:
            films = keras.layers.MaxPooling2D(3, 2, name=f"alexnet_pool{number}")(films)
    return films


def _nova(films: Any, kernel: int) -> Any:
    """Stack the four convolutions whose parameters add up to what Lopes et al. 2021 report."""
    import keras

    for number, filters in enumerate(_NOVA, start=1):
        films = _convolution(f"nova_conv{number}", filters, kernel, stride=1)(films)
        films = keras.layers.MaxPooling2D(2, name=f"nova_pool{number}")(films)
    return films


def _convolution(name: str, filters: int, kernel: int, stride: int) -> keras.layers.Layer:
    import keras

    return keras.layers.Conv2D(
        filters,
        kernel,
        stride,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )
