"""The recipes that can be ordered: the project's own, and files in the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.errors import DataError
from cxr_core.recipes.recipe import load_study, recipe_names
from cxr_core.registry.manifest import is_version_name

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.recipes.recipe import Study


@dataclass(frozen=True, slots=True)
class RecipeShelf:
    """Recipes by name; `folder` may hold TOML files of whoever runs this machine.

    A name belongs to the project's own recipe where both have it.
    """

    folder: Path

    def names(self) -> list[str]:
        """Return all names, those of the files last."""
        own = recipe_names()
        found = sorted(path.stem for path in self.folder.glob("*.toml"))
        return [*own, *(name for name in found if name not in own)]

    def study(self, name: str) -> Study:
        """Return the recipe with its runs.

        Raises
        ------
        DataError
            When there is none of that name, or its file is not a recipe.
        """
        if name in recipe_names():
            return load_study(name)
        path = self.folder / f"{name}.toml"
        if not is_version_name(name) or not path.is_file():
            raise DataError(
                f"There is no recipe {name!r}; expected one of {', '.join(self.names())}."
            )
        return load_study(str(path))

    def studies(self) -> tuple[list[Study], list[str]]:
        """Return every recipe, ours before the ancestors', and why others cannot be read."""
        found, faults = [], []
        for name in self.names():
            try:
                found.append((name, self.study(name)))
            except DataError as error:
                faults.append(str(error))
        found.sort(key=lambda each: (bool(each[1].runs[0].recipe.paper), each[0]))
        return [study for _, study in found], faults
