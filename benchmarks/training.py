"""What a frozen recipe costs when its backbone runs once, against `model.fit` over the films.

The recipe is a paper's own: soares2020's ResNet50, 80 epochs at 237 pixels in which nothing but
the last layer trains. Both ways begin with the same weights and see the same films in the same
order, in one process, one after the other:

fit     `model.fit` over the images, the backbone frozen, for --fit-epochs epochs; a whole run's
        time is that of the first epoch and then of the mean of the others
engine  the recipe as `train` runs it: features once, then all epochs on them

Accuracy is measured on at least 500 test films of patients whom neither the run nor its first
weights have seen: of both ways after --fit-epochs epochs, and of the engine after all of them.
The last line of the output is JSON.

example: python -m benchmarks.training --manifest manifest
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from cxr_core.cli.films import add_films, films_of
from cxr_core.datasets.collection import Collection, Dealing
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.schemes import PATIENTS
from cxr_core.datasets.splits import Split
from cxr_core.inference.runtime import start_backend
from cxr_core.inference.weights import load_backbone
from cxr_core.recipes.recipe import load_study
from cxr_core.settings import Settings
from cxr_core.training.determinism import make_deterministic
from cxr_core.training.engine import Trainer
from cxr_core.training.inputs import Deck, FilmInputs
from cxr_core.training.optimisers import build_optimiser
from cxr_core.training.run_folder import RunFolder
from cxr_core.training.stage import freeze
from cxr_core.use_cases.collecting import open_collection
from cxr_core.use_cases.seen import seen_groups
from cxr_core.use_cases.starting import Origin, adopted, open_origin
from cxr_core.use_cases.studying import wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FloatArray
    from cxr_core.recipes.recipe import Recipe

_TEST_FILMS = 500
_BATCH = 32


def main() -> None:
    """Time both ways, judge both, and print a table and JSON."""
    options = _options()
    settings = Settings.from_environment()
    start_backend(settings.threads)
    recipe = load_study(options.recipe).run(options.run).recipe
    origin = open_origin(options.start, recipe)
    recipe = replace(adopted(recipe, origin), precision="float32")
    films = replace(films_of(options, settings), dealing=Dealing(PATIENTS, wanted(recipe)))
    manifest, collection = open_collection(
        films, LabelSpace(recipe.classes), lambda done, total: None
    )
    unseen = _unseen_tests(collection, seen_groups(manifest.films, origin.seen))
    task = Task(recipe, collection, origin)
    seconds, fitted = task.fit(options.fit_epochs)
    whole = seconds[0] + (recipe.epochs - 1) * float(np.mean(seconds[1:]))
    short, _ = task.train(_with_epochs(recipe, options.fit_epochs))
    full, engine_seconds = task.train(recipe)
    results = {
        "recipe": f"{options.recipe} {options.run}",
        "films": len(Deck(collection, recipe).films()),
        "epochs": recipe.epochs,
        "fit_epochs": options.fit_epochs,
        "fit_epoch_s": [round(each, 1) for each in seconds],
        "fit_whole_s": round(whole, 1),
        "engine_whole_s": round(engine_seconds, 1),
        "times_faster": round(whole / engine_seconds, 1),
        "test_films": len(unseen),
        "fit_accuracy": task.accuracy(fitted, unseen),
        "engine_accuracy": task.accuracy(short, unseen),
        "engine_accuracy_whole": task.accuracy(full, unseen),
    }
    _print(results)


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """One recipe on one collection, from one start."""

    recipe: Recipe
    collection: Collection
    origin: Origin

    def fit(self, epochs: int) -> tuple[list[float], keras.Model]:
        """Train as most scripts do; return the seconds of every epoch, and the network."""
        with tempfile.TemporaryDirectory() as folder:
            trainer = self._trainer(self.recipe, Path(folder))
            make_deterministic()
            stage = self.recipe.stages[-1]
            model = _built(trainer, self.origin)
            freeze(model, self.recipe, stage)
            model.compile(
                build_optimiser(self.recipe.optimiser, stage.rate),
                keras.losses.CategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
            )
            clock = _EpochClock()
            deck = Deck(self.collection, self.recipe)
            inputs = FilmInputs(self.collection, self.recipe, stage.size)
            held_out = self.collection.of(Split.VALIDATION)
            validation = (inputs.plain(held_out), deck.targets(held_out))
            # One call an epoch: Keras reads ahead, so a data set cannot tell which epoch it is.
            for epoch in range(epochs):
                model.fit(
                    _Batches(deck, inputs, epoch),
                    initial_epoch=epoch,
                    epochs=epoch + 1,
                    shuffle=False,
                    validation_data=validation,
                    callbacks=[clock],
                    verbose=2,
                )
        return clock.seconds, model

    def train(self, recipe: Recipe) -> tuple[keras.Model, float]:
        """Train as `train` does; return the network and the seconds it took."""
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            model = self._trainer(recipe, Path(folder)).run(resume=False)
            return model, time.perf_counter() - began

    def accuracy(self, model: keras.Model, films: Sequence[int]) -> float:
        """Share of films in [0, 1] whose likeliest class is the right one."""
        inputs = FilmInputs(self.collection, self.recipe, self.recipe.stages[-1].size)
        deck = Deck(self.collection, self.recipe)
        right = 0
        for batch in np.array_split(np.asarray(films), math.ceil(len(films) / _BATCH)):
            logits = np.asarray(model.predict_on_batch(inputs.plain(batch)))
            right += int((logits.argmax(1) == deck.targets(batch).argmax(1)).sum())
        return round(right / len(films), 4)

    def _trainer(self, recipe: Recipe, folder: Path) -> Trainer:
        run = RunFolder(folder / "run")
        return Trainer(recipe, self.collection, run, lambda _: None, 1.0, self.origin.start)


class _EpochClock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.seconds.append(time.perf_counter() - self._began)


class _Batches(keras.utils.PyDataset):
    """The films of an epoch, in the order in which the engine takes them."""

    def __init__(self, deck: Deck, inputs: FilmInputs, epoch: int) -> None:
        super().__init__()
        self._deck, self._inputs, self._batches = deck, inputs, deck.batches(epoch)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, step: int) -> tuple[FloatArray, FloatArray]:
        batch = self._batches[step]
        return self._inputs.plain(batch), self._deck.targets(batch)


def _built(trainer: Trainer, origin: Origin) -> keras.Model:
    """Build what the engine would begin with: the same seed, the same backbone."""
    from cxr_core.inference.networks import build_network

    keras.utils.set_random_seed(trainer.recipe.seed)
    model = build_network(trainer.blueprint(trainer.recipe.stages[-1].size))
    if origin.start.backbone is not None:
        load_backbone(model, origin.start.backbone)
    return model


def _with_epochs(recipe: Recipe, epochs: int) -> Recipe:
    (stage,) = recipe.stages
    return replace(recipe, stages=(replace(stage, epochs=epochs),))


def _unseen_tests(collection: Collection, seen: set[str]) -> list[int]:
    films = [int(i) for i in collection.of(Split.TEST) if collection.films[i].group not in seen]
    if len(films) < _TEST_FILMS:
        raise SystemExit(f"{len(films)} unseen test films; at least {_TEST_FILMS} are needed.")
    chosen = np.random.default_rng(0).permutation(films)[:_TEST_FILMS]
    return sorted(int(each) for each in chosen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_films(parser)
    parser.add_argument("--recipe", default="soares2020", help="a paper's (soares2020)")
    parser.add_argument("--run", default="resnet50", help="run of it (resnet50)")
    parser.add_argument(
        "--start",
        type=Path,
        default=Path("models/resnet50"),
        help="version or run to start from (models/resnet50)",
    )
    parser.add_argument(
        "--fit-epochs", type=int, default=3, help="epochs of model.fit, at least 2 (3)"
    )
    return parser.parse_args()


def _print(results: dict[str, Any]) -> None:
    print(f"{results['recipe']}: {results['epochs']} epochs of {results['films']} films")
    print(f"fit     {results['fit_whole_s']:8.1f} s, from {results['fit_epoch_s']}")
    print(f"engine  {results['engine_whole_s']:8.1f} s, {results['times_faster']} times faster")
    print(
        f"after {results['fit_epochs']} epochs, on {results['test_films']} test films: fit "
        f"{results['fit_accuracy']:.3f}, engine {results['engine_accuracy']:.3f}; after all "
        f"epochs, engine {results['engine_accuracy_whole']:.3f}"
    )
    print(json.dumps(results))


if __name__ == "__main__":
    main()
