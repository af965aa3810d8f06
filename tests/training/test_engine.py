"""The engine on drawn films: it learns, freezes, resumes bit by bit, keeps the best epoch."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.errors import DataError
from cxr_core.inference.weights import arrays_of
from cxr_core.training.engine import Start, Trainer
from cxr_core.training.events import EpochResult, FeatureEvent, StepEvent
from cxr_core.training.inputs import Deck, FilmInputs
from cxr_core.training.optimisers import build_optimiser
from cxr_core.training.run_folder import RunFolder
from cxr_core.training.schedules import learning_rate
from cxr_core.training.stage import freeze
from tests.training.drawn import drawn_collection, small_recipe, small_stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.recipes.recipe import Recipe


class Killed(Exception):
    """Stands for a power cut."""


@pytest.fixture(scope="module")
def collection():
    return drawn_collection()


def silent(event: object) -> None:
    del event


def dying(moment: Callable[[object], bool]) -> Callable[[object], None]:
    def report(event: object) -> None:
        if moment(event):
            raise Killed

    return report


def trained(collection, recipe: Recipe, path: Path, start: Start | None = None) -> RunFolder:
    folder = RunFolder(path)
    Trainer(recipe, collection, folder, silent, start=start or Start()).run(resume=False)
    return folder


@pytest.fixture(scope="module")
def start(collection, tmp_path_factory) -> Start:
    """A network that was trained before, as stage A is."""
    one = replace(small_recipe(), stages=(small_stage(epochs=1),))
    folder = trained(collection, one, tmp_path_factory.mktemp("start") / "run")
    return Start(backbone=folder.read_arrays(folder.weights))


@pytest.fixture(scope="module")
def undisturbed(collection, tmp_path_factory) -> RunFolder:
    return trained(collection, small_recipe(), tmp_path_factory.mktemp("undisturbed") / "run")


def test_what_a_step_tells_is_the_mean_over_its_epoch_so_far(collection, tmp_path) -> None:
    """Keras tells of one batch only, which may be much better or worse than the epoch."""
    steps: list[StepEvent] = []

    def hear(event: object) -> None:
        if isinstance(event, StepEvent) and event.epoch == 1:
            steps.append(event)

    one = replace(small_recipe(), stages=(small_stage(epochs=1),))
    folder = RunFolder(tmp_path / "run")
    Trainer(one, collection, folder, hear).run(resume=False)
    seen = [min(step.step * one.batch, 36) for step in steps]
    right = [step.accuracy * films for step, films in zip(steps, seen, strict=True)]
    assert len(steps) == 3
    assert right == pytest.approx([round(each) for each in right], abs=1e-4)
    assert all(0 <= later - earlier <= one.batch for earlier, later in pairwise(right))
    (row,) = folder.read_history()
    assert (row.loss, row.accuracy) == (steps[-1].loss, steps[-1].accuracy)


def test_it_learns_what_is_easy(undisturbed: RunFolder) -> None:
    history = undisturbed.read_history()
    assert [(row.epoch, row.stage) for row in history] == [(1, 1), (2, 1), (3, 2), (4, 2)]
    assert history[-1].validation_accuracy > 0.9
    assert (history[-1].validation_auc or 0.0) > 0.95


@pytest.mark.parametrize(("epoch", "step"), [(1, 2), (2, 1), (3, 1), (4, 3)])
def test_a_killed_run_ends_with_the_bits_of_an_undisturbed_one(
    collection, undisturbed: RunFolder, tmp_path: Path, epoch: int, step: int
) -> None:
    folder = RunFolder(tmp_path / "run")
    death = dying(
        lambda event: (
            isinstance(event, StepEvent) and (event.epoch, event.step) == (epoch, step)
        )
    )
    with pytest.raises(Killed):
        Trainer(small_recipe(), collection, folder, death).run(resume=False)
    assert len(folder.read_history()) == epoch - 1
    Trainer(small_recipe(), collection, folder, silent).run(resume=True)
    assert folder.weights.read_bytes() == undisturbed.weights.read_bytes()
    assert folder.history.read_bytes() == undisturbed.history.read_bytes()


def test_a_frozen_part_is_run_once_and_stays_as_it_was(
    collection, start: Start, tmp_path: Path
) -> None:
    recipe = replace(small_recipe(), stages=(small_stage(epochs=5, trains="head"),))
    events: list[object] = []
    folder = RunFolder(tmp_path / "run")
    Trainer(recipe, collection, folder, events.append, start=start).run(resume=False)
    passes = [event for event in events if isinstance(event, FeatureEvent)]
    assert passes[-1].done == passes[-1].total == 48  # 36 to train on and 12 to validate with
    assert not (folder.path / "features").exists()
    weights = folder.read_arrays(folder.weights)
    assert start.backbone is not None
    for name, array in start.backbone.items():
        if name.startswith("nova"):
            np.testing.assert_array_equal(weights[name], array)
    assert [row.stage for row in folder.read_history()] == [1] * 5


@pytest.mark.parametrize("trains", ["head", "conv4"])
def test_training_on_features_is_training_on_films(
    collection, start: Start, tmp_path: Path, trains: str
) -> None:
    """Without augmentation and dropout the two ways take the same steps."""
    import keras

    recipe = small_recipe(stages=(small_stage(epochs=3, trains=trains),))
    recipe = replace(recipe, head=replace(recipe.head, dropout=0.0))
    folder = trained(collection, recipe, tmp_path / "features", start)

    trainer = Trainer(recipe, collection, RunFolder(tmp_path / "films"), silent, start=start)
    model = trainer._model_at(1, 0)
    freeze(model, recipe, recipe.stages[0])
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.05)
    model.compile(build_optimiser(recipe.optimiser, 1e-3), loss)
    deck, films = Deck(collection, recipe), FilmInputs(collection, recipe, 32)
    for epoch in range(3):
        batches = deck.batches(epoch)
        for step, batch in enumerate(batches):
            rate = learning_rate(recipe.stages[0], epoch + step / len(batches))
            model.optimizer.learning_rate = rate
            model.train_on_batch(films.plain(batch), deck.targets(batch))
    exported = folder.read_arrays(folder.weights)
    for name, array in arrays_of(model).items():
        # Exported weights, and kept maps, are float16.
        assert np.abs(exported[name] - array).mean() < 2e-4, name


def test_augmented_views_of_a_frozen_part_are_counted_and_differ(
    collection, start: Start, tmp_path: Path
) -> None:
    recipe = small_recipe(stages=(small_stage(epochs=1, trains="head"),))
    recipe = replace(recipe, augmentation=replace(recipe.augmentation, views=2))
    events: list[object] = []
    folder = RunFolder(tmp_path / "run")
    Trainer(recipe, collection, folder, events.append, start=start).run(resume=False)
    assert max(e.total for e in events if isinstance(e, FeatureEvent)) == 36 * 3 + 12


def test_a_random_part_is_never_frozen(collection, tmp_path: Path) -> None:
    recipe = small_recipe(stages=(small_stage(trains="head"),))
    with pytest.raises(DataError, match="never frozen"):
        Trainer(recipe, collection, RunFolder(tmp_path / "run"), silent).run(resume=False)


def test_a_block_that_is_not_there_is_named(collection, start: Start, tmp_path: Path) -> None:
    recipe = small_recipe(stages=(small_stage(trains="block9"),))
    trainer = Trainer(recipe, collection, RunFolder(tmp_path / "run"), silent, start=start)
    with pytest.raises(DataError, match="no block 'block9'"):
        trainer.run(resume=False)


def test_a_kill_while_features_are_made_costs_nothing_but_time(
    collection, start: Start, tmp_path: Path
) -> None:
    recipe = small_recipe(stages=(small_stage(epochs=2, trains="head"),))
    whole = trained(collection, recipe, tmp_path / "whole", start)
    folder = RunFolder(tmp_path / "killed")
    death = dying(lambda event: isinstance(event, FeatureEvent))
    with pytest.raises(Killed):
        Trainer(recipe, collection, folder, death, start=start).run(resume=False)
    # The start is on disk: what is handed in later no longer matters.
    Trainer(recipe, collection, folder, silent, start=start).run(resume=True)
    assert folder.weights.read_bytes() == whole.weights.read_bytes()


def test_the_best_epoch_is_kept(collection, tmp_path: Path) -> None:
    """A rate that ruins the network in its last epochs must not ruin the result."""
    recipe = small_recipe(
        keep="best_loss",
        stages=(small_stage(epochs=4, schedule="constant", rate=3e-2, last_rate=3e-2),),
    )
    folder = trained(collection, recipe, tmp_path / "run")
    losses = [row.validation_loss for row in folder.read_history()]
    best = folder.read_arrays(folder.best)
    exported = folder.read_arrays(folder.weights)
    np.testing.assert_allclose(
        exported["logits/kernel"], best["logits/kernel"], rtol=1e-3, atol=1e-3
    )
    epoch = int(np.argmin(losses)) + 1
    shorter = small_recipe(
        keep="last",
        stages=(small_stage(epochs=epoch, schedule="constant", rate=3e-2, last_rate=3e-2),),
    )
    same = trained(collection, shorter, tmp_path / "shorter")
    assert same.weights.read_bytes() == folder.weights.read_bytes()


def test_a_snapshot_is_kept_at_the_end_of_every_cycle(collection, tmp_path: Path) -> None:
    stage = small_stage(epochs=4, schedule="snapshots", cycles=2)
    folder = trained(collection, small_recipe(stages=(stage,)), tmp_path / "run")
    assert [path.name for path in folder.members()] == ["1.safetensors", "2.safetensors"]
    first, last = (folder.read_arrays(path) for path in folder.members())
    assert not np.array_equal(first["logits/kernel"], last["logits/kernel"])
    assert folder.members()[1].read_bytes() == folder.weights.read_bytes()
    rates = [row.learning_rate for row in folder.read_history()]
    assert rates[0] > rates[1] < rates[2] > rates[3]


@pytest.mark.parametrize("name", ["adam", "nadam", "rmsprop", "sgd"])
def test_every_optimiser_is_restored(collection, tmp_path: Path, name: str) -> None:
    recipe = small_recipe(stages=(small_stage(epochs=2),))
    rule = replace(
        recipe.optimiser, name=name, weight_decay=0.0, momentum=0.9 if name == "sgd" else 0.0
    )
    recipe = replace(recipe, optimiser=rule)
    whole = trained(collection, recipe, tmp_path / "whole")
    folder = RunFolder(tmp_path / "killed")
    death = dying(lambda event: isinstance(event, EpochResult))
    with pytest.raises(Killed):
        Trainer(recipe, collection, folder, death).run(resume=False)
    Trainer(recipe, collection, folder, silent).run(resume=True)
    assert folder.weights.read_bytes() == whole.weights.read_bytes()
    assert folder.history.read_bytes() == whole.history.read_bytes()


def test_class_weights_weigh_films_by_their_class(collection, tmp_path: Path) -> None:
    recipe = small_recipe(class_weights=(1.0, 5.0), stages=(small_stage(epochs=1),))
    deck = Deck(collection, recipe)
    weights = deck.weights(np.array([0, 1, 2, 3]))
    assert weights is not None
    assert weights.tolist() == [1.0, 5.0, 1.0, 5.0]
    plain = replace(recipe, class_weights=())
    assert Deck(collection, plain).weights(np.array([0, 1])) is None
    heavy = trained(collection, recipe, tmp_path / "heavy")
    light = trained(collection, plain, tmp_path / "light")
    assert heavy.read_history()[0].loss > light.read_history()[0].loss


def test_a_scaled_run_sees_fewer_films(collection, tmp_path: Path) -> None:
    recipe = small_recipe(stages=(small_stage(epochs=1),))
    folder = RunFolder(tmp_path / "run")
    Trainer(recipe, collection, folder, silent, 0.25).run(resume=False)
    assert (
        folder.read_history()[0].films == 10
    )  # a quarter of 36, at least one of every class and source


def test_standardising_by_the_data_is_part_of_the_network(collection, tmp_path: Path) -> None:
    recipe = small_recipe(normalisation="dataset", stages=(small_stage(epochs=1),))
    folder = RunFolder(tmp_path / "run")
    trainer = Trainer(recipe, collection, folder, silent)
    model = trainer.run(resume=False)
    train = trainer.collection.squares[[i for i in range(60) if i // 2 % 5 > 1]] / 255.0
    mean, deviation = trainer.blueprint(32).scaling or (0.0, 0.0)
    assert (mean, deviation) == pytest.approx((train.mean(), train.std()), abs=1e-5)
    layer = model.get_layer("scaling")
    scaled = np.asarray(layer(train[..., None].astype(np.float32)))
    assert (float(scaled.mean()), float(scaled.std())) == pytest.approx((0.0, 1.0), abs=1e-3)


def test_statistics_are_settled_where_they_moved(collection, tmp_path: Path) -> None:
    recipe = small_recipe(
        "resnet50", stages=(small_stage(epochs=1),), precision="mixed_bfloat16"
    )
    # Of all rules the soonest compiled for two hundred tensors.
    rule = replace(recipe.optimiser, name="sgd", weight_decay=0.0, gradient_norm=0.0)
    folder = trained(collection, replace(recipe, optimiser=rule), tmp_path / "run")
    begun, settled = (folder.read_arrays(path) for path in (folder.checkpoint, folder.weights))
    means = [name for name in settled if name.endswith("moving_mean")]
    assert not all(np.array_equal(settled[name], begun[name]) for name in means)
    np.testing.assert_array_equal(
        settled["logits/kernel"], begun["logits/kernel"].astype(np.float16)
    )
