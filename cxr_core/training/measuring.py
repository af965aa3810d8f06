"""How fast this machine trains: a few real steps on random films, before anything starts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.inference.networks import Blueprint, build_network
from cxr_core.training.features import feature_bytes, split_at
from cxr_core.training.optimisers import build_optimiser
from cxr_core.training.stage import freeze

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

    from cxr_core.recipes.recipe import Recipe, Stage

_STEPS = 2
_MOST_FILMS = 32  # a step; larger batches are not much quicker a film


@dataclass(frozen=True, slots=True)
class StagePace:
    """Seconds a film of one stage of a recipe.

    `frozen` for the part that runs once a film and view, `training` for the part that trains,
    `reading` for the whole network without training. `feature_bytes` is what the frozen part's
    answer to one view takes on disk.
    """

    frozen: float
    training: float
    reading: float
    feature_bytes: int = 0


def measure_stage(recipe: Recipe, stage: Stage, report: Callable[[str], None]) -> StagePace:
    """Build the network of a stage with random weights and time it.

    `report` hears a sentence, and may raise to cancel.
    """
    import keras

    report(f"Building {recipe.network} at {stage.size}")
    head = recipe.head
    blueprint = Blueprint(
        network=recipe.network,
        classes=len(recipe.classes),
        size=stage.size,
        hidden=head.hidden,
        pooling=head.pooling,
        output=head.output,
        kernel=recipe.kernel,
    )
    model = build_network(blueprint)
    films = min(recipe.batch, _MOST_FILMS)
    random = np.random.default_rng(0)
    pixels = random.normal(size=(films, stage.size, stage.size, 3)).astype(np.float32)
    report(f"Timing {recipe.network} at {stage.size}")
    reading = _seconds(lambda: model.predict_on_batch(pixels)) / films
    cut = freeze(model, recipe, stage)
    frozen, size, trained, inputs = 0.0, 0, model, pixels
    if cut is not None:
        below, trained = split_at(model, cut)
        inputs = np.asarray(below.predict_on_batch(pixels), dtype=np.float32)
        frozen = _seconds(lambda: below.predict_on_batch(pixels)) / films
        size = feature_bytes(below.output_shape)
    targets = np.eye(len(recipe.classes), dtype=np.float32)[
        random.integers(0, len(recipe.classes), films)
    ]
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    _compile(trained, recipe, stage, loss)
    report(f"Timing a step of {recipe.network} at {stage.size}")
    training = _seconds(lambda: trained.train_on_batch(inputs, targets)) / films
    return StagePace(frozen, training, reading, size)


def _compile(model: keras.Model, recipe: Recipe, stage: Stage, loss: Any) -> None:
    optimiser = build_optimiser(recipe.optimiser, stage.rate)
    model.compile(optimiser, loss, jit_compile=False)


def _seconds(step: Callable[[], Any]) -> float:
    """Return the seconds of one step, after one that compiles."""
    step()
    began = time.perf_counter()
    for _ in range(_STEPS):
        step()
    return (time.perf_counter() - began) / _STEPS
