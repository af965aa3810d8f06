"""A rehearsal keeps a recipe's shape: every stage, every cycle, warm-ups in proportion."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_core.recipes.recipe import load_recipe, load_study, recipe_names
from cxr_core.training.schedules import snapshot_epochs
from cxr_core.training.shortening import shortened
from tests.training.drawn import small_recipe, small_stage

study_named = functools.cache(load_study)


def test_full_scale_changes_nothing() -> None:
    recipe = load_recipe("resnet50")
    assert shortened(recipe, 1.0) is recipe


def test_epochs_warm_up_and_decay_shrink_together() -> None:
    stage = small_stage(
        epochs=20, schedule="plateau", warm_up_epochs=4.0, decay_epochs=8.0, rate=1.0
    )
    (short,) = shortened(small_recipe(stages=(stage,)), 0.25).stages
    assert (short.epochs, short.warm_up_epochs, short.decay_epochs) == (5, 1.0, 2.0)
    assert (short.rate, short.size, short.schedule) == (1.0, stage.size, "plateau")


def test_a_stage_keeps_an_epoch_and_its_share_of_warm_up() -> None:
    stage = small_stage(epochs=10, warm_up_epochs=5.0)
    short = shortened(small_recipe(stages=(stage, small_stage(epochs=1))), 0.01).stages
    assert [each.epochs for each in short] == [1, 1]
    assert short[0].warm_up_epochs == pytest.approx(0.5)


def test_every_cycle_of_snapshots_stays() -> None:
    stage = small_stage(epochs=40, schedule="snapshots", cycles=4)
    recipe = small_recipe(stages=(stage,))
    (half,) = shortened(recipe, 0.5).stages
    assert (half.epochs, half.cycles, snapshot_epochs(half)) == (20, 4, [5, 10, 15, 20])
    (least,) = shortened(recipe, 0.01).stages
    assert (least.epochs, snapshot_epochs(least)) == (4, [1, 2, 3, 4])


def test_only_stages_change() -> None:
    recipe = load_recipe("vgg16")
    short = shortened(recipe, 0.3)
    told, before = short.as_dict(), recipe.as_dict()
    assert {key for key in told if told[key] != before[key]} == {"stages"}


@pytest.mark.parametrize("name", recipe_names())
@given(scale=st.floats(0.001, 1.0))
@settings(max_examples=15)
def test_any_scale_of_a_shipped_recipe_can_be_trained(name: str, scale: float) -> None:
    for run in study_named(name).runs:
        for long, short in zip(
            run.recipe.stages, shortened(run.recipe, scale).stages, strict=True
        ):
            assert 1 <= short.epochs <= long.epochs
            assert short.warm_up_epochs < short.epochs or not short.warm_up_epochs
            assert short.warm_up_epochs + short.decay_epochs <= short.epochs + 1e-9
            assert len(set(snapshot_epochs(short))) == len(snapshot_epochs(long))
