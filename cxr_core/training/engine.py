"""The training engine: a recipe and a collection in, a network that reads films out.

Plain Keras 3, so that the same code runs on TensorFlow, JAX or PyTorch. The random state of
every step follows from (seed, epoch, step), so a resumed run sees the films that an
uninterrupted one would have seen.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.domain import Normalisation
from cxr_core.errors import DataError
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.inference.networks import Head, build_network, network_named
from cxr_core.inference.weights import arrays_of, compact, load_into
from cxr_core.training.augmentation import augment
from cxr_core.training.run_folder import EpochResult, RunFolder
from cxr_core.training.sampling import draw_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import keras
    from numpy.typing import NDArray

    from cxr_core.datasets.collection import Collection
    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Recipe, Stage

_SETTLING_FILMS = 960
_SETTLING_MOMENTUM = 0.9
_EPOCH_DRAW, _AUGMENTATION = 0, 1  # keys that keep the two random streams apart


@dataclass(frozen=True, slots=True)
class StepEvent:
    """Progress inside an epoch; `loss` and `accuracy` are means over the epoch so far."""

    epoch: int
    epochs: int
    step: int
    steps: int
    size: int
    loss: float
    accuracy: float
    films_per_second: float


@dataclass(frozen=True, slots=True)
class Trainer:
    """One run of a recipe in a folder.

    `scale` in (0, 1] shrinks the films per epoch, for a rehearsal; `report` hears every step
    and every finished epoch.
    """

    recipe: Recipe
    collection: Collection
    folder: RunFolder
    report: Callable[[StepEvent | EpochResult], None]
    scale: float = 1.0

    def run(self, *, resume: bool) -> keras.Model:
        """Train to the last epoch, or on from where the folder stands, and export weights.

        Raises
        ------
        DataError
            When the folder holds a run and `resume` is not set, or a run of another recipe, or
            a split is empty.
        """
        self._check_films()
        told = {
            **self.recipe.as_dict(),
            "manifest": self.collection.manifest,
            "scheme": self.collection.scheme,
        }
        self.folder.open(told, self.scale, resume=resume)
        first = 0
        for stage in self.recipe.stages:
            done = len(self.folder.read_history())
            if done < first + stage.epochs:
                self._run_stage(stage, first, max(done, first))
            first += stage.epochs
        stage = self.recipe.stages[-1]
        model = self._compiled(stage, start=first)
        if network_named(self.recipe.network).has_batch_norm:
            settle_batch_norm(model, self._plain_batches(stage.size))
        self._export(model)
        return model

    def _check_films(self) -> None:
        for split in (Split.TRAIN, Split.VALIDATION):
            if not self.collection.of(split).size:
                raise DataError(f"The {split.value} split has no films. Give more data.")

    def _run_stage(self, stage: Stage, first: int, start: int) -> None:
        model = self._compiled(stage, start)
        if start > first:
            self._restore_optimiser(model)
        for epoch in range(start, first + stage.epochs):
            result = self._run_epoch(model, stage, epoch, first)
            history = [*self.folder.read_history(), result]
            self._checkpoint(model, result)
            self._export(model)
            self.folder.write_history(history)
            self.report(result)

    def _compiled(self, stage: Stage, start: int) -> keras.Model:
        """Build the network at the stage's size, with the newest weights the run has."""
        import keras

        recipe = self.recipe
        keras.utils.set_random_seed(recipe.seed + start)
        keras.mixed_precision.set_global_policy(recipe.precision)
        model = build_network(
            network_named(recipe.network),
            Head(classes=len(recipe.classes), dropout=recipe.dropout),
            size=stage.size,
            weights="imagenet" if recipe.starts_from_imagenet and not start else None,
        )
        keras.mixed_precision.set_global_policy("float32")
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.momentum = 0.9  # over a few thousand steps 0.99 lags behind the weights
        optimiser = keras.optimizers.AdamW(
            stage.rate, weight_decay=recipe.weight_decay, global_clipnorm=recipe.gradient_norm
        )
        # Neither a bias nor a batch-norm scale should be pulled towards zero.
        optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=recipe.label_smoothing
        )
        model.compile(optimiser, loss, metrics=["accuracy"], jit_compile=False)
        if start:
            newest = self.folder.checkpoint
            source = newest if newest.is_file() else self.folder.weights
            arrays = self.folder.read_arrays(source)
            names = [name for name in arrays if not name.startswith("optimiser/")]
            load_into(model, {name: arrays[name] for name in names})
        return model

    def _restore_optimiser(self, model: keras.Model) -> None:
        """Take up the optimiser's state; it starts anew where only exported weights remain."""
        if not self.folder.checkpoint.is_file():
            return
        arrays = self.folder.read_arrays(self.folder.checkpoint)
        model.optimizer.build(model.trainable_variables)
        for number, variable in enumerate(model.optimizer.variables):
            variable.assign(arrays[f"optimiser/{number}"])

    def _checkpoint(self, model: keras.Model, result: EpochResult) -> None:
        arrays: dict[str, NDArray[np.generic]] = dict(arrays_of(model))
        for number, variable in enumerate(model.optimizer.variables):
            arrays[f"optimiser/{number}"] = np.asarray(variable)
        self.folder.write_checkpoint(arrays, result)

    def _export(self, model: keras.Model) -> None:
        self.folder.write_arrays(self.folder.weights, compact(arrays_of(model)))

    def _run_epoch(
        self, model: keras.Model, stage: Stage, epoch: int, first: int
    ) -> EpochResult:
        began = time.monotonic()
        batches = self._batches(epoch)
        losses, accuracies = [], []
        films = 0
        for step, batch in enumerate(batches):
            model.optimizer.learning_rate = learning_rate(
                stage, epoch - first + step / len(batches)
            )
            pixels, targets = self._augmented(batch, stage.size, epoch, step)
            logs = model.train_on_batch(pixels, targets, return_dict=True)
            losses.append(float(logs["loss"]))
            accuracies.append(float(logs["accuracy"]))
            films += len(batch)
            self.report(
                StepEvent(
                    epoch=epoch + 1,
                    epochs=sum(each.epochs for each in self.recipe.stages),
                    step=step + 1,
                    steps=len(batches),
                    size=stage.size,
                    loss=float(np.mean(losses)),
                    accuracy=float(np.mean(accuracies)),
                    films_per_second=films / (time.monotonic() - began),
                )
            )
        held_out = self._validate(model, stage.size)
        return EpochResult(
            epoch=epoch + 1,
            size=stage.size,
            loss=float(np.mean(losses)),
            accuracy=float(np.mean(accuracies)),
            validation_loss=held_out[0],
            validation_accuracy=held_out[1],
            seconds=time.monotonic() - began,
        )

    def _batches(self, epoch: int) -> list[NDArray[np.intp]]:
        """Indices into the collection, one array a step; only whole batches."""
        train = self.collection.of(Split.TRAIN)
        films = [self.collection.films[index] for index in train]
        batch = self.recipe.batch
        drawn = draw_epoch(
            [film.label for film in films],
            [film.source for film in films],
            films=max(batch, round(self.recipe.films_per_epoch * self.scale)),
            most_draws=self.recipe.most_draws_per_film,
            random=np.random.default_rng((self.recipe.seed, epoch, _EPOCH_DRAW)),
        )
        whole = max(1, len(drawn) // batch)
        return [train[drawn[step * batch : (step + 1) * batch]] for step in range(whole)]

    def _augmented(
        self, batch: NDArray[np.intp], size: int, epoch: int, step: int
    ) -> tuple[FloatArray, FloatArray]:
        random = np.random.default_rng((self.recipe.seed, epoch, _AUGMENTATION, step))
        squares = [
            augment(square, self.recipe.augmentation, random)
            for square in self._squares(batch, size)
        ]
        return self._normalised(np.stack(squares)), self._targets(batch)

    def _squares(self, indices: NDArray[np.intp], size: int) -> FloatArray:
        stored, slots = self.collection.squares, self.collection.slots
        return np.stack(
            [
                to_square(stored[slots[i]].astype(np.float32) / np.float32(255.0), size)
                for i in indices
            ]
        )

    def _normalised(self, squares: FloatArray) -> FloatArray:
        return normalise(squares, Normalisation(self.recipe.normalisation))

    def _targets(self, indices: NDArray[np.intp]) -> FloatArray:
        labels = [self.recipe.classes.index(self.collection.films[i].label) for i in indices]
        return np.eye(len(self.recipe.classes), dtype=np.float32)[labels]

    def _plain_batches(self, size: int) -> Iterator[FloatArray]:
        """Balanced training films without augmentation, a few dozen batches."""
        wanted = math.ceil(_SETTLING_FILMS * self.scale / self.recipe.batch)
        for batch in self._batches(epoch=0)[:wanted]:
            yield self._normalised(self._squares(batch, size))

    def _validate(self, model: keras.Model, size: int) -> tuple[float, float]:
        """Cross-entropy and accuracy on the plain validation films."""
        indices = self.collection.of(Split.VALIDATION)
        truth = self._targets(indices)
        logits = np.concatenate(
            [
                model.predict_on_batch(self._normalised(self._squares(batch, size)))
                for batch in np.array_split(indices, math.ceil(len(indices) / 32))
            ]
        )
        log_sum = np.log(np.exp(logits - logits.max(axis=1, keepdims=True)).sum(axis=1))
        likelihood = (logits * truth).sum(axis=1) - logits.max(axis=1) - log_sum
        right = logits.argmax(axis=1) == truth.argmax(axis=1)
        return float(-likelihood.mean()), float(right.mean())


def settle_batch_norm(model: keras.Model, batches: Iterable[FloatArray]) -> None:
    """Let batch-norm statistics follow plain films, at a learning rate of zero.

    During training they followed augmented films and moving weights. `batches` are network
    inputs, float32 (films, size, size, 3); no weight but the statistics changes.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = _SETTLING_MOMENTUM
    model.compile(keras.optimizers.SGD(0.0), keras.losses.MeanSquaredError(), jit_compile=False)
    for pixels in batches:
        unused = np.zeros((len(pixels), *model.output_shape[1:]), np.float32)
        model.train_on_batch(pixels, unused)


def learning_rate(stage: Stage, progress: float) -> float:
    """Rate after `progress` epochs of a stage: linear warm-up, then a half cosine."""
    if progress < stage.warm_up_epochs:
        return stage.rate * max(progress / stage.warm_up_epochs, 0.01)
    share = (progress - stage.warm_up_epochs) / (stage.epochs - stage.warm_up_epochs)
    return (
        stage.last_rate + (stage.rate - stage.last_rate) * (1 + math.cos(math.pi * share)) / 2
    )
