"""The door to the recipes: the rows that a training reads, and how to get them by name."""

from __future__ import annotations

from cxr_core.recipes.schema import (
    Augmentation,
    HeadRule,
    Optimiser,
    Recipe,
    Selection,
    Stage,
    Study,
    StudyRun,
)
from cxr_core.recipes.study import load_recipe, load_study, recipe_names

__all__ = [
    "Augmentation",
    "HeadRule",
    "Optimiser",
    "Recipe",
    "Selection",
    "Stage",
    "Study",
    "StudyRun",
    "load_recipe",
    "load_study",
    "recipe_names",
]
