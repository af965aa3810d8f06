"""A retraining as an administrator wishes it, and the recipe that comes of it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError
from cxr_core.registry.manifest import is_version_name
from cxr_core.training.shortening import within_epochs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.recipes.recipe import Recipe
    from cxr_core.use_cases.work.recipe_shelf import RecipeShelf

AS_RECIPE, FROM_SCRATCH, FROM_IMAGENET = "recipe", "scratch", "imagenet"
_MOST_EPOCHS, _MOST_MINUTES = 1000, 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class TrainingWish:
    """What to train, under which name, from what, and how long at most.

    `recipe` is a name on the shelf, `run` one of its runs, which decides the network.
    `start` is "recipe" (as that says), "scratch", "imagenet", or a version's name. `epochs`
    and `minutes` are budgets, None for none: epochs shorten the recipe, and minutes end a
    training that overruns them. `share` in (0, 1] thins the films out. `manifest` is the
    digest of the films that were meant.
    """

    recipe: str
    run: str
    name: str
    manifest: str
    start: str = AS_RECIPE
    epochs: int | None = None
    minutes: int | None = None
    share: float = 1.0

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> TrainingWish:
        """Read a job's arguments.

        Raises
        ------
        DataError
            When they are not a wish.
        """
        try:
            return cls(**arguments)
        except TypeError as error:
            raise DataError(f"The order is not complete: {error}.") from error

    def arguments(self) -> dict[str, Any]:
        """Plain values, for the queue."""
        return asdict(self)

    @property
    def key(self) -> str:
        """The same for two wishes that differ in nothing but the version's name."""
        told = {**self.arguments(), "name": ""}
        digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
        return f"train-{digest[:24]}"

    def _check(self) -> None:
        if not is_version_name(self.name):
            raise DataError(
                f"The name is {self.name!r}; expected up to 64 letters, digits, dots, dashes, "
                "the first a letter or digit."
            )
        if not 0 < self.share <= 1:
            raise DataError(f"The share of films is {self.share}; expected above 0, up to 1.")
        budgets = (
            ("epochs", self.epochs, _MOST_EPOCHS),
            ("minutes", self.minutes, _MOST_MINUTES),
        )
        for what, value, most in budgets:
            if value is not None and not 1 <= value <= most:
                raise DataError(f"The budget is {value} {what}; expected 1 to {most}.")

    def recipe_of(self, shelf: RecipeShelf) -> Recipe:
        """Return the recipe of the run, from the chosen start, within the budget of epochs.

        Raises
        ------
        DataError
            When the wish cannot be granted: no such recipe or run, a budget out of range, or a
            frozen part that would have no weights.
        """
        self._check()
        recipe = shelf.study(self.recipe).run(self.run).recipe
        if self.start == FROM_SCRATCH:
            recipe = replace(recipe, initial_weights="scratch", substitute_weights="")
            if recipe.stages[0].trains != "all":
                raise DataError(
                    f"{self.recipe} freezes a part of the network, which from scratch has "
                    "learnt nothing. Choose an earlier version to start from."
                )
        elif self.start == FROM_IMAGENET:
            recipe = replace(recipe, initial_weights="imagenet", substitute_weights="")
        return recipe if self.epochs is None else within_epochs(recipe, self.epochs)
