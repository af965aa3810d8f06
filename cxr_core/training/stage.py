"""One stage of a training: its epochs, from wherever they were left, each in a checkpoint."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.metrics import area_under_roc
from cxr_core.inference.networks import POOLINGS, network_named
from cxr_core.inference.weights import arrays_of, load_into
from cxr_core.training.determinism import reseed_dropout
from cxr_core.training.events import EpochResult, Pace, StepEvent
from cxr_core.training.features import FeatureBank, split_at
from cxr_core.training.inputs import FilmInputs
from cxr_core.training.optimisers import build_optimiser
from cxr_core.training.schedules import learning_rate, snapshot_epochs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import keras
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Recipe, Stage
    from cxr_core.training.events import Event
    from cxr_core.training.inputs import Deck, Inputs
    from cxr_core.training.run_folder import RunFolder
    from cxr_core.training.tensorboard import BoardLog
    from cxr_core.training.watching import Watcher

    Indices = NDArray[np.intp]
    Batch = tuple[FloatArray, FloatArray, FloatArray | None]

_READING_BATCH = 32


@dataclass(slots=True)
class _Means:
    """Loss and accuracy over the films of an epoch so far: Keras tells those of a batch."""

    films: int = 0
    loss: float = math.nan
    accuracy: float = math.nan

    def add(self, films: int, loss: float, accuracy: float) -> None:
        before = self.films
        self.films += films
        share = films / self.films
        self.loss = loss if not before else self.loss + share * (loss - self.loss)
        gain = accuracy - self.accuracy
        self.accuracy = accuracy if not before else self.accuracy + share * gain


@dataclass(frozen=True, slots=True)
class StageRun:
    """Runs the epochs of stages of one run; `board` hears every epoch, `watcher` looks on."""

    recipe: Recipe
    deck: Deck
    folder: RunFolder
    report: Callable[[Event], None]
    board: BoardLog
    watcher: Watcher | None = None

    def run(self, model: keras.Model, number: int, first: int) -> None:
        """Train `model`, which is as stage `number` began, after `first` epochs of others."""
        stage = self.recipe.stages[number - 1]
        done = len(self.folder.read_history())
        began = time.monotonic()
        trained, inputs = self._parts(model, number, stage)
        self._compile(trained, stage)
        if done > first:
            self._restore(trained)
        for epoch in range(done, first + stage.epochs):
            result = self._epoch(trained, inputs, number, epoch, first)
            self._keep(trained, result, first)
            self.folder.write_seconds(result.epoch, time.monotonic() - began)
            began = time.monotonic()
            self.board.write(result)
            if self.watcher is not None:
                self.watcher.look(model, result)
            self.report(result)

    def _parts(
        self, model: keras.Model, number: int, stage: Stage
    ) -> tuple[keras.Model, Inputs]:
        """Return what trains and what it sees: features, where a part is frozen."""
        films = FilmInputs(self.deck.collection, self.recipe, stage.size)
        cut = freeze(model, self.recipe, stage)
        if cut is None:
            return model, films
        frozen, trained = split_at(model, cut)
        bank = FeatureBank(
            self.folder.features(number),
            films,
            self.recipe.augmentation.views,
            number,
            self.report,
        )
        held_out = self.deck.collection.of(Split.VALIDATION)
        return trained, bank.fill(frozen, self.deck.films(), held_out)

    def _compile(self, model: keras.Model, stage: Stage) -> None:
        import keras

        loss = keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=self.recipe.label_smoothing
        )
        optimiser = build_optimiser(self.recipe.optimiser, stage.rate)
        model.compile(optimiser, loss, metrics=["accuracy"], jit_compile=False)
        optimiser.build(model.trainable_variables)

    def _restore(self, model: keras.Model) -> None:
        """Take up weights and optimiser as the newest checkpoint has them."""
        arrays = self.folder.read_arrays(self.folder.checkpoint)
        load_into(model, {name: arrays[name] for name in arrays_of(model)})
        for number, variable in enumerate(model.optimizer.variables):
            variable.assign(arrays[f"optimiser/{number}"])

    def _epoch(
        self, model: keras.Model, inputs: Inputs, number: int, epoch: int, first: int
    ) -> EpochResult:
        stage = self.recipe.stages[number - 1]
        batches = self.deck.batches(epoch)
        means, rate, pace = _Means(), stage.rate, Pace()
        reseed_dropout(model, self.recipe.seed, epoch)
        prepared = _ahead(
            lambda step: self._batch(inputs, batches[step], epoch, step), len(batches)
        )
        for step, (pixels, targets, weights) in enumerate(prepared):
            rate = learning_rate(stage, epoch - first + step / len(batches))
            model.optimizer.learning_rate = rate
            logs = model.train_on_batch(
                pixels, targets, sample_weight=weights, return_dict=True
            )
            means.add(len(pixels), float(logs["loss"]), float(logs["accuracy"]))
            speed = pace.per_second(means.films)
            to_come = (first + stage.epochs - epoch) * len(batches) - step - 1
            self.report(
                StepEvent(
                    stage=number,
                    epoch=epoch + 1,
                    epochs=self.recipe.epochs,
                    step=step + 1,
                    steps=len(batches),
                    size=stage.size,
                    learning_rate=rate,
                    loss=means.loss,
                    accuracy=means.accuracy,
                    films_per_second=speed,
                    seconds_left=to_come * self.recipe.batch / speed,
                )
            )
        held_out = self._validate(model, inputs)
        trained = (means.films, rate, means.loss, means.accuracy)
        return EpochResult(epoch + 1, number, stage.size, *trained, *held_out)

    def _batch(self, inputs: Inputs, batch: Indices, epoch: int, step: int) -> Batch:
        pixels = inputs.training(batch, epoch, step)
        return pixels, self.deck.targets(batch), self.deck.weights(batch)

    def _validate(
        self, model: keras.Model, inputs: Inputs
    ) -> tuple[float, float, float | None]:
        """Cross-entropy, accuracy and mean AUC on the plain validation films."""
        indices = self.deck.collection.of(Split.VALIDATION)
        truth = self.deck.targets(indices)
        logits = np.concatenate(
            [
                np.asarray(model.predict_on_batch(inputs.plain(batch)))
                for batch in np.array_split(indices, math.ceil(len(indices) / _READING_BATCH))
            ]
        ).astype(np.float64)
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        right = logits.argmax(axis=1) == truth.argmax(axis=1)
        areas = [
            area_under_roc(log_probability[:, place], truth[:, place] > 0)
            for place in range(truth.shape[1])
        ]
        known = [area for area in areas if area is not None]
        area = float(np.mean(known)) if len(known) == len(areas) else None
        return float(-(log_probability * truth).sum(axis=1).mean()), float(right.mean()), area

    def _keep(self, model: keras.Model, result: EpochResult, first: int) -> None:
        """Write the best epoch and the snapshot before the checkpoint that vouches for them.

        An epoch that a kill makes run again writes the same bits again.
        """
        history = [*self.folder.read_history()[: result.epoch - 1], result]
        weights = arrays_of(model)
        stage = self.recipe.stages[result.stage - 1]
        is_last = result.stage == len(self.recipe.stages)
        if is_last and _is_best(self.recipe.keep, history[first:]):
            self.folder.write_arrays(self.folder.best, weights)
        if result.epoch - first in snapshot_epochs(stage):
            self.folder.write_arrays(self.folder.snapshot(result.epoch), weights)
        arrays: dict[str, NDArray[Any]] = dict(weights)
        for number, variable in enumerate(model.optimizer.variables):
            arrays[f"optimiser/{number}"] = np.asarray(variable)
        self.folder.write_checkpoint(arrays, result)
        self.folder.write_history(history)


def freeze(model: keras.Model, recipe: Recipe, stage: Stage) -> str | None:
    """Freeze what a stage does not train; return the layer after which training begins.

    None when everything trains.

    Raises
    ------
    DataError
        When the network has no block of that name.
    """
    if stage.trains == "all":
        return None
    network = network_named(recipe.network)
    if stage.trains == "head":
        cut = POOLINGS[recipe.head.pooling]
    elif stage.trains in network.blocks:
        cut = network.blocks[stage.trains]
    else:
        raise DataError(
            f"{network.name} has no block {stage.trains!r} to train from; expected all, head "
            f"or one of {', '.join(network.blocks)}."
        )
    frozen, _ = split_at(model, cut)
    for layer in frozen.layers:
        layer.trainable = False
    return cut


def _is_best(keep: str, history: Sequence[EpochResult]) -> bool:
    """Tell whether the last row is better than every row before; the first of equals wins."""
    *earlier, last = history
    if keep == "best_accuracy":
        return all(last.validation_accuracy > row.validation_accuracy for row in earlier)
    if keep == "best_loss":
        return all(last.validation_loss < row.validation_loss for row in earlier)
    return False


def _ahead(make: Callable[[int], Batch], count: int) -> Iterator[Batch]:
    """Yield make(0), make(1), ..., the next one in the making while this one is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = pool.submit(make, 0)
        for step in range(count):
            batch = upcoming.result()
            if step + 1 < count:
                upcoming = pool.submit(make, step + 1)
            yield batch
