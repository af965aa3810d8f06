"""Augmented films stay films: same range, same normalisation, nothing thrown away."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.domain import Normalisation
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.recipes.recipe import Augmentation
from cxr_core.training.augmentation import augment
from tests.synthetic import synthetic_chest

STRONG = Augmentation(rotation=15.0, zoom=0.2, shift=0.1, contrast=0.5, flip=0.5, views=0)
NOTHING = Augmentation(rotation=0.0, zoom=0.0, shift=0.0, contrast=0.0, flip=0.0, views=0)


@pytest.fixture(scope="module")
def square() -> np.ndarray:
    return to_square(synthetic_chest(256, 224), 112)


def test_augmented_and_plain_films_have_the_same_range_after_normalisation(square) -> None:
    random = np.random.default_rng(0)
    changed = np.stack([augment(square, STRONG, random) for _ in range(32)])
    assert changed.min() >= 0.0
    assert changed.max() <= 1.0
    plain = normalise(square[None], Normalisation.FILM)
    inputs = normalise(changed, Normalisation.FILM)
    assert inputs.std(axis=(1, 2, 3)) == pytest.approx(np.ones(32), abs=1e-3)
    # A clipping augmentation after normalisation would cut away everything below zero.
    assert np.median(inputs.min(axis=(1, 2, 3))) < 0.5 * plain.min()
    assert (inputs < 0).mean() == pytest.approx((plain < 0).mean(), abs=0.2)


def test_no_augmentation_is_the_identity(square) -> None:
    np.testing.assert_allclose(
        augment(square, NOTHING, np.random.default_rng(0)), square, atol=1e-6
    )


def test_mirroring_is_exact(square) -> None:
    mirror = Augmentation(rotation=0.0, zoom=0.0, shift=0.0, contrast=0.0, flip=1.0, views=0)
    np.testing.assert_allclose(
        augment(square, mirror, np.random.default_rng(0)), square[:, ::-1], atol=1e-5
    )


def test_the_same_generator_state_gives_the_same_film_and_leaves_the_original(square) -> None:
    before = square.copy()
    first = augment(square, STRONG, np.random.default_rng((1, 2, 3)))
    second = augment(square, STRONG, np.random.default_rng((1, 2, 3)))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(square, before)
