"""Versions on disk: whatever is dropped in appears, whatever is damaged is refused."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError, ModelError
from cxr_core.inference.canary import canary_batch
from cxr_core.inference.networks import Blueprint
from cxr_core.registry import catalogue as catalogue_module
from cxr_core.registry.catalogue import Catalogue, LoadedModel
from cxr_core.registry.manifest import Manifest, read_manifest
from cxr_core.registry.publish import publish
from tests.tiny import described_version, tiny_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_version(folder, "first", ("normal", "pneumonia", "covid19"), "nova")
    tiny_version(folder, "second", ("healthy", "<b>tuberculosis</b>"), "nova")
    return folder


@pytest.fixture
def models(two_versions: Path, tmp_path: Path) -> Path:
    return shutil.copytree(two_versions, tmp_path / "models")


def test_a_folder_dropped_in_appears_whatever_its_classes(models: Path) -> None:
    catalogue = Catalogue(models)
    assert [entry.name for entry in catalogue.entries()] == ["first", "second"]
    tiny_version(models, "third", ("a", "b", "c", "d"))
    loaded = catalogue.load()
    assert [model.ref.name for model in loaded] == ["first", "second", "third"]
    assert loaded[2].manifest.classes == ("a", "b", "c", "d")


def test_a_damaged_weight_file_is_refused_while_the_other_goes_on(models: Path) -> None:
    weights = models / "first" / "weights.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 0xFF
    weights.write_bytes(data)
    catalogue = Catalogue(models)
    assert [model.ref.name for model in catalogue.load()] == ["second"]
    assert "SHA-256" in catalogue.problems()["first"]
    with pytest.raises(ModelError, match="restore it"):
        catalogue.load(["first"])


def test_a_truncated_weight_file_is_named_as_damaged(models: Path) -> None:
    weights = models / "first" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    catalogue = Catalogue(models)
    with pytest.raises(ModelError, match="damaged"):
        catalogue.load(["first"])


def test_a_repaired_version_comes_back_without_a_restart(models: Path) -> None:
    weights = models / "first" / "weights.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(b"")
    catalogue = Catalogue(models)
    assert len(catalogue.load()) == 1
    weights.write_bytes(good)
    assert len(catalogue.load()) == 2
    assert catalogue.problems() == {}


def test_weights_that_answer_the_canary_differently_are_refused(models: Path) -> None:
    manifest = models / "first" / "manifest.json"
    table = json.loads(manifest.read_text())
    table["canary"]["probabilities"][0] = [0.98, 0.01, 0.01]
    manifest.write_text(json.dumps(table))
    with pytest.raises(ModelError, match="canary"):
        Catalogue(models).load(["first"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 9}, "format is 9"),
        ({"classes": ["one"]}, "two or more"),
        ({"input_size": 7}, "input_size is 7"),
        ({"normalisation": "magic"}, "magic"),
        ({"weights": {}}, "sha256"),
        ({"name": "other"}, "expected the folder's name"),
        ({"reassuring": ["unknown"]}, "not all classes"),
        ({"input_size": float("inf")}, "infinity"),
        ({"hidden": [-1]}, "hidden is [-1]"),
        ({"hidden": [64] * 5}, "at most 4 widths"),
        ({"architecture": "inceptionv3"}, "size is 64; expected 75 or more"),
        ({"pooling": ["flatten"]}, "pooling is \"['flatten']\""),
        ({"output": "argmax"}, "output is 'argmax'"),
        ({"output": "sigmoid"}, "classes is 3; expected 2 for one sigmoid unit"),
        ({"kernel": 33}, "kernel is 33"),
        ({"architecture": "vgg16", "kernel": 7}, "kernel is 7; expected 3 to 3"),
        ({"kernel": 3.0}, "kernel is 3.0"),
        ({"kernel": 10**30}, "kernel is 1000"),
        ({"scaling": 1}, "scaling is 1"),
        ({"scaling": [0.5]}, "scaling is [0.5]"),
        ({"scaling": ["a", {}]}, "scaling is ['a', {}]"),
        ({"scaling": [0.5, -1]}, "scaling is (0.5, -1.0)"),
        ({"scaling": [float("nan"), 1]}, "scaling is (nan, 1.0)"),
        ({"normalisation": "dataset"}, "dataset without a scaling"),
        ({"metrics": []}, "metrics is not a table"),
        ({"canary": {"probabilities": [[0.2, 0.3, 0.5]]}}, "2 rows"),
    ],
)
def test_a_manifest_that_cannot_be_true_says_what_is_wrong(
    models: Path, change: dict[str, object], words: str
) -> None:
    manifest = models / "first" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    catalogue = Catalogue(models)
    assert words in catalogue.problems()["first"]
    assert [model.ref.name for model in catalogue.load()] == ["second"]


def test_a_manifest_nested_without_end_is_refused_alone(models: Path) -> None:
    (models / "first" / "manifest.json").write_text("[" * 200_000)
    catalogue = Catalogue(models)
    assert "cannot be read as JSON" in catalogue.problems()["first"]
    assert [model.ref.name for model in catalogue.load()] == ["second"]


def test_a_folder_that_disappears_after_it_was_listed_is_refused_alone(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalogue(models)
    listed = catalogue.bundled()
    shutil.rmtree(models / "first")
    monkeypatch.setattr(catalogue, "bundled", lambda: listed)
    assert [model.ref.name for model in catalogue.load()] == ["second"]
    assert "cannot be read" in catalogue.problems()["first"]


def test_a_network_that_cannot_be_built_is_refused_alone(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = catalogue_module.load_version

    def fail_for_the_first(folder: Path, manifest: Manifest) -> LoadedModel:
        if folder.name == "first":
            raise ValueError("units must be positive")
        return build(folder, manifest)

    monkeypatch.setattr(catalogue_module, "load_version", fail_for_the_first)
    catalogue = Catalogue(models)
    assert [model.ref.name for model in catalogue.load()] == ["second"]
    assert catalogue.problems() == {"first": "first cannot be built: units must be positive"}


def test_every_shape_of_head_comes_back_as_it_was_published(tmp_path: Path) -> None:
    description = {
        "name": "custom",
        "version": "test",
        "architecture": "nova",
        "classes": ["covid19", "other"],
        "input_size": 48,
        "normalisation": "dataset",
        "hidden": [16],
        "pooling": "flatten",
        "output": "sigmoid",
        "kernel": 5,
        "scaling": [0.45, 0.25],
    }
    described_version(tmp_path, description)
    [loaded] = Catalogue(tmp_path).load()
    assert loaded.manifest.blueprint == Blueprint(
        "nova",
        2,
        48,
        hidden=(16,),
        pooling="flatten",
        output="sigmoid",
        kernel=5,
        scaling=(0.45, 0.25),
    )
    output = loaded.engine.run(canary_batch(48, Normalisation.DATASET))
    assert output.probabilities.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert output.features.shape == (2, 16)


def test_a_manifest_that_says_nothing_of_its_shape_is_pooled_softmax(models: Path) -> None:
    manifest = read_manifest(models / "first")
    assert manifest.blueprint == Blueprint("nova", 3, 64)


def test_a_description_of_no_network_is_not_published(tmp_path: Path) -> None:
    folder = tiny_version(tmp_path, "first", ("a", "b"), "nova")
    description = json.loads((folder / "manifest.json").read_text())
    with pytest.raises(ModelError, match="first describes no network: nova: output is 'x'"):
        publish(folder, description | {"output": "x"})
    with pytest.raises(ModelError, match="logits/kernel has shape"):
        publish(folder, description | {"classes": ["a", "b", "c"]})


def test_a_flat_head_that_no_memory_would_hold_is_refused_alone(models: Path) -> None:
    manifest = models / "first" / "manifest.json"
    table = json.loads(manifest.read_text())
    table |= {"input_size": 1024, "hidden": [8192], "pooling": "flatten"}
    manifest.write_text(json.dumps(table))
    catalogue = Catalogue(models)
    assert [model.ref.name for model in catalogue.load()] == ["second"]
    assert "expected at most" in catalogue.problems()["first"]


def test_children_are_known_only_where_the_manifest_says_true(models: Path) -> None:
    manifest = models / "first" / "manifest.json"
    for said, known in ((True, True), (False, False), ("false", False)):
        table = json.loads(manifest.read_text()) | {"trained_on_children": said}
        manifest.write_text(json.dumps(table))
        assert read_manifest(models / "first").trained_on_children is known


def test_an_unknown_architecture_is_refused_with_those_that_are_known(models: Path) -> None:
    manifest = models / "first" / "manifest.json"
    manifest.write_text(
        json.dumps(json.loads(manifest.read_text()) | {"architecture": "lenet"})
    )
    with pytest.raises(ModelError, match="vgg16"):
        Catalogue(models).load(["first"])


def test_asking_for_a_model_that_is_not_there_names_those_that_are(models: Path) -> None:
    with pytest.raises(DataError, match="second"):
        Catalogue(models).load(["absent"])


def test_an_empty_folder_says_how_to_find_out_more(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="models verify"):
        Catalogue(tmp_path).load()


def test_the_canary_batch_never_changes() -> None:
    batch = canary_batch(64, Normalisation.FILM)
    assert batch.shape == (2, 64, 64, 3)
    assert batch[0, 32, 15, 0] == pytest.approx(-2.37686, abs=1e-4)
    assert batch[1, 5, 50, 0] == pytest.approx(-0.48395, abs=1e-4)
