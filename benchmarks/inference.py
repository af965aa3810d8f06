"""What heatmaps for every class cost, against the bare forward pass and the usual ways.

Four ways take turns in one process, so that a machine whose speed drifts drifts for all:

forward       the network alone, compiled
ours          probabilities and Grad-CAM for all classes out of one compiled pass
tape          Grad-CAM by GradientTape, compiled, once per class
tf_keras_vis  Grad-CAM of tf-keras-vis, once per class

All run in float32 with the same threads on one 224 x 224 film and three classes. Weights are
random: they do not change the time. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import NETWORKS, Blueprint, Network, build_network

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from cxr_core.domain import FloatArray

_CLASSES, _SIZE = 3, 224


def main() -> None:
    """Time both bundled architectures and print a table and JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--runs", type=int, default=30, help="timed runs of each way (default: 30)"
    )
    options = parser.parse_args()
    results = {}
    for name in ("vgg16", "resnet50"):
        medians = time_ways(ways(NETWORKS[name]), options.runs, name)
        results[name] = {f"{way}_ms": round(value, 2) for way, value in medians.items()}
        print_table(name, medians)
    print(json.dumps(results))


def ways(network: Network) -> dict[str, Callable[[], object]]:
    """Build the four ways over one set of weights."""
    import keras

    model = build_network(Blueprint(network.name, _CLASSES, _SIZE))
    film = np.random.default_rng(0).normal(size=(1, _SIZE, _SIZE, 3)).astype(np.float32)
    spec = [tf.TensorSpec([None, _SIZE, _SIZE, 3], tf.float32)]
    forward = tf.function(
        lambda films: model(films, training=False), input_signature=spec, autograph=False
    )
    engine = KerasEngine(model, network.heat_layer)
    tape = tf.function(
        tape_gradcam(
            keras.Model(model.input, [model.get_layer(network.heat_layer).output, model.output])
        ),
        input_signature=[*spec, tf.TensorSpec([], tf.int32)],
        autograph=False,
    )
    return {
        "forward": lambda: forward(tf.constant(film)).numpy(),
        "ours": lambda: engine.run(film),
        "tape": lambda: [
            tape(tf.constant(film), tf.constant(c))[1].numpy() for c in range(_CLASSES)
        ],
        "tf_keras_vis": keras_vis(model, network.heat_layer, film),
    }


def tape_gradcam(observed: keras.Model) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Grad-CAM as the tutorials write it: forward pass on the tape, gradient, weighted sum."""

    def explain(films: Any, index: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            activations, logits = observed(films, training=False)
            score = tf.gather(logits, index, axis=1)
        weights = tf.reduce_mean(tape.gradient(score, activations), axis=(1, 2))
        heat = tf.nn.relu(tf.einsum("nhwk,nk->nhw", activations, weights))
        return logits, heat / (tf.reduce_max(heat) + 1e-8)

    return explain


def keras_vis(model: keras.Model, heat_layer: str, film: FloatArray) -> Callable[[], object]:
    """Grad-CAM of tf-keras-vis, one call per class, as its documentation shows."""
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.utils.scores import CategoricalScore

    explainer = Gradcam(model, clone=False)

    def explain() -> object:
        return [
            explainer(CategoricalScore(index), film, penultimate_layer=heat_layer)
            for index in range(_CLASSES)
        ]

    return explain


def time_ways(ways: dict[str, Callable[[], object]], runs: int, title: str) -> dict[str, float]:
    """Median milliseconds of each way; all are warm, and each run times every way once."""
    for way in ways.values():
        way()
        way()
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in tqdm(range(runs), desc=title, disable=None):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: 1000 * statistics.median(values) for name, values in seconds.items()}


def print_table(name: str, medians: dict[str, float]) -> None:
    """Print the medians and their ratio to the bare forward pass."""
    print(f"{name}: one film, {_CLASSES} classes")
    for way, value in medians.items():
        print(f"  {way:14s}{value:10.1f} ms {value / medians['forward']:8.2f} x forward")


if __name__ == "__main__":
    main()
