"""A collection in memory whose two classes a small network learns within seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.collection import Collection, LabelledFilm
from cxr_core.datasets.splits import Split
from cxr_core.recipes.recipe import load_recipe

if TYPE_CHECKING:
    from cxr_core.recipes.recipe import Recipe, Stage

CLASSES = ("normal", "pneumonia")


def drawn_collection(films: int = 60, side: int = 48, seed: int = 0) -> Collection:
    """Noise that is brighter above for one class and below for the other.

    Three fifths train, one fifth validates, one fifth tests.
    """
    random = np.random.default_rng(seed)
    squares = random.integers(60, 130, (films, side, side)).astype(np.uint8)
    made, splits = [], []
    for number in range(films):
        label = number % 2
        half = slice(0, side // 2) if label else slice(side // 2, side)
        squares[number, half] += 25
        source = "east" if number % 3 else "west"
        made.append(
            LabelledFilm(f"{number}.png", source, f"p{number}", CLASSES[label], lambda: b"")
        )
        fifth = number // 2 % 5
        splits.append(
            Split.TEST if fifth == 0 else Split.VALIDATION if fifth == 1 else Split.TRAIN
        )
    return Collection(
        films=tuple(made),
        splits=tuple(splits),
        slots=tuple(range(films)),
        squares=squares,
        manifest="drawn",
        left_out=Counter(),
    )


def small_recipe(network: str = "nova", **changes: object) -> Recipe:
    """Two stages of two epochs at 32 pixels, everything random switched on."""
    recipe = load_recipe("vgg16")
    recipe = replace(
        recipe,
        name="small",
        network=network,
        classes=CLASSES,
        batch=12,
        sampling="natural",
        films_per_epoch=0,
        precision="float32",
        head=replace(
            recipe.head,
            hidden=(16,),
            dropout=0.3,
            pooling="flatten" if network == "nova" else "average",
        ),
        stages=(small_stage(), small_stage(rate=5e-4)),
    )
    return replace(recipe, **changes)  # type: ignore[arg-type]


def small_stage(**changes: object) -> Stage:
    """One stage of `small_recipe`."""
    stage = load_recipe("vgg16").stages[0]
    values = {
        "size": 32, "epochs": 2, "trains": "all", "schedule": "cosine", "rate": 1e-3,
        "last_rate": 1e-4, "warm_up_epochs": 0.0, "decay_epochs": 0.0, "cycles": 1,
    }  # fmt: skip
    return replace(stage, **{**values, **changes})  # type: ignore[arg-type]
