"""What a film becomes before a network reads it, against Keras's own preprocessing."""

from __future__ import annotations

import numpy as np
import pytest

from cxr_core.domain import Normalisation
from cxr_core.imaging.model_input import normalise
from cxr_core.inference.canary import canary_batch
from cxr_core.inference.networks import NETWORKS

keras = pytest.importorskip("keras")

FILMS = np.random.default_rng(0).uniform(size=(2, 8, 8)).astype(np.float32)
MODULES = {
    "vgg16": "vgg16",
    "resnet50": "resnet50",
    "xception": "xception",
    "densenet169": "densenet",
    "inceptionv3": "inception_v3",
}


@pytest.mark.parametrize("name", list(MODULES))
def test_imagenet_weights_read_what_they_were_trained_on(name: str) -> None:
    module = getattr(keras.applications, MODULES[name])
    colours = np.repeat(255.0 * FILMS[..., None], 3, axis=3)
    expected = module.preprocess_input(colours.copy(), data_format="channels_last")
    normalisation = NETWORKS[name].imagenet_normalisation
    assert normalisation is not None
    np.testing.assert_allclose(normalise(FILMS, normalisation), expected, atol=1e-4)


@pytest.mark.parametrize("normalisation", [Normalisation.UNIT, Normalisation.DATASET])
def test_grey_levels_pass_as_they_are(normalisation: Normalisation) -> None:
    inputs = normalise(FILMS, normalisation)
    assert all(np.array_equal(inputs[..., channel], FILMS) for channel in range(3))


@pytest.mark.parametrize("normalisation", list(Normalisation))
def test_every_normalisation_has_a_canary_and_leaves_the_films_alone(
    normalisation: Normalisation,
) -> None:
    batch = canary_batch(64, normalisation)
    assert batch.shape == (2, 64, 64, 3)
    assert batch.dtype == np.float32
    assert not np.array_equal(batch[0], batch[1])
    films = FILMS.copy()
    inputs = normalise(films, normalisation)
    inputs += 1.0
    assert np.array_equal(films, FILMS)
