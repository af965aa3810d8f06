"""A whole training, small: it survives a kill and leaves a version that reads films."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets.collection import Dealing
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.recipes.recipe import load_recipe
from cxr_core.registry.catalogue import Catalogue
from cxr_core.training.events import EpochResult, StepEvent
from cxr_core.training.run_folder import RunFolder
from cxr_core.training.settling import settle_batch_norm, trains_batch_norm
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.packing import pack_films
from cxr_core.use_cases.retraining import Order, train_version
from tests.datasets.releases import curated, write_releases

if TYPE_CHECKING:
    from pathlib import Path

    import keras

    from cxr_core.recipes.recipe import Recipe

COMMAND = "python -m cxr_core train small --manifest films --out small"


class Killed(Exception):
    """Stands for a power cut in the middle of an epoch."""


@pytest.fixture
def films(drawn_films: Films) -> Films:
    return drawn_films


@pytest.fixture
def recipe(tmp_path: Path, repository: Path) -> Recipe:
    text = (repository / "cxr_core" / "recipes" / "vgg16.toml").read_text()
    for old, new in (
        ('network = "vgg16"', 'network = "nova"'),
        ("batch = 32", "batch = 8"),
        ("films_per_epoch = 3072", "films_per_epoch = 48"),
        ("size = 112\nepochs = 9", "size = 32\nepochs = 2"),
        ("size = 224\nepochs = 2", "size = 48\nepochs = 1"),
        ("mixed_bfloat16", "float32"),
    ):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "small.toml"
    path.write_text(text)
    return load_recipe(str(path))


def test_a_killed_training_goes_on_and_ends_as_a_version(
    films: Films, recipe: Recipe, tmp_path: Path
) -> None:
    out = tmp_path / "small"
    order = Order(recipe, films, out, "2026-01-02", COMMAND)
    events: list[object] = []

    def die_in_the_second_epoch(event: object) -> None:
        events.append(event)
        if isinstance(event, StepEvent) and event.epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        train_version(order, Limits(), die_in_the_second_epoch)
    assert [result.epoch for result in RunFolder(out).read_history()] == [1]
    with pytest.raises(DataError, match="--resume"):
        train_version(order, Limits(), events.append)

    judgement = train_version(replace(order, resume=True), Limits(), events.append)
    history = RunFolder(out).read_history()
    assert [(result.epoch, result.size) for result in history] == [(1, 32), (2, 32), (3, 48)]
    evaluation = judgement.evaluation
    assert evaluation.films + evaluation.refused > 0
    assert judgement.left_out_as_seen == 0
    assert not list(out.glob("*.draft"))

    models = tmp_path / "models"
    shutil.copytree(out, models / "small")
    (model,) = Catalogue(models).load()
    assert model.manifest.input_size == 48
    assert model.manifest.record["metrics"]["films"] == evaluation.films
    assert model.manifest.record["command"] == COMMAND
    assert "accuracy" in (out / "card.md").read_text()


def test_a_run_does_not_go_on_with_other_films(
    films: Films, recipe: Recipe, tmp_path: Path
) -> None:
    out = tmp_path / "small"
    train_version(
        Order(recipe, films, out, "2026-01-02", COMMAND), Limits(), lambda event: None
    )
    other = curated(write_releases(tmp_path / "releases", patients=12), tmp_path / "manifest")
    with pytest.raises(DataError, match="manifest differ"):
        train_version(
            Order(recipe, other, out, "2026-01-02", COMMAND, resume=True),
            Limits(),
            lambda event: None,
        )


def test_a_pack_trains_as_the_films_do(films: Films, recipe: Recipe, tmp_path: Path) -> None:
    packed = tmp_path / "films.safetensors"
    pack_films(films, packed, lambda *_: None)
    one = replace(recipe, stages=recipe.stages[:1])
    weights = []
    for name, source in (("plain", films), ("packed", Films(packed, None, films.store))):
        order = Order(one, source, tmp_path / name, "2026-01-02", COMMAND)
        judgement = train_version(order, Limits(), lambda event: None)
        assert judgement.evaluation.films > 0
        weights.append((tmp_path / name / "weights.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_the_naive_split_reports_as_the_papers_did_and_says_that_it_flatters(
    films: Films, recipe: Recipe, tmp_path: Path
) -> None:
    out = tmp_path / "naive"
    one = replace(recipe, stages=recipe.stages[:1])
    order = Order(one, replace(films, dealing=Dealing("naive")), out, "2026-01-02", COMMAND)
    judgement = train_version(order, Limits(), lambda event: None)
    assert (judgement.scheme, judgement.left_out_as_seen) == ("naive", None)
    assert "flatters" in (out / "card.md").read_text()
    with pytest.raises(DataError, match="scheme differ"):
        train_version(replace(order, films=films, resume=True), Limits(), lambda event: None)


def test_a_kill_between_checkpoint_and_history_repeats_no_epoch(
    films: Films, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "small"
    order = Order(recipe, films, out, "2026-01-02", COMMAND)
    write = RunFolder.write_history

    def die_after_the_second_epoch(folder: RunFolder, results: list[EpochResult]) -> None:
        if len(results) == 2:
            raise Killed
        write(folder, results)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_history", die_after_the_second_epoch)
        with pytest.raises(Killed):
            train_version(order, Limits(), lambda event: None)
    assert len(json.loads((out / "history.json").read_text())) == 1

    seen: list[EpochResult] = []
    train_version(
        replace(order, resume=True),
        Limits(),
        lambda event: seen.append(event) if isinstance(event, EpochResult) else None,
    )
    assert [result.epoch for result in seen] == [3]
    rows = json.loads((out / "history.json").read_text())
    assert [each["epoch"] for each in rows] == [1, 2, 3]


def standardising() -> tuple[keras.Model, keras.layers.BatchNormalization]:
    """A small network, whose statistics were left over from elsewhere."""
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    norm = keras.layers.BatchNormalization(name="norm")
    pooled = keras.layers.GlobalAveragePooling2D()(norm(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(pooled))
    norm.moving_mean.assign(np.full(3, 50.0))
    return model, norm


def test_batch_norm_statistics_follow_plain_films_after_training() -> None:
    """Statistics left over from elsewhere make a good network answer nonsense."""
    model, norm = standardising()
    assert trains_batch_norm(model)
    plain = np.random.default_rng(0).normal(2.0, 3.0, (512, 8, 8, 3)).astype(np.float32)
    before = [np.asarray(weight) for weight in model.trainable_weights]
    settle_batch_norm(model, (plain[index : index + 8] for index in range(0, 512, 8)))
    np.testing.assert_allclose(np.asarray(norm.moving_mean), 2.0, atol=3.0)
    np.testing.assert_allclose(np.sqrt(np.asarray(norm.moving_variance)), 3.0, rtol=0.5)
    for old, new in zip(before, model.trainable_weights, strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))


def test_batch_norm_statistics_of_a_frozen_layer_stay() -> None:
    model, norm = standardising()
    norm.trainable = False
    assert not trains_batch_norm(model)
    settle_batch_norm(model, [np.zeros((8, 8, 8, 3), np.float32)])
    np.testing.assert_array_equal(np.asarray(norm.moving_mean), np.full(3, 50.0))


def test_a_finished_run_is_not_trained_again(
    films: Films, recipe: Recipe, tmp_path: Path
) -> None:
    """Nor does it need more for that than what a version keeps."""
    out = tmp_path / "small"
    one = replace(recipe, stages=(replace(recipe.stages[0], epochs=1),))
    order = Order(one, films, out, "2026-01-02", COMMAND)
    train_version(order, Limits(), lambda event: None)
    weights, run = (out / "weights.safetensors").read_bytes(), RunFolder(out)
    run.tidy()
    assert not run.checkpoint.exists()
    events: list[object] = []
    train_version(replace(order, resume=True), Limits(), events.append)
    assert not [event for event in events if isinstance(event, StepEvent | EpochResult)]
    assert (out / "weights.safetensors").read_bytes() == weights


def test_a_run_without_its_checkpoint_says_so(
    films: Films, recipe: Recipe, tmp_path: Path
) -> None:
    out = tmp_path / "small"
    order = Order(recipe, films, out, "2026-01-02", COMMAND)

    def die_in_the_second_epoch(event: object) -> None:
        if isinstance(event, StepEvent) and event.epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        train_version(order, Limits(), die_in_the_second_epoch)
    RunFolder(out).checkpoint.unlink()
    with pytest.raises(DataError, match=r"checkpoint\.safetensors cannot be read"):
        train_version(replace(order, resume=True), Limits(), lambda event: None)
