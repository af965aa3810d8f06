"""A recipe at a stated scale: fewer epochs here, fewer films in the engine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxr_core.recipes.recipe import Recipe, Stage


def shortened(recipe: Recipe, scale: float) -> Recipe:
    """Return the recipe with `scale` in (0, 1] of every stage's epochs, at least one a cycle.

    >>> from cxr_core.recipes.recipe import load_recipe
    >>> [stage.epochs for stage in shortened(load_recipe("vgg16"), 0.5).stages]
    [4, 1]
    """
    if scale >= 1:
        return recipe
    return replace(recipe, stages=tuple(_short(stage, scale) for stage in recipe.stages))


def within_epochs(recipe: Recipe, epochs: int) -> Recipe:
    """Return the recipe with at most `epochs` in all, dealt to its stages in proportion.

    Every stage keeps at least one epoch, and one a cycle.

    >>> from cxr_core.recipes.recipe import load_recipe
    >>> [stage.epochs for stage in within_epochs(load_recipe("vgg16"), 6).stages]
    [5, 1]
    """
    share = 1.0
    while recipe.epochs > epochs and share > 0:
        share -= 0.01
        shorter = shortened(recipe, max(share, 1e-6))
        if shorter.epochs <= epochs:
            return shorter
    return recipe if recipe.epochs <= epochs else shortened(recipe, 1e-6)


def _short(stage: Stage, scale: float) -> Stage:
    cycles = stage.cycles if stage.schedule == "snapshots" else 1
    epochs = max(1, round(stage.epochs * scale / cycles)) * cycles
    share = epochs / stage.epochs
    return replace(
        stage,
        epochs=epochs,
        warm_up_epochs=stage.warm_up_epochs * share,
        decay_epochs=stage.decay_epochs * share,
    )
