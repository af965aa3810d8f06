"""Recipes are complete, or refused with the key that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from cxr_core.recipes.recipe import load_recipe, recipe_names

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_loads_and_ends_at_its_input_size(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.stages[-1].size == 224
    assert recipe.classes == ("normal", "pneumonia", "covid19")
    assert 0 < recipe.split.test < 1


def test_an_unknown_recipe_names_those_that_are_known() -> None:
    with pytest.raises(DataError, match="resnet50"):
        load_recipe("lenet")


def test_a_misspelt_key_is_named(tmp_path: Path, repository: Path) -> None:
    text = (repository / "cxr_core" / "recipes" / "vgg16.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("label_smoothing", "label_smothing"))
    with pytest.raises(DataError, match="label_smothing"):
        load_recipe(str(path))


def test_broken_toml_is_said_to_be_broken(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("batch = = 3")
    with pytest.raises(DataError, match="TOML"):
        load_recipe(str(path))
