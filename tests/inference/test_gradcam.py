"""The one-pass maps against Grad-CAM as the textbook computes it, by differentiating."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.errors import ModelError
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import NETWORKS, Blueprint, build_network, features_layer
from tests.inference.built import SMALL, noise, small

if TYPE_CHECKING:
    from pathlib import Path

keras = pytest.importorskip("keras")


def textbook_maps(model, heat_layer: str, films: np.ndarray) -> np.ndarray:
    """Selvaraju et al. 2017, eq. 1 and 2, with a tape around the layers after `heat_layer`."""
    import tensorflow as tf

    layer = model.get_layer(heat_layer)
    activations = keras.Model(model.input, layer.output)(films)
    after = keras.Model(layer.output, model.output)
    maps = []
    for index in range(model.output_shape[-1]):
        with tf.GradientTape() as tape:
            tape.watch(activations)
            score = after(activations)[:, index]
        weights = tf.reduce_mean(tape.gradient(score, activations), axis=(1, 2))
        heat = tf.nn.relu(tf.einsum("nhwk,nk->nhw", activations, weights)).numpy()
        peak = heat.max(axis=(1, 2), keepdims=True)
        maps.append(np.divide(heat, peak, out=np.zeros_like(heat), where=peak > 0))
    return np.stack(maps, axis=1)


def check_against_the_textbook(model, heat_layer: str) -> None:
    films = noise(model)
    output = KerasEngine(model, heat_layer).run(films)
    expected = textbook_maps(model, heat_layer, films)
    assert output.heatmaps.shape == expected.shape
    assert output.heatmaps[0, 0].size > 1
    assert expected.max() == pytest.approx(1.0)
    np.testing.assert_allclose(output.heatmaps, expected, atol=1e-4)


@pytest.mark.parametrize("name", list(SMALL))
def test_one_pass_equals_the_textbook_on_every_class(name: str) -> None:
    check_against_the_textbook(small(name), NETWORKS[name].heat_layer)


@pytest.mark.parametrize(
    "blueprint",
    [
        Blueprint("vgg16", 3, 96, hidden=(24,)),
        Blueprint("nova", 3, 72, pooling="flatten"),
        Blueprint("nova", 2, 72, output="sigmoid", hidden=(12,), scaling=(0.5, 0.2)),
        Blueprint("alexnet", 2, 120, pooling="flatten", output="sigmoid"),
    ],
    ids=["hidden ReLU layer", "flat and linear", "one unit on pooled features", "flat unit"],
)
def test_other_heads_are_explained_too(blueprint: Blueprint) -> None:
    keras.utils.set_random_seed(4)
    check_against_the_textbook(build_network(blueprint), NETWORKS[blueprint.network].heat_layer)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vgg16", "pooled"),
        ("alexnet", "hidden_2"),
        ("nova", "hidden_1"),
    ],
)
def test_features_are_pooled_or_leave_the_last_hidden_layer(name: str, expected: str) -> None:
    model = small(name)
    films = noise(model)
    features = KerasEngine(model, NETWORKS[name].heat_layer).run(films).features
    layer = keras.Model(model.input, model.get_layer(expected).output)(films, training=False)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, layer, rtol=1e-3, atol=1e-4)


def test_features_of_a_flat_linear_head_are_the_activations_themselves() -> None:
    blueprint = Blueprint("nova", 2, 32, pooling="flatten")
    model = build_network(blueprint)
    films = noise(model)
    layer = keras.Model(model.input, model.get_layer(features_layer(blueprint)).output)(films)
    features = KerasEngine(model, "nova_conv4").run(films).features
    np.testing.assert_allclose(features, layer, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("name", "side"), [("vgg16", 14), ("resnet50", 7)])
def test_maps_at_224_have_the_cells_of_the_last_convolution(name: str, side: int) -> None:
    network = NETWORKS[name]
    model = build_network(Blueprint(name, 2, 224))
    assert model.get_layer(network.heat_layer).output.shape[1:3] == (side, side)


def test_a_class_that_no_feature_speaks_for_has_an_empty_map() -> None:
    network = NETWORKS["vgg16"]
    model = build_network(Blueprint("vgg16", 2, 32))
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.stack([np.full(512, -1.0), np.full(512, 1.0)], axis=1))
    films = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)
    maps = KerasEngine(model, network.heat_layer).run(films).heatmaps[0]
    assert maps[0].max() == 0.0
    assert maps[1].max() == pytest.approx(1.0)


def test_batch_sizes_do_not_retrace_and_do_not_change_the_answer() -> None:
    network = NETWORKS["resnet50"]
    engine = KerasEngine(small("resnet50"), network.heat_layer)
    films = np.random.default_rng(2).normal(size=(5, 64, 64, 3)).astype(np.float32)
    together = engine.run(films)
    alone = [engine.run(films[index : index + 1]) for index in range(5)]
    np.testing.assert_allclose(
        together.logits, np.concatenate([each.logits for each in alone]), atol=1e-4
    )
    assert engine.traces == 1


def test_a_network_that_cannot_be_explained_in_closed_form_is_refused() -> None:
    inputs = keras.Input((16, 16, 3))
    seen = keras.layers.Conv2D(4, 3, name="seen")(inputs)
    later = keras.layers.Conv2D(4, 3, name="later")(seen)
    pooled = keras.layers.GlobalAveragePooling2D()(later)
    model = keras.Model(inputs, keras.layers.Dense(2)(pooled))
    with pytest.raises(ModelError, match="later"):
        KerasEngine(model, "seen")
    with pytest.raises(ModelError, match="no layer 'missing'"):
        KerasEngine(model, "missing")


JAX_SCRIPT = """
import os
os.environ["KERAS_BACKEND"] = "jax"
import jax, keras, numpy as np
from cxr_core.inference.engine import KerasEngine
inputs = keras.Input((24, 24, 3))
seen = keras.layers.Conv2D(6, 3, activation="relu", name="seen")(inputs)
pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.MaxPooling2D()(seen))
hidden = keras.layers.Dense(5, activation="relu", name="hidden")(pooled)
model = keras.Model(inputs, keras.layers.Dense(3, name="logits")(hidden))
films = np.random.default_rng(0).normal(size=(2, 24, 24, 3)).astype("float32")
output = KerasEngine(model, "seen").run(films)
activations = keras.Model(model.input, seen)(films)
after = keras.Model(seen, model.output)
for index in range(3):
    score = lambda values: after(values)[:, index].sum()
    weights = np.asarray(jax.grad(score)(activations)).mean(axis=(1, 2))
    heat = np.maximum(np.einsum("nhwk,nk->nhw", np.asarray(activations), weights), 0)
    peak = heat.max(axis=(1, 2), keepdims=True)
    expected = np.divide(heat, peak, out=np.zeros_like(heat), where=peak > 0)
    assert np.abs(expected - output.heatmaps[:, index]).max() < 1e-4
"""


def test_the_same_code_explains_a_tiny_network_under_jax(repository: Path) -> None:
    pytest.importorskip("jax", reason="JAX is not installed")
    command = [sys.executable, "-c", JAX_SCRIPT]
    result = subprocess.run(
        command, cwd=repository, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-2000:]
