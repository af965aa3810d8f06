"""Versions side by side: on kept answers, and the overlap of their heatmaps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cxr_core.domain import Actor, FilmFile, ModelRef, Prediction, Role
from cxr_core.errors import AccessError, DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.comparison import mcnemar
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.reading import ReadingService
from cxr_core.use_cases.seen import tokens
from cxr_core.use_cases.versions.answers import AnswerStore
from cxr_core.use_cases.versions.heat_overlap import measure_overlap, overlaps
from cxr_core.use_cases.versions.version_comparison import VersionComparer
from tests.synthetic import png_bytes, synthetic_chest
from tests.tiny import tiny_version
from tests.use_cases.compared import CLASSES, films_of_split, keep_answers, make_version

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray
    from cxr_core.use_cases.collecting import Films

READER = Actor("ada", Role.READER)
QUICK = Options(resamples=60, seed=1)
MAPS = arrays(np.float32, (7, 7), elements=st.floats(0, 1, width=32))


@pytest.fixture
def manifest_dir(drawn_films: Films) -> Path:
    return drawn_films.manifest


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def comparer(models: Path, tmp_path: Path, manifest_dir: Path) -> VersionComparer:
    answers = AnswerStore(tmp_path / "answers", Limits())
    return comparer_of(Catalogue(models), answers, manifest_dir)


def comparer_of(catalogue: Catalogue, answers: AnswerStore, manifest: Path) -> VersionComparer:
    reading = ReadingService(catalogue, InProcess())
    return VersionComparer(reading, catalogue, answers, manifest, QUICK)


def test_flips_differences_and_tests_are_those_of_the_answers(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    films = films_of_split(manifest_dir)
    keep_answers(tmp_path / "answers", make_version(models, "old"), manifest_dir, [0, 1, 2])
    keep_answers(tmp_path / "answers", make_version(models, "new"), manifest_dir, [2, 3])
    found = comparer.on_split(READER, ["old", "new"])

    assert (found.films, found.left_out) == (len(films), 0)
    old, new = found.sides
    assert old.accuracy.value == pytest.approx(1 - 3 / len(films))
    assert new.accuracy.value == pytest.approx(1 - 2 / len(films))
    assert old.accuracy.low < old.accuracy.value < old.accuracy.high
    assert new.reliability.curve
    (pair,) = found.pairs
    assert {(flip.path, flip.kind) for flip in pair.flips} == {
        (films[0].path, "gained"),
        (films[1].path, "gained"),
        (films[3].path, "lost"),
    }
    assert pair.flips[0].kind == "lost"
    lost = pair.flips[0]
    assert lost.first_call == lost.truth != lost.second_call
    assert lost.first_probability == lost.first_of_truth > lost.second_of_truth
    assert pair.table()[lost.first_call, lost.second_call] == {"lost": 1}
    assert sum(sum(cell.values()) for cell in pair.table().values()) == len(pair.flips)
    assert pair.found.mcnemar == mcnemar(1, 2)
    gap = pair.found.accuracy.difference
    assert gap.value == pytest.approx(1 / len(films))
    assert gap.low < gap.value < gap.high


def test_the_order_of_films_and_classes_does_not_matter(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    """One version has its classes in another order, and could not read two films."""
    keep_answers(tmp_path / "answers", make_version(models, "old"), manifest_dir, [4])
    turned = make_version(models, "turned", CLASSES[::-1])
    keep_answers(tmp_path / "answers", turned, manifest_dir, [4], without=[0, 1])
    found = comparer.on_split(READER, ["old", "turned"])
    assert found.left_out == 2
    assert found.classes == CLASSES
    assert found.sides[0].accuracy.value == found.sides[1].accuracy.value
    (flip,) = found.pairs[0].flips  # both wrong, each by the class after the true one
    assert flip.kind == "otherwise wrong"


def test_films_that_either_has_seen_count_for_nobody(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    films = films_of_split(manifest_dir)
    seen = tokens(films[0].sha256, films[0].patient)
    own = sum(film.group == films[0].group for film in films)
    keep_answers(tmp_path / "answers", make_version(models, "a"), manifest_dir)
    keep_answers(tmp_path / "answers", make_version(models, "b", seen=seen), manifest_dir)
    found = comparer.on_split(READER, ["a", "b"])
    assert found.left_out == own
    assert found.films == len(films) - own
    assert [side.says_what_it_saw for side in found.sides] == [False, True]


def test_three_versions_are_set_against_the_first(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    for name in ("a", "b", "c"):
        keep_answers(tmp_path / "answers", make_version(models, name), manifest_dir)
    found = comparer.on_split(READER, ["b", "a", "c"])
    assert [side.name for side in found.sides] == ["b", "a", "c"]
    assert [(pair.first, pair.second) for pair in found.pairs] == [("b", "a"), ("b", "c")]
    assert comparer.on_split(READER, ["b", "a", "c"]) is found  # computed once


def test_missing_answers_are_named_and_nothing_is_computed(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    keep_answers(tmp_path / "answers", make_version(models, "a"), manifest_dir)
    make_version(models, "b")
    assert comparer.missing(READER, ["a", "b"]) == ["b"]
    with pytest.raises(DataError, match="b was not asked"):
        comparer.on_split(READER, ["a", "b"])


def test_what_cannot_be_compared_is_refused_with_the_reason(
    comparer: VersionComparer, models: Path, tmp_path: Path, manifest_dir: Path
) -> None:
    keep_answers(tmp_path / "answers", make_version(models, "a"), manifest_dir)
    keep_answers(
        tmp_path / "answers",
        make_version(models, "b", ("normal", "pneumonia", "covid19", "other")),
        manifest_dir,
    )
    with pytest.raises(DataError, match="b tells normal"):
        comparer.on_split(READER, ["a", "b"])
    with pytest.raises(DataError, match="two or more"):
        comparer.on_split(READER, ["a", "a"])
    with pytest.raises(DataError, match="no model"):
        comparer.on_split(READER, ["a", "nobody"])
    with pytest.raises(AccessError):
        comparer.on_split(None, ["a", "b"])
    none = AnswerStore(tmp_path, Limits())
    nothing = comparer_of(Catalogue(models), none, tmp_path / "none")
    with pytest.raises(DataError, match="Curate on the Data page"):
        nothing.missing(READER, ["a"])


def test_films_are_read_by_the_versions_asked_for_and_no_others(
    tmp_path: Path, manifest_dir: Path
) -> None:
    for seed, name in enumerate(("one", "two")):
        tiny_version(tmp_path / "tiny", name, CLASSES, seed=seed)
    make_version(tmp_path / "tiny", "never-loaded")
    answers = AnswerStore(tmp_path / "answers", Limits())
    comparer = comparer_of(Catalogue(tmp_path / "tiny"), answers, manifest_dir)
    film = FilmFile("film.png", lambda: png_bytes(synthetic_chest(120, 110)))
    (reading,) = comparer.read(READER, ["two", "one"], [film])
    assert [each.model.name for each in reading.predictions] == ["two", "one"]
    (found,) = overlaps(reading.predictions, "covid19")
    assert (found.first, found.second) == ("two", "one")
    with pytest.raises(AccessError):
        comparer.read(None, ["one"], [film])


def heat(*spots: tuple[int, int], side: int = 8) -> FloatArray:
    found = np.zeros((side, side), np.float32)
    for row, column in spots:
        found[row, column] = 1.0
    return found


@given(MAPS, MAPS)
def test_overlap_is_a_share_and_does_not_depend_on_the_order(
    first: FloatArray, second: FloatArray
) -> None:
    found = measure_overlap(("a", first), ("b", second))
    turned = measure_overlap(("b", second), ("a", first))
    if found.dice is None:
        assert found.iou is found.correlation is turned.dice is None
        return
    assert 0 <= found.iou <= found.dice <= 1
    assert found.dice == turned.dice
    assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
    assert -1.000001 <= found.correlation <= 1.000001


@given(MAPS)
def test_a_map_lies_upon_itself(own: FloatArray) -> None:
    found = measure_overlap(("a", own), ("b", own))
    assert found.dice in {1.0, None}


def test_overlap_is_said_in_words() -> None:
    same = measure_overlap(("a", heat((2, 2))), ("b", heat((2, 2), (2, 2))))
    assert same.words == "much the same places"
    apart = measure_overlap(("a", heat((0, 0))), ("b", heat((7, 7))))
    assert apart.dice == 0
    assert apart.words == "different places"
    cold = measure_overlap(("a", heat()), ("b", heat((7, 7))))
    assert "no heat" in cold.words
    near = measure_overlap(("a", heat((3, 3), (6, 6))), ("b", heat((3, 3), (0, 0))))
    assert near.words == "partly the same places"


def test_maps_of_different_sizes_are_brought_together() -> None:
    fine = np.kron(heat((1, 1), side=7), np.ones((2, 2), np.float32))
    found = measure_overlap(("a", heat((1, 1), side=7)), ("b", fine))
    assert found.dice > 0.6
    assert found.correlation > 0.8


def test_a_version_without_the_class_is_left_out() -> None:
    def said(name: str, classes: tuple[str, ...]) -> Prediction:
        maps = np.random.default_rng(0).random((len(classes), 4, 4)).astype(np.float32)
        shares = (1 / len(classes),) * len(classes)
        ref = ModelRef(name, "1", "0")
        return Prediction(ref, classes, shares, shares, maps, (), (), "CPU", 0.1)

    both = [said("a", ("x", "y")), said("b", ("y",)), said("c", ("y", "x"))]
    assert [(each.first, each.second) for each in overlaps(both, "x")] == [("a", "c")]
    assert len(overlaps(both, "y")) == 3
