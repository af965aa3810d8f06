"""Pictures of a training: films as they are augmented, and where the network looks by now.

For eyes only. What is drawn never goes back into the training, and a training without
pictures ends with the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.errors import StorageError
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import NETWORKS
from cxr_core.inference.overlay import paint_heat
from cxr_core.registry.atomic import write_atomically
from cxr_core.training.inputs import FilmInputs

if TYPE_CHECKING:
    from pathlib import Path

    import keras
    from numpy.typing import NDArray

    from cxr_core.domain import ByteArray, FloatArray
    from cxr_core.recipes.recipe import Recipe
    from cxr_core.training.events import EpochResult
    from cxr_core.training.inputs import Deck
    from cxr_core.training.run_folder import RunFolder

FILMS = 4
_SIDE = 224
_QUALITY = 85


class Watcher:
    """Draws the same few validation films after every epoch, with heat for their own class."""

    def __init__(self, folder: RunFolder, recipe: Recipe, deck: Deck) -> None:
        self._folder = folder
        self._recipe = recipe
        self._deck = deck
        self._films = _chosen(deck)
        self._engine: KerasEngine | None = None
        self._model: keras.Model | None = None

    def look(self, model: keras.Model, result: EpochResult) -> None:
        """Draw what `model` looks at after an epoch; before the first, the augmentations too.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        inputs = FilmInputs(self._deck.collection, self._recipe, result.size)
        augmented = self._folder.augmentations
        if not augmented.is_file():
            _write(augmented, self._augmentations(result.size))
        if self._engine is None or self._model is not model:
            self._model = model
            self._engine = KerasEngine(model, NETWORKS[self._recipe.network].heat_layer)
        answers = self._engine.run(inputs.plain(self._films))
        truth = self._deck.targets(self._films).argmax(axis=1)
        panels = []
        for place, index in enumerate(self._films):
            grey = inputs.square(int(index))
            heat = answers.heatmaps[place, truth[place]]
            panels.append(_panel(grey, heat, float(answers.probabilities[place, truth[place]])))
        _write(self._folder.picture(result.epoch), np.concatenate(panels, axis=1))

    def _augmentations(self, size: int) -> ByteArray:
        """Draw training films as they are, and below each as a first epoch changes it."""
        films = self._deck.films()[:: max(1, len(self._deck.films()) // FILMS)][:FILMS]
        inputs = FilmInputs(self._deck.collection, self._recipe, size)
        columns = []
        for index in films:
            drawn = inputs.augmented_square(int(index))
            columns.append(np.concatenate([_grey(inputs.square(int(index))), _grey(drawn)]))
        return np.concatenate(columns, axis=1)


def _chosen(deck: Deck) -> NDArray[np.intp]:
    """Take one validation film of each class, then more in order, always the same."""
    held_out = deck.collection.of(Split.VALIDATION)
    labels = [deck.collection.films[index].label for index in held_out]
    firsts = [labels.index(name) for name in deck.recipe.classes if name in labels]
    others = [place for place in range(len(labels)) if place not in firsts]
    return np.asarray(held_out[[*firsts, *others][:FILMS]], dtype=np.intp)


def _panel(grey: FloatArray, heat: FloatArray, probability: float) -> ByteArray:
    """Paint one film, with a bar at its foot as long as the probability of its own class."""
    film = cv2.resize(grey, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    painted = paint_heat(np.asarray(film, dtype=np.float32), heat)
    painted[-6:] = (22, 27, 33)
    painted[-6:, : round(probability * _SIDE)] = (90, 169, 230)
    return painted


def _grey(film: FloatArray) -> ByteArray:
    small = cv2.resize(film, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    levels = np.rint(np.clip(small, 0.0, 1.0) * 255.0).astype(np.uint8)
    return np.repeat(levels[..., None], 3, axis=2)


def _write(path: Path, picture: ByteArray) -> None:
    colours = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise StorageError(f"The picture {path.name} could not be encoded.")
    write_atomically(path, data.tobytes())
