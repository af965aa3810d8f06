"""The training engine: a recipe and a collection in, a network that reads films out.

Plain Keras 3, so that the same code runs on TensorFlow, JAX or PyTorch. The random state of
every step follows from (seed, epoch, step) and every epoch ends in a checkpoint, so a run that
was killed at any moment goes on from its last whole epoch and ends with the very bits of a run
that was not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.inference.networks import Blueprint, build_network
from cxr_core.inference.weights import arrays_of, compact, load_backbone, load_into
from cxr_core.training.determinism import make_deterministic
from cxr_core.training.inputs import Deck, FilmInputs, grey_statistics
from cxr_core.training.precision import paying_precision
from cxr_core.training.run_folder import RunFolder
from cxr_core.training.schedules import snapshot_epochs
from cxr_core.training.settling import set_momentum, settle_batch_norm, trains_batch_norm
from cxr_core.training.stage import StageRun, freeze
from cxr_core.training.tensorboard import BoardLog
from cxr_core.training.watching import Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import keras
    from numpy.typing import NDArray

    from cxr_core.datasets.collection import Collection
    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Recipe
    from cxr_core.training.events import Event

_SETTLING_FILMS = 960


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What a network begins with.

    `imagenet` is what `build_network` takes as weights; `backbone` the arrays of an earlier
    run of the same architecture, whose head is left alone. Neither means at random.
    """

    imagenet: str | Path | None = None
    backbone: Mapping[str, NDArray[np.floating[Any]]] | None = None

    @property
    def is_random(self) -> bool:
        """True when nothing was learnt before."""
        return self.imagenet is None and self.backbone is None


@dataclass(frozen=True, slots=True)
class Trainer:
    """One run of a recipe in a folder.

    `scale` in (0, 1] thins the training films out, for a rehearsal; `report` hears everything,
    and may raise to cancel: the run goes on from its last whole epoch when it is resumed.
    `watches` asks for pictures of what the network looks at, epoch by epoch.
    """

    recipe: Recipe
    collection: Collection
    folder: RunFolder
    report: Callable[[Event], None]
    scale: float = 1.0
    start: Start = field(default_factory=Start)
    watches: bool = False

    def run(self, *, resume: bool) -> keras.Model:
        """Train to the last epoch, or on from where the folder stands, and export weights.

        Raises
        ------
        DataError
            When the folder holds a run and `resume` is not set, or a run of another recipe, or
            a split is empty, or the recipe would freeze what was never trained.
        """
        self._check()
        make_deterministic()
        told = {
            **self.recipe.as_dict(),
            "manifest": self.collection.manifest,
            "scheme": self.collection.scheme,
            "trained_in": self._precision(),
        }
        self.folder.open(told, self.scale, resume=resume)
        deck = Deck(self.collection, self.recipe, self.scale)
        board = BoardLog(self.folder.board, self.folder.read_history())
        watcher = Watcher(self.folder, self.recipe, deck) if self.watches else None
        first = 0
        for number, stage in enumerate(self.recipe.stages, start=1):
            done = len(self.folder.read_history())
            if done < first + stage.epochs:
                model = self._model_at(number, first)
                StageRun(self.recipe, deck, self.folder, self.report, board, watcher).run(
                    model, number, first
                )
            self.folder.drop_features()  # even those that a killed process left behind
            first += stage.epochs
        board.close()
        return self._finish(deck)

    def blueprint(self, size: int) -> Blueprint:
        """Describe the network as the recipe wants it, at one input size."""
        recipe, head = self.recipe, self.recipe.head
        return Blueprint(
            network=recipe.network,
            classes=len(recipe.classes),
            size=size,
            hidden=head.hidden,
            dropout=head.dropout,
            l2=head.l2,
            pooling=head.pooling,
            output=head.output,
            kernel=recipe.kernel,
            scaling=self._scaling(),
        )

    def _scaling(self) -> tuple[float, float] | None:
        """Mean and deviation of the training films, where the recipe standardises by them."""
        if self.recipe.normalisation != "dataset":
            return None
        deck = Deck(self.collection, self.recipe, self.scale)
        mean, deviation = grey_statistics(self.collection, deck.films())
        return round(mean, 6), round(deviation, 6)

    def _precision(self) -> str:
        """Return what the run began in: a resumed one must not change over."""
        begun = self.folder.read_recipe().get("trained_in")
        return str(begun) if begun else paying_precision(self.recipe.precision)

    def _check(self) -> None:
        for split in (Split.TRAIN, Split.VALIDATION):
            if not self.collection.of(split).size:
                raise DataError(f"The {split.value} split has no films. Give more data.")
        if self.start.is_random and self.recipe.stages[0].trains != "all":
            raise DataError(
                f"Recipe {self.recipe.name} freezes a part of {self.recipe.network}, which has "
                "no weights yet. Give an earlier run or ImageNet weights to start from: a "
                "randomly initialised part is never frozen."
            )

    def _model_at(self, number: int, first: int) -> keras.Model:
        """Build a stage's network with the weights that it began with."""
        path = self.folder.stage_start(number)
        if path.is_file():
            model = self._built(number)
            load_into(model, self.folder.read_arrays(path))
        elif number == 1:
            model = self._built(number, self.start)
            if self.start.backbone is not None:
                load_backbone(model, self.start.backbone)
        else:
            model = self._built(number)
            load_into(model, self._state(number - 1, self.folder.checkpoint))
        self.folder.write_arrays(path, arrays_of(model))
        return model

    def _built(self, number: int, start: Start | None = None) -> keras.Model:
        import keras

        stage = self.recipe.stages[number - 1]
        keras.utils.set_random_seed(self.recipe.seed)
        keras.mixed_precision.set_global_policy(self._precision())
        try:
            imagenet = start.imagenet if start is not None else None
            model = build_network(self.blueprint(stage.size), weights=imagenet)
        finally:
            keras.mixed_precision.set_global_policy("float32")
        set_momentum(model)
        return model

    def _state(self, number: int, path: Path) -> dict[str, NDArray[Any]]:
        """All weights after (a part of) a stage: what it began with, and what it trained."""
        begun = self.folder.read_arrays(self.folder.stage_start(number))
        trained = self.folder.read_arrays(path)
        kept = {name: array for name, array in trained.items() if name in begun}
        return {**begun, **kept}

    def _finish(self, deck: Deck) -> keras.Model:
        """Export the chosen epoch's network, and every member of an ensemble."""
        last = len(self.recipe.stages)
        stage = self.recipe.stages[-1]
        before = sum(each.epochs for each in self.recipe.stages[:-1])
        for number, epoch in enumerate(snapshot_epochs(stage), start=1):
            model = self._settled(deck, self.folder.snapshot(before + epoch))
            self.folder.write_arrays(self.folder.member(number), compact(arrays_of(model)))
        chosen = self.folder.checkpoint
        if self.recipe.keep != "last" and self.folder.best.is_file():
            chosen = self.folder.best
        if not self.folder.stage_start(last).is_file():
            model = self._built(last)
            load_into(model, self.folder.read_arrays(self.folder.weights))
            return model
        model = self._settled(deck, chosen)
        self.folder.write_arrays(self.folder.weights, compact(arrays_of(model)))
        return model

    def _settled(self, deck: Deck, state: Path) -> keras.Model:
        number, stage = len(self.recipe.stages), self.recipe.stages[-1]
        model = self._built(number)
        load_into(model, self._state(number, state))
        freeze(model, self.recipe, stage)
        if trains_batch_norm(model):
            settle_batch_norm(model, self._plain_batches(deck, stage.size))
        return model

    def _plain_batches(self, deck: Deck, size: int) -> Iterator[FloatArray]:
        """Training films without augmentation, a few dozen batches."""
        films = FilmInputs(self.collection, self.recipe, size)
        wanted = math.ceil(_SETTLING_FILMS * self.scale / self.recipe.batch)
        for batch in deck.batches(epoch=0)[:wanted]:
            yield films.plain(batch)
