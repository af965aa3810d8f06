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


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('normalisation = "film"', 'normalisation = "magic"', "'film', 'imagenet'"),
        ('precision = "mixed_bfloat16"', 'precision = "float8"', "'float32'"),
        ('initial_weights = "scratch"', 'initial_weights = "moon"', "'imagenet'"),
        ("batch = 32", "batch = 0", "above 0"),
        ("batch = 32", 'batch = "32"', "expected a number"),
        ("batch = 32", "batch = true", "expected a number"),
        ("films_per_epoch = 3072", "films_per_epoch = -1", "above 0"),
        ("most_draws_per_film = 2", "most_draws_per_film = 0", "above 0"),
        ("gradient_norm = 1.0", "gradient_norm = inf", "finite"),
        ("gradient_norm = 1.0", "gradient_norm = nan", "finite"),
        ("seed = 1", "seed = -1", "from 0"),
        ("dropout = 0.2", "dropout = 1.0", "below 1"),
        ("flip = 0.5", "flip = 1.5", "from 0 to 1"),
        ("warm_up_epochs = 1.0", "warm_up_epochs = 9.0", "less than epochs"),
        ("size = 112", "size = 8", "32 to 1024"),
        ("epochs = 9", "epochs = 2.5", "expected a number (int)"),
        ("rate = 3e-4", "rate = 0.0", "above 0"),
        ('["normal", "pneumonia", "covid19"]', '["normal", "normal"]', "different names"),
        ('["normal", "pneumonia", "covid19"]', "[1, 2]", "in quotes"),
        ('["normal", "pneumonia", "covid19"]', '"normal"', "expected a list"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_with_what_would_be(
    tmp_path: Path, repository: Path, old: str, new: str, words: str
) -> None:
    text = (repository / "cxr_core" / "recipes" / "vgg16.toml").read_text()
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DataError) as refusal:
        load_recipe(str(path))
    assert words in str(refusal.value)


def test_a_recipe_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("title = 'Lungenentzündung'".encode("latin-1"))
    with pytest.raises(DataError, match="TOML"):
        load_recipe(str(path))
