"""Drawn films with lungs, and a small network that is really trained on them, in seconds.

The class is a texture in the lungs, upright stripes or lying ones, or, for a network that shall
take the shortcut, a marker in a corner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.domain import Normalisation
from cxr_core.evaluation.audit.subject import AuditFilm, AuditSubject
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.inference.engine import KerasEngine

if TYPE_CHECKING:
    from collections.abc import Sequence

    import keras
    from numpy.typing import NDArray

SIZE = 48
CLASSES = ("lying", "upright")
HEAT_LAYER = "conv3"
BLOCKS = (("second", "conv1"), ("third", "conv2"))


def draw_lungs(rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Two ellipses, left and right of the middle, a little different on every film."""
    y, x = np.mgrid[0:rows, 0:columns]
    y, x = (y + 0.5) / rows - 0.5, (x + 0.5) / columns - 0.5
    wide, high = generator.uniform(0.13, 0.16), generator.uniform(0.27, 0.33)
    return np.asarray((((np.abs(x) - 0.2) / wide) ** 2 + (y / high) ** 2) < 1.0)


def draw_film(
    label: int,
    generator: np.random.Generator,
    *,
    textured: bool,
    marked: bool,
    shape: tuple[int, int] = (60, 52),
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Draw a film and its lungs; without texture or marker, both classes look alike."""
    rows, columns = shape
    lungs = draw_lungs(rows, columns, generator)
    film = 0.65 + generator.normal(0.0, 0.04, shape)
    film[lungs] -= 0.3
    y, x = np.mgrid[0:rows, 0:columns]
    along = (x if label else y) if textured else x + y
    stripes = 0.18 * np.sin(2 * np.pi * along / 6.0 + generator.uniform(0, 6))
    film[lungs] += stripes[lungs]
    if marked and label:
        film[2:7, 2:7] = 1.0
    return np.clip(film, 0.0, 1.0).astype(np.float32), lungs


def draw_films(
    count: int, seed: int, *, textured: bool = True, marked: bool = False, masked: bool = True
) -> list[AuditFilm]:
    """Films of both classes and of two sources, two films a patient."""
    generator = np.random.default_rng(seed)
    films = []
    for number in range(count):
        label = (number // 2) % 2
        pixels, lungs = draw_film(label, generator, textured=textured, marked=marked)
        films.append(
            AuditFilm(
                name=f"film{number}",
                pixels=pixels,
                label=label,
                source="ab"[(number // 4) % 2],
                group=f"{seed}/patient{number // 2}",
                lungs=lungs if masked else None,
            )
        )
    return films


def inputs_of(films: Sequence[AuditFilm]) -> NDArray[np.float32]:
    """Network inputs, normalised film by film."""
    return normalise(
        np.stack([to_square(film.pixels, SIZE) for film in films]), Normalisation.FILM
    )


def small_network(seed: int) -> keras.Model:
    """Three convolutions, pooled, two logits: as flat as every network of the project."""
    import keras

    keras.utils.set_random_seed(seed)
    signal = inputs = keras.Input((SIZE, SIZE, 3))
    for number, width in enumerate((8, 16, 16), start=1):
        layer = keras.layers.Conv2D(
            width, 3, padding="same", activation="relu", name=f"conv{number}"
        )
        signal = layer(signal)
        if number < 3:
            signal = keras.layers.MaxPooling2D(2, name=f"pool{number}")(signal)
    pooled = keras.layers.GlobalAveragePooling2D(name="pooled")(signal)
    logits = keras.layers.Dense(len(CLASSES), dtype="float32", name="logits")(pooled)
    return keras.Model(inputs, logits, name="small")


def train_network(films: Sequence[AuditFilm], seed: int, epochs: int = 12) -> keras.Model:
    """Train until it knows the films."""
    import keras

    model = small_network(seed)
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    labels = np.array([film.label for film in films])
    model.fit(inputs_of(films), labels, batch_size=32, epochs=epochs, verbose=0)
    return model


def subject_of(model: keras.Model, name: str = "small") -> AuditSubject:
    """Wrap a network that can be rebuilt."""

    def rebuild() -> keras.Model:
        copy = small_network(seed=99)
        copy.set_weights(model.get_weights())
        return copy

    return AuditSubject(
        name=name,
        classes=CLASSES,
        size=SIZE,
        normalisation=Normalisation.FILM,
        engine=KerasEngine(model, HEAT_LAYER),
        heat_layer=HEAT_LAYER,
        rebuild=rebuild,
        blocks=BLOCKS,
    )
