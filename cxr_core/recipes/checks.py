"""What a value may be, and which values cannot be right together."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from cxr_core.domain import Normalisation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.recipes.schema import Optimiser, Recipe, Stage

_WORD = re.compile(r"[a-z][a-z0-9_-]*")
_CHOICES: dict[str, tuple[str, ...]] = {
    "initial_weights": ("scratch", "imagenet", "stage-a"),
    "substitute_weights": ("", "stage-a", "scratch"),
    "normalisation": tuple(each.value for each in Normalisation),
    "sampling": ("natural", "balanced"),
    "precision": ("float32", "mixed_bfloat16"),
    "keep": ("last", "best_accuracy", "best_loss"),
    "pooling": ("average", "flatten"),
    "output": ("softmax", "sigmoid"),
    "optimiser.name": ("adam", "adamw", "nadam", "rmsprop", "sgd"),
    "schedule": ("constant", "cosine", "plateau", "snapshots"),
}
_RANGES: tuple[tuple[str, Callable[[float], bool], frozenset[str]], ...] = (
    (
        "a number above 0",
        lambda value: value > 0,
        frozenset({"batch", "most_draws_per_film", "epochs", "rate", "cycles"})
        | {"hidden", "class_weights"},
    ),
    (
        "a number from 0 on",
        lambda value: value >= 0,
        frozenset({"seed", "weight_decay", "gradient_norm", "rotation", "contrast", "l2"})
        | {"films_per_epoch", "films", "last_rate", "warm_up_epochs", "decay_epochs"}
        | {"views"},
    ),
    (
        "a number from 0 to below 1",
        lambda value: 0 <= value < 1,
        frozenset({"dropout", "label_smoothing", "zoom", "shift", "momentum"}),
    ),
    ("a number from 0 to 1", lambda value: 0 <= value <= 1, frozenset({"flip"})),
    ("32 to 1024 pixels", lambda value: 32 <= value <= 1024, frozenset({"size"})),
    ("1 to 32 pixels", lambda value: 1 <= value <= 32, frozenset({"kernel"})),
)
_WORDS = frozenset({"network", "trains", "classes", "findings", "sources", "substitutes"})

UNREAD_BY_SCHEDULE = {
    "constant": ("last_rate", "decay_epochs", "cycles"),
    "cosine": ("decay_epochs", "cycles"),
    "plateau": ("cycles",),
    "snapshots": ("decay_epochs",),
}
"""Keys of a stage that its schedule does not read."""

READ_MOMENTUM = ("rmsprop", "sgd")
"""Optimisers that read `momentum`."""


def value_problem(where: str, value: str | float) -> str:
    """Say what one plain value should be instead; nothing when it is.

    `where` is the table and the key, such as "optimiser.name"; of a list, each value is asked.
    """
    key = where.rpartition(".")[2]
    if isinstance(value, str):
        choices = _CHOICES.get(where) or _CHOICES.get(key)
        if choices and value not in choices:
            return f"expected one of {choices}"
        if key in _WORDS and not _WORD.fullmatch(value):
            return "expected a name in small letters, such as 'block5' or 'covid19'"
        return ""
    if not math.isfinite(value):
        return "expected a finite number"
    missed = [words for words, holds, keys in _RANGES if key in keys and not holds(value)]
    return f"expected {missed[0]}" if missed else ""


def recipe_problems(recipe: Recipe) -> Iterator[str]:
    """Say what cannot be right although every value alone may be."""
    yield from _class_problems(recipe)
    yield from _data_problems(recipe)
    yield from _weights_problems(recipe)
    yield from _optimiser_problems(recipe.optimiser)
    if recipe.sampling == "natural" and recipe.most_draws_per_film != 1:
        yield (
            f"most_draws_per_film is {recipe.most_draws_per_film}; expected 1 with the "
            "sampling 'natural'"
        )
    if recipe.augmentation.views and not recipe.is_ever_frozen:
        yield (
            f"augmentation.views is {recipe.augmentation.views}; expected 0, since nothing is "
            "frozen"
        )
    if not recipe.stages:
        yield "it has no [[stages]]; expected at least one"
    for number, stage in enumerate(recipe.stages):
        for problem in _stage_problems(stage):
            yield f"stages.{number}.{problem}"


def _class_problems(recipe: Recipe) -> Iterator[str]:
    classes = recipe.classes
    if len(classes) < 2 or len(set(classes)) < len(classes):
        yield f"classes are {list(classes)}; expected two or more different names"
    if recipe.class_weights and len(recipe.class_weights) != len(classes):
        yield (
            f"class_weights are {list(recipe.class_weights)}; expected one for each of "
            f"{list(classes)}, or none"
        )
    if recipe.head.output == "sigmoid" and len(classes) != 2:
        yield (
            f"head.output is 'sigmoid' with {len(classes)} classes; expected two classes, or "
            "'softmax'"
        )


def _data_problems(recipe: Recipe) -> Iterator[str]:
    for number, selection in enumerate(recipe.data):
        where = f"data.{number}"
        if not selection.classes:
            yield f"{where}.classes is empty; expected one or more of {list(recipe.classes)}"
        if foreign := sorted(set(selection.classes) - set(recipe.classes)):
            yield f"{where}.classes has {foreign}; expected some of {list(recipe.classes)}"
        if selection.substitutes and not selection.sources:
            yield (
                f"{where}.substitutes is {list(selection.substitutes)} without sources; "
                "expected the sources that they stand in for"
            )
        if both := sorted(set(selection.substitutes) & set(selection.sources)):
            yield f"{where}.substitutes has {both}, which sources has too; expected others"
    chosen = {name for selection in recipe.data for name in selection.classes}
    if recipe.data and (missing := sorted(set(recipe.classes) - chosen)):
        yield f"no [[data]] gives films of {missing}; expected one for every class"


def _weights_problems(recipe: Recipe) -> Iterator[str]:
    starts = (recipe.initial_weights, recipe.substitute_weights)
    if recipe.stages and recipe.stages[0].trains != "all" and "scratch" in starts:
        yield (
            f"stages.0.trains is {recipe.stages[0].trains!r} with the weights {starts}; "
            "expected 'imagenet' or 'stage-a' for both, or trains = 'all': a randomly "
            "initialised backbone is never frozen"
        )
    if recipe.substitute_weights and recipe.initial_weights in (
        "scratch",
        recipe.substitute_weights,
    ):
        yield (
            f"substitute_weights is {recipe.substitute_weights!r} for "
            f"{recipe.initial_weights!r} weights; expected '' or weights that are easier to get"
        )
    if "stage-a" in starts and set(recipe.classes) == {"normal", "not_normal"}:
        yield (
            "the weights are 'stage-a' with its own classes, normal and not_normal; expected "
            "'scratch' or 'imagenet'"
        )


def _optimiser_problems(optimiser: Optimiser) -> Iterator[str]:
    if optimiser.momentum and optimiser.name not in READ_MOMENTUM:
        yield (
            f"optimiser.momentum is {optimiser.momentum}; expected 0.0, since "
            f"{optimiser.name!r} does not read it"
        )


def _stage_problems(stage: Stage) -> Iterator[str]:
    if stage.warm_up_epochs >= stage.epochs:
        yield (
            f"warm_up_epochs is {stage.warm_up_epochs}; expected less than epochs, "
            f"{stage.epochs}"
        )
    elif stage.warm_up_epochs + stage.decay_epochs > stage.epochs:
        yield (
            f"warm_up_epochs and decay_epochs are {stage.warm_up_epochs} and "
            f"{stage.decay_epochs}; expected no more than epochs, {stage.epochs}, together"
        )
    if stage.epochs % stage.cycles:
        yield f"cycles is {stage.cycles}; expected a divisor of epochs, {stage.epochs}"
    neutral = {"last_rate": stage.rate, "cycles": 1}
    for key in UNREAD_BY_SCHEDULE[stage.schedule]:
        expected = neutral.get(key, 0.0)
        if (value := getattr(stage, key)) != expected:
            yield (
                f"{key} is {value}; expected {expected}, since the schedule "
                f"{stage.schedule!r} does not read it"
            )
