"""What a step of training sees: films as network input, or features of a frozen part.

Both kinds answer the same two questions, so the engine does not know which it trains on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.domain import Normalisation
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.training.augmentation import augment
from cxr_core.training.determinism import AUGMENTATION, EPOCH_DRAW, SUBSET, stream
from cxr_core.training.sampling import draw_epoch, thin_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.datasets.collection import Collection
    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Recipe

    Indices = NDArray[np.intp]


class Inputs(Protocol):
    """Network input for films of the collection, by their indices."""

    def training(self, batch: Indices, epoch: int, step: int) -> FloatArray:
        """Return what a training step sees, augmented as the recipe says."""
        ...

    def plain(self, batch: Indices) -> FloatArray:
        """Return films as they are read later, without augmentation."""
        ...


@dataclass(frozen=True, slots=True)
class Deck:
    """The films of a run, their classes, and in which order epochs draw them.

    `scale` in (0, 1] thins the training films out, every class and source alike.
    """

    collection: Collection
    recipe: Recipe
    scale: float = 1.0

    def films(self) -> Indices:
        """Return the training films that the run uses, in order."""
        train = self.collection.of(Split.TRAIN)
        if self.scale >= 1:
            return train
        strata = [self._stratum(index) for index in train]
        kept = thin_out(strata, self.scale, stream(self.recipe.seed, SUBSET))
        return np.asarray(train[kept], dtype=np.intp)

    def batches(self, epoch: int) -> list[Indices]:
        """Indices into the collection, one array a step.

        "natural" sampling shows every film once, "balanced" draws equal parts of classes, and
        of sources inside a class, whole batches only.
        """
        recipe, train = self.recipe, self.films()
        random = stream(recipe.seed, epoch, EPOCH_DRAW)
        if recipe.sampling == "natural":
            order = train[random.permutation(len(train))]
            if recipe.films_per_epoch:
                wanted = max(recipe.batch, round(recipe.films_per_epoch * self.scale))
                order = order[:wanted]
            return [
                order[start : start + recipe.batch]
                for start in range(0, len(order), recipe.batch)
            ]
        films = [self.collection.films[index] for index in train]
        drawn = draw_epoch(
            [film.label for film in films],
            [film.source for film in films],
            films=max(recipe.batch, round((recipe.films_per_epoch or len(train)) * self.scale)),
            most_draws=recipe.most_draws_per_film,
            random=random,
        )
        whole = max(1, len(drawn) // recipe.batch)
        return [
            train[drawn[step * recipe.batch : (step + 1) * recipe.batch]]
            for step in range(whole)
        ]

    def targets(self, batch: Indices) -> FloatArray:
        """One-hot classes: float32 (films, classes)."""
        labels = self._labels(batch)
        return np.eye(len(self.recipe.classes), dtype=np.float32)[labels]

    def weights(self, batch: Indices) -> FloatArray | None:
        """Return each film's weight in the loss; None where all weigh the same."""
        if not self.recipe.class_weights:
            return None
        return np.asarray(self.recipe.class_weights, dtype=np.float32)[self._labels(batch)]

    def _labels(self, batch: Indices) -> list[int]:
        return [self.recipe.classes.index(self.collection.films[i].label) for i in batch]

    def _stratum(self, index: int) -> str:
        film = self.collection.films[index]
        return f"{film.label}/{film.source}"


@dataclass(frozen=True, slots=True)
class FilmInputs:
    """Films at one size, float32 (films, size, size, 3), normalised as the recipe says."""

    collection: Collection
    recipe: Recipe
    size: int

    def training(self, batch: Indices, epoch: int, step: int) -> FloatArray:
        """Augment every film anew."""
        random = stream(self.recipe.seed, epoch, AUGMENTATION, step)
        return self._augmented(batch, [random] * len(batch))

    def plain(self, batch: Indices) -> FloatArray:
        """Return the films without augmentation."""
        return self._normalised(np.stack([self.square(index) for index in batch]))

    def view(self, batch: Indices, view: int) -> FloatArray:
        """Return one fixed view of each film: 0 is plain, every other an augmentation."""
        if view == 0:
            return self.plain(batch)
        seed = self.recipe.seed
        return self._augmented(
            batch, [stream(seed, AUGMENTATION, view, int(index)) for index in batch]
        )

    def _augmented(self, batch: Indices, randoms: list[np.random.Generator]) -> FloatArray:
        rule = self.recipe.augmentation
        squares = [
            augment(self.square(index), rule, random)
            for index, random in zip(batch, randoms, strict=True)
        ]
        return self._normalised(np.stack(squares))

    def augmented_square(self, index: int) -> FloatArray:
        """Return one film in [0, 1] as some training step may see it, for looking at."""
        random = stream(self.recipe.seed, AUGMENTATION, index)
        return augment(self.square(index), self.recipe.augmentation, random)

    def square(self, index: int) -> FloatArray:
        """Return one film in [0, 1], as large as the network wants it."""
        stored = self.collection.squares[self.collection.slots[index]]
        return to_square(stored.astype(np.float32) / np.float32(255.0), self.size)

    def _normalised(self, squares: FloatArray) -> FloatArray:
        return normalise(squares, Normalisation(self.recipe.normalisation))


def grey_statistics(collection: Collection, films: Indices) -> tuple[float, float]:
    """Mean and standard deviation of grey in [0, 1] over all pixels of some films."""
    count, total, squares = 0, 0.0, 0.0
    for index in films:
        grey = collection.squares[collection.slots[index]].astype(np.float64) / 255.0
        count += grey.size
        total += float(grey.sum())
        squares += float((grey * grey).sum())
    mean = total / count
    return mean, max((squares / count - mean * mean) ** 0.5, 1e-3)
