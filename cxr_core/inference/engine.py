"""One forward pass per film and network: probabilities and a heatmap for every class.

`Engine` is the interface; `KerasEngine` runs on whatever backend Keras has.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cxr_core.errors import ModelError
from cxr_core.inference.gradcam import class_maps, head_jacobian, read_head

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from cxr_core.domain import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class EngineOutput:
    """`logits` (films, classes); `heatmaps` (films, classes, rows, columns) in [0, 1].

    `features` (films, channels) is what the network makes of a film before it is classified:
    the pooled activations where it pools, and where it flattens what leaves the last hidden
    dense layer, or without one the flat activations. All float32; `seconds` for the whole
    batch.
    """

    logits: FloatArray
    heatmaps: FloatArray
    features: FloatArray
    seconds: float

    @property
    def probabilities(self) -> FloatArray:
        """Softmax of the logits: float32 (films, classes)."""
        return softmax(self.logits)


class Engine(Protocol):
    """Runs one network over batches of prepared films."""

    @property
    def device(self) -> str:
        """What it computes on, for people."""
        ...

    def run(self, films: FloatArray) -> EngineOutput:
        """Read float32 (films, size, size, 3)."""
        ...


class KerasEngine:
    """Runs a flat Keras graph that ends in logits.

    Under TensorFlow the graph is compiled once, with the batch dimension left open, so no batch
    size retraces it (`traces` counts); JAX compiles once for each batch size. A lock serialises
    callers: two at once would only share the same cores.
    """

    def __init__(self, model: keras.Model, heat_layer: str) -> None:
        self.traces = 0
        explain = explained_graph(model, heat_layer)

        def counted(films: Any) -> tuple[Any, Any, Any]:
            self.traces += 1  # this line runs when the graph is traced, not when it computes
            return explain(films)

        self._run = _compiled(counted, model.input_shape)
        self._lock = threading.Lock()
        self.device = device_name()

    def run(self, films: FloatArray) -> EngineOutput:
        """Read float32 (films, size, size, 3), normalised as the version says.

        Raises
        ------
        ModelError
            When the network answers with values that are not finite.
        """
        with self._lock:
            began = time.perf_counter()
            logits, maps, features = (np.asarray(value) for value in self._run(films))
            seconds = time.perf_counter() - began
        if not np.isfinite(logits).all():
            raise ModelError("The network answered with values that are not finite.")
        heatmaps = np.ascontiguousarray(maps.transpose(0, 3, 1, 2))
        return EngineOutput(logits, heatmaps, features, seconds)


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities of float32 (films, classes), stable for large logits."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


def explained_graph(
    model: keras.Model, heat_layer: str
) -> Callable[[Any], tuple[Any, Any, Any]]:
    """Build films -> (logits, class maps, features) out of a network, on `keras.ops` alone."""
    import keras

    head = read_head(model, heat_layer)
    heat = model.get_layer(heat_layer).output
    hidden = [layer.output for layer in head.dense[:-1]]
    features = hidden[-1] if head.is_flat and hidden else head.features.output
    observed = keras.Model(model.input, [model.output, heat, features, *hidden])

    def explain(films: Any) -> tuple[Any, Any, Any]:
        logits, activations, features, *signals = observed(films, training=False)
        jacobian = head_jacobian(head, signals, heat.shape[-1])
        return logits, class_maps(activations, jacobian), features

    return explain


def _compiled(
    explain: Callable[[Any], tuple[Any, Any, Any]], input_shape: tuple[int | None, ...]
) -> Callable[[FloatArray], tuple[Any, Any, Any]]:
    import keras

    match keras.backend.backend():
        case "tensorflow":
            import tensorflow as tf

            films = tf.TensorSpec([None, *input_shape[1:]], tf.float32)
            compiled = tf.function(explain, input_signature=[films], autograph=False)
            return lambda batch: compiled(tf.constant(batch))
        case "jax":
            import jax

            jitted: Callable[[FloatArray], tuple[Any, Any, Any]] = jax.jit(explain)
            return jitted
        case backend:
            raise ModelError(f"Inference runs on TensorFlow or JAX; Keras is set to {backend}.")


def device_name() -> str:
    """Name what the backend computes on, for people."""
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if gpus := tf.config.list_physical_devices("GPU"):
            details = tf.config.experimental.get_device_details(gpus[0])
            return f"GPU {details.get('device_name', '')}".strip()
        return "CPU"
    import jax

    return str(jax.devices()[0].device_kind)
