"""Answers of a version for a split: asked once, kept by weights and manifest, never trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.registry.catalogue import Catalogue, LoadedModel
from cxr_core.use_cases.seen import tokens
from cxr_core.use_cases.versions import answers as module
from cxr_core.use_cases.versions.answers import AnswerStore, SplitAnswers
from tests.tiny import described_version, tiny_version

if TYPE_CHECKING:
    from cxr_core.use_cases.collecting import Films

CLASSES = ("normal", "pneumonia", "covid19")


@pytest.fixture(scope="module")
def films(drawn_films: Films) -> Films:
    return drawn_films


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    folder = tmp_path_factory.mktemp("models")
    tiny_version(folder, "mine", CLASSES, "nova")
    [loaded] = Catalogue(folder).load()
    return loaded


@pytest.fixture(scope="module")
def kept(
    tmp_path_factory: pytest.TempPathFactory, films: Films, model: LoadedModel
) -> tuple[AnswerStore, SplitAnswers]:
    store = AnswerStore(tmp_path_factory.mktemp("answers"), Limits())
    return store, store.answers_of(model, films, Split.TEST, lambda *_: None)


def test_every_film_of_the_split_is_answered_in_the_manifests_order(kept, films) -> None:
    _, answers = kept
    manifest = load_manifest(films.manifest)
    rows = [each for each in manifest.used() if each.split is Split.TEST]
    assert answers.paths == tuple(each.path for each in rows)
    assert answers.cases.groups == tuple(each.group for each in rows)
    space = LabelSpace(CLASSES)
    truth = [CLASSES.index(str(space.class_of(each.finding))) for each in rows]
    assert answers.cases.truth.tolist() == truth
    assert (answers.manifest, answers.split) == (manifest.digest, Split.TEST)


def test_kept_answers_are_the_same_and_nothing_is_asked_again(
    kept, films, model, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, answers = kept
    monkeypatch.setattr(module, "judge_films", None)
    again = store.answers_of(model, films, Split.TEST, lambda *_: None)
    np.testing.assert_array_equal(again.cases.logits, answers.cases.logits)
    assert again.paths == answers.paths
    assert again.cases.ages == answers.cases.ages
    assert not again.cases.logits.flags.writeable


def test_answers_of_another_split_manifest_or_version_are_not_there(
    kept, model, tmp_path
) -> None:
    store, answers = kept
    version = model.manifest
    assert store.stored_answers(version, answers.manifest, Split.TEST) is not None
    assert store.stored_answers(version, answers.manifest, Split.VALIDATION) is None
    assert store.stored_answers(version, "0" * 64, Split.TEST) is None
    described_version(
        tmp_path,
        {
            "name": "other",
            "version": "test",
            "architecture": "nova",
            "classes": list(CLASSES),
            "input_size": 64,
            "normalisation": "unit",  # the same weights, films prepared otherwise
        },
    )
    other = Catalogue(tmp_path).entry("other").manifest
    assert other is not None
    assert other.weights_sha256 == version.weights_sha256
    assert store.stored_answers(other, answers.manifest, Split.TEST) is None


@pytest.mark.parametrize("damage", [b"", b"PK", b"\x80\x04N.", None])
def test_a_damaged_file_of_answers_counts_as_none(kept, model, tmp_path, damage) -> None:
    store, answers = kept
    version = model.manifest
    data = store.path(version, answers.manifest, Split.TEST).read_bytes()
    elsewhere = AnswerStore(tmp_path, Limits())
    path = elsewhere.path(version, answers.manifest, Split.TEST)
    path.parent.mkdir(parents=True)
    path.write_bytes(data[: len(data) // 2] if damage is None else damage)
    assert elsewhere.stored_answers(version, answers.manifest, Split.TEST) is None


def test_films_of_patients_whom_a_version_has_seen_are_marked(kept, films) -> None:
    _, answers = kept
    manifest = load_manifest(films.manifest)
    assert answers.unseen(manifest, []).all()
    first = next(each for each in manifest.films if each.path == answers.paths[0])
    seen = frozenset(tokens("", first.patient))
    unseen = answers.unseen(manifest, [seen])
    assert unseen.tolist() == [group != first.group for group in answers.cases.groups]


def test_answers_about_other_films_are_not_mixed_up(kept, tmp_path) -> None:
    from tests.use_cases.answered import write_manifest

    _, answers = kept
    with pytest.raises(DataError, match="Compare the versions again"):
        answers.unseen(write_manifest(tmp_path), [])
