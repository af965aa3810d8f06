"""What each architecture is known to be: its size, its names, where it can be cut."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError
from cxr_core.imaging.model_input import normalise
from cxr_core.inference.backbones import stable_names
from cxr_core.inference.engine import softmax
from cxr_core.inference.networks import (
    NETWORKS,
    Blueprint,
    build_network,
    features_layer,
    network_named,
)
from tests.inference.built import SMALL, noise, small

keras = pytest.importorskip("keras")


def test_nova_has_the_parameters_that_its_paper_reports() -> None:
    blueprint = Blueprint("nova", 2, 256, (512,), pooling="flatten", output="sigmoid")
    assert build_network(blueprint).count_params() == 17_019_073


def test_a_pooled_vgg16_trains_as_few_weights_as_its_paper_reports() -> None:
    model = build_network(Blueprint("vgg16", 2, 224))
    for layer in model.layers:
        layer.trainable = layer.name == "logits"
    assert model.count_params() == 14_715_714
    assert sum(np.prod(weight.shape) for weight in model.trainable_weights) == 1_026


def test_alexnet_has_the_layers_of_2012() -> None:
    model = build_network(Blueprint("alexnet", 1000, 227, (64,), pooling="flatten"))
    maps = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert maps["alexnet_pool1"] == (28, 28, 96)
    assert maps["alexnet_pool2"] == (13, 13, 256)
    assert maps["alexnet_conv3"] == maps["alexnet_conv4"] == (13, 13, 384)
    assert maps["alexnet_pool5"] == (6, 6, 256)
    assert maps["flat"] == (9216,)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_weights_have_the_same_paths_at_every_build(name: str) -> None:
    first = [weight.path for weight in small(name).weights]
    again = [weight.path for weight in build_network(SMALL[name]).weights]
    assert first == again
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("name", ["xception", "inceptionv3"])
def test_layers_without_a_name_are_numbered_as_in_a_fresh_process(name: str) -> None:
    kernels = [
        layer.name
        for layer in small(name).layers
        if type(layer) is keras.layers.Conv2D and layer.name.startswith("conv2d")
    ]
    assert sorted(kernels) == sorted(
        ["conv2d", *(f"conv2d_{number}" for number in range(1, len(kernels)))]
    )


def test_only_names_that_keras_gave_are_changed() -> None:
    films = keras.Input((8, 8, 3), name="films")
    named = keras.layers.Conv2D(2, 1, name="block9_conv2")(films)
    first = keras.layers.Conv2D(2, 1)(named)
    second = keras.layers.Conv2D(2, 1)(first)
    names = stable_names(keras.Model(films, second))
    assert list(names.values()) == ["films", "block9_conv2", "conv2d", "conv2d_1"]


@pytest.mark.parametrize("name", list(NETWORKS))
def test_every_block_begins_at_one_tensor_through_which_all_passes(name: str) -> None:
    model, blocks = small(name), NETWORKS[name].blocks
    cuts = [model.get_layer(layer).output for layer in blocks.values()]
    cuts.append(model.get_layer(features_layer(SMALL[name])).output)
    films = noise(model)
    *signals, logits = keras.Model(model.input, [*cuts, model.output])(films, training=False)
    assert np.std(logits) > 0
    for cut, signal in zip(cuts, signals, strict=True):
        after = keras.Model(cut, model.output)
        np.testing.assert_allclose(after(signal, training=False), logits, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_blocks_are_in_order_and_leave_layers_to_train(name: str) -> None:
    layers = [layer.name for layer in small(name).layers]
    cuts = [layers.index(cut) for cut in NETWORKS[name].blocks.values()]
    assert cuts == sorted(cuts)
    assert cuts[-1] < layers.index(NETWORKS[name].heat_layer)


@pytest.mark.parametrize("name", list(NETWORKS))
def test_batch_norm_is_where_the_table_says(name: str) -> None:
    found = any(
        isinstance(layer, keras.layers.BatchNormalization) for layer in small(name).layers
    )
    assert found is NETWORKS[name].has_batch_norm


def test_one_sigmoid_unit_speaks_for_two_classes() -> None:
    model = small("nova")
    films = noise(model, films=4)
    unit = keras.Model(model.input, model.get_layer("unit").output)(films)
    score = np.asarray(unit)[:, 0]
    positive = 1.0 / (1.0 + np.exp(-score))
    probabilities = softmax(np.asarray(model(films)))
    assert np.std(score) > 0
    np.testing.assert_allclose(probabilities[:, 0], positive, rtol=1e-5)
    np.testing.assert_allclose(probabilities[:, 1], 1.0 - positive, rtol=1e-5)


def test_a_network_that_holds_the_scaling_reads_plain_grey_levels() -> None:
    grey = np.random.default_rng(1).uniform(size=(2, 64, 64)).astype(np.float32)
    standardised = np.repeat(((grey - 0.4) / 0.25)[..., None], 3, axis=3)
    plain = build_network(Blueprint("nova", 3, 64))
    scaled = build_network(Blueprint("nova", 3, 64, scaling=(0.4, 0.25)))
    scaled.set_weights(plain.get_weights())
    np.testing.assert_allclose(
        scaled(normalise(grey, Normalisation.DATASET)), plain(standardised), atol=1e-4
    )


def test_dropout_and_penalty_act_in_training_only_and_on_the_head() -> None:
    blueprint = Blueprint("nova", 3, 32, hidden=(8,), dropout=0.5, l2=0.02)
    model = build_network(blueprint)
    films = noise(model)
    kernels = [model.get_layer(name).kernel for name in ("hidden_1", "logits")]
    expected = [0.02 * float(np.sum(np.square(kernel))) for kernel in kernels]
    assert sorted(float(loss) for loss in model.losses) == pytest.approx(sorted(expected))
    assert np.array_equal(model(films, training=False), model(films, training=False))
    assert not np.array_equal(model(films, training=True), model(films, training=True))


def test_networks_drawn_from_two_seeds_differ_and_from_one_do_not() -> None:
    starts = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        starts.append(build_network(Blueprint("vgg16", 2, 32)).get_weights()[0])
    assert np.array_equal(starts[0], starts[1])
    assert not np.array_equal(starts[0], starts[2])


def test_a_deep_stack_from_scratch_keeps_the_scale_of_its_activations() -> None:
    model = small("vgg16")
    films = noise(model)
    last = keras.Model(model.input, model.get_layer("block5_conv3").output)(films)
    assert 0.1 < float(np.sqrt(np.mean(np.square(last)))) < 10.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"network": "lenet"}, "'lenet' is not known"),
        ({"network": "inceptionv3"}, "size is 64; expected 75 or more"),
        ({"classes": 1}, "classes is 1; expected 2 or more"),
        ({"classes": 3, "output": "sigmoid"}, "expected 2 for one sigmoid unit"),
        ({"hidden": (0,)}, "hidden is"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        ({"l2": float("nan")}, "l2 is nan"),
        ({"pooling": "max"}, "pooling is 'max'"),
        ({"output": "relu"}, "output is 'relu'"),
        ({"kernel": 5}, "kernel is 5; expected 3 to 3"),
        ({"network": "nova", "kernel": 33}, "kernel is 33; expected 1 to 32"),
        ({"scaling": (0.5, 0.0)}, "a deviation above 0"),
        ({"scaling": (float("inf"), 1.0)}, "a deviation above 0"),
    ],
)
def test_what_cannot_be_built_is_refused_before_it_is(
    change: dict[str, object], words: str
) -> None:
    with pytest.raises(DataError, match=words):
        Blueprint(**{"network": "vgg16", "classes": 2, "size": 64} | change)


def test_a_flat_head_too_large_to_be_meant_is_refused() -> None:
    with pytest.raises(DataError, match='pooling "average"'):
        build_network(Blueprint("nova", 2, 1024, (8192,), pooling="flatten"))


def test_an_unknown_network_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(DataError, match="densenet169"):
        network_named("densenet")
