"""Bias is near 1 where the answer is drawn on the film, and near chance where it is not."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from cxr_core.datasets import bias
from cxr_core.datasets.bias import measure_bias, thumbnails
from cxr_core.errors import DataError
from tests.synthetic import synthetic_chest

SALT = "salt"
WIDTH = 64  # of a thumbnail as told here


class Films:
    """Films of two sources and two classes, two of each patient, of nothing but noise."""

    def __init__(self, patients: int = 100, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.groups = [f"person{number // 2}" for number in range(2 * patients)]
        self.sources = ["ab"[number // 2 % 2] for number in range(2 * patients)]
        self.labels = ["nc"[number // 4 % 2] for number in range(2 * patients)]
        self.small = random.normal(size=(2 * patients, WIDTH)).astype(np.float32)

    def measure(self) -> bias.Bias:
        return measure_bias(self.small, self.labels, self.sources, self.groups, SALT)

    def show(self, answers: list[str], strength: float) -> None:
        """Draw an answer into one corner of every film."""
        marks = np.where(np.asarray(answers) == answers[0], strength, -strength)
        self.small[:, :4] += marks[:, None].astype(np.float32)


def test_a_source_that_can_be_seen_is_told_from_the_thumbnail() -> None:
    films = Films()
    films.show(films.sources, 4.0)
    told = films.measure()
    assert told.source_from_thumbnail.accuracy > 0.97
    assert told.source_from_thumbnail.balanced_accuracy > 0.97
    assert abs(told.class_from_thumbnail.accuracy - 0.5) < 0.15


def test_noise_tells_neither_source_nor_class() -> None:
    told = Films(patients=300).measure()
    for guess in (told.source_from_thumbnail, told.class_from_thumbnail):
        assert guess.chance == 0.5
        assert abs(guess.balanced_accuracy - guess.chance) < 0.12
    assert abs(told.class_from_source.balanced_accuracy - 0.5) < 0.12


def test_a_class_that_is_its_source_needs_no_film() -> None:
    films = Films()
    films.labels = [{"a": "normal", "b": "covid19"}[source] for source in films.sources]
    told = films.measure()
    assert told.class_from_source.accuracy == 1.0
    assert told.class_from_source.balanced_accuracy == 1.0
    assert told.class_from_source.answers == ("covid19", "normal")
    assert told.class_from_thumbnail.accuracy < 0.65


def test_what_two_films_of_one_patient_share_is_no_help() -> None:
    """Each patient's noise is his own: a fold that split him would recognise it."""
    films = Films(patients=60)
    films.small[1::2] = films.small[::2]
    films.labels = [str(number % 2) for number in range(60) for _ in range(2)]
    assert films.measure().class_from_thumbnail.accuracy < 0.7


def test_no_patient_is_in_two_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    films = Films()
    dealt = defaultdict(set)

    def watched(groups: list[str], *told: object) -> list[int]:
        folds = bias_folds(groups, *told)
        for group, fold in zip(groups, folds, strict=True):
            dealt[group].add(fold)
        return folds

    bias_folds = bias.fold_splits
    monkeypatch.setattr(bias, "fold_splits", watched)
    films.measure()
    assert set(dealt) == set(films.groups)
    assert all(len(folds) == 1 for folds in dealt.values())
    assert set.union(*dealt.values()) == set(range(5))


def test_the_same_films_give_the_same_figures() -> None:
    assert Films().measure() == Films().measure()


def test_the_figures_say_of_how_many_films_and_answers_they_are() -> None:
    films = Films(patients=60)
    films.labels = ["n"] * 90 + ["c"] * 30
    told = films.measure()
    assert told.class_from_source.films == 120
    assert told.class_from_source.majority == 0.75
    assert told.source_from_thumbnail.answers == ("a", "b")
    assert told.left_out == ()


# Too few


@pytest.mark.parametrize("patients", [2, 19])
def test_too_few_patients_are_refused(patients: int) -> None:
    with pytest.raises(DataError, match="with 10 patients or more"):
        Films(patients).measure()


@pytest.mark.parametrize("name", ["sources", "labels"])
def test_one_source_or_one_class_is_refused(name: str) -> None:
    films = Films()
    setattr(films, name, ["only"] * len(films.groups))
    with pytest.raises(DataError, match="two sources and two classes"):
        films.measure()


def test_many_films_of_few_patients_are_too_few() -> None:
    films = Films()
    films.groups = [f"{source}{place % 9}" for place, source in enumerate(films.sources)]
    with pytest.raises(DataError):
        films.measure()


def test_a_source_with_too_few_patients_is_left_out_and_named() -> None:
    films = Films()
    films.sources[:18] = ["small"] * 18
    told = films.measure()
    assert told.left_out == ("small",)
    assert told.source_from_thumbnail.films == len(films.groups) - 18
    assert told.source_from_thumbnail.answers == ("a", "b")


def test_a_class_with_too_few_patients_is_left_out() -> None:
    """A class of one patient is absent from training when its own fold is judged."""
    films = Films()
    films.labels[:2] = ["rare"] * 2
    assert films.measure().class_from_thumbnail.answers == ("c", "n")
    films.labels = ["rare"] * 2 + ["n"] * (len(films.groups) - 2)
    with pytest.raises(DataError):
        films.measure()


# Thumbnails


def test_a_thumbnail_forgets_brightness_and_contrast() -> None:
    film = np.rint(synthetic_chest(128, 128) * 255).astype(np.uint8)
    squares = np.stack([film, film // 2, film // 2 + 100])
    small = thumbnails(squares)
    assert small.shape == (3, 1024)
    assert np.abs(small.mean(axis=1)).max() < 1e-4
    assert np.abs(small.std(axis=1) - 1).max() < 1e-3
    assert np.abs(small - small[0]).max() < 0.05
    assert np.isfinite(thumbnails(np.zeros((2, 64, 64), np.uint8))).all()
