"""A run folder keeps to one recipe, and loses no epoch whenever the power goes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.errors import DataError
from cxr_core.recipes.recipe import load_recipe
from cxr_core.training.events import EpochResult
from cxr_core.training.run_folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.recipes.recipe import Recipe

ARRAYS = {"block1_conv1/kernel": np.ones((2, 2), np.float32), "optimiser/0": np.int64(3)}


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("vgg16")


def row(epoch: int) -> EpochResult:
    return EpochResult(epoch, 1, 112, 640, 1e-4, 0.5, 0.8, 0.6, 0.7, 0.75)


def test_an_epoch_whose_row_was_not_written_is_in_its_checkpoint(folder: RunFolder) -> None:
    folder.write_history([row(1)])
    folder.write_checkpoint(ARRAYS, row(2))
    assert folder.read_history() == [row(1), row(2)]
    assert set(folder.read_arrays(folder.checkpoint)) == set(ARRAYS)


def test_a_checkpoint_put_back_takes_the_history_back(folder: RunFolder) -> None:
    folder.write_history([row(1), row(2), row(3)])
    folder.write_checkpoint(ARRAYS, row(2))
    assert folder.read_history() == [row(1), row(2)]


def test_an_older_checkpoint_says_nothing_and_the_history_stands(folder: RunFolder) -> None:
    folder.write_history([row(1), row(2)])
    folder.write_arrays(folder.checkpoint, ARRAYS)
    assert folder.read_history() == [row(1), row(2)]


def test_a_history_that_lacks_epochs_before_the_checkpoint_is_refused(
    folder: RunFolder,
) -> None:
    folder.write_checkpoint(ARRAYS, row(3))
    with pytest.raises(DataError, match="Restore the history"):
        folder.read_history()


@pytest.mark.parametrize("damaged", ["history", "checkpoint"])
def test_a_damaged_file_is_named(folder: RunFolder, damaged: str) -> None:
    folder.write_history([row(1)])
    folder.write_checkpoint(ARRAYS, row(1))
    path: Path = getattr(folder, damaged)
    path.write_bytes(b"{")
    with pytest.raises(DataError, match=path.name):
        folder.read_history()


def test_a_run_takes_its_recipe_or_one_with_stages_appended(
    folder: RunFolder, recipe: Recipe
) -> None:
    folder.open(recipe.as_dict(), 1.0, resume=False)
    folder.open(recipe.as_dict(), 1.0, resume=True)
    longer = replace(recipe, stages=(*recipe.stages, recipe.stages[-1]))
    folder.open(longer.as_dict(), 1.0, resume=True)
    assert len(json.loads(folder.recipe.read_text())["stages"]) == len(longer.stages)
    with pytest.raises(DataError, match="stages differ"):
        folder.open(recipe.as_dict(), 1.0, resume=True)


def test_a_run_refuses_another_recipe_and_keeps_its_own(
    folder: RunFolder, recipe: Recipe
) -> None:
    folder.open(recipe.as_dict(), 0.5, resume=False)
    before = folder.recipe.read_bytes()
    first, *others = recipe.stages
    for other, scale, words in (
        (replace(recipe, seed=2), 0.5, "seed differ"),
        (replace(recipe, batch=8), 0.5, "batch differ"),
        (replace(recipe, stages=(replace(first, rate=1.0), *others)), 0.5, "stages differ"),
        (recipe, 1.0, "scale differ"),
    ):
        with pytest.raises(DataError, match=words):
            folder.open(other.as_dict(), scale, resume=True)
    assert folder.recipe.read_bytes() == before


def test_a_run_without_a_recorded_recipe_takes_the_one_given(
    folder: RunFolder, recipe: Recipe
) -> None:
    folder.write_history([row(1)])
    folder.open(recipe.as_dict(), 1.0, resume=True)
    recorded = json.loads(folder.recipe.read_text())
    assert recorded["name"] == "vgg16"
    assert recorded["scale"] == 1.0
    assert folder.read_history() == [row(1)]
