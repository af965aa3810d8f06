"""`train`: run a recipe on a manifest's films and leave a version in a folder."""

from __future__ import annotations

import datetime
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from cxr_core.cli.films import add_films, films_of
from cxr_core.cli.parsing import share
from cxr_core.datasets.schemes import NAIVE, PATIENTS
from cxr_core.imaging.decode import Limits
from cxr_core.inference.runtime import start_backend
from cxr_core.recipes.recipe import load_recipe, recipe_names
from cxr_core.training.engine import StepEvent
from cxr_core.training.run_folder import EpochResult
from cxr_core.use_cases.retraining import Order, train_version

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "train",
        help="train a network as a recipe says",
        description=f"Train a network. Recipes: {', '.join(recipe_names())}, or a TOML file.",
        epilog="example: python -m cxr_core train resnet50 --manifest films --out runs/mine",
    )
    parser.add_argument("recipe", metavar="RECIPE")
    add_films(parser)
    parser.add_argument(
        "--scheme",
        default=PATIENTS,
        help=f"how films are dealt: {PATIENTS} (default, the manifest's own split), fold:K/N, "
        f"without:SOURCE, or {NAIVE}, image by image as the ancestors did, which leaks",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="run folder; its name is the model's"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the last whole epoch"
    )
    parser.add_argument(
        "--scale", type=share, default=1.0, metavar="S", help="share of each epoch's films"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Train, publish, and judge on the test split."""
    recipe = load_recipe(options.recipe)
    start_backend(settings.threads)
    order = Order(
        recipe=recipe,
        films=replace(films_of(options, settings), scheme=options.scheme),
        folder=options.out,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=_command(options),
        resume=options.resume,
        scale=options.scale,
    )
    limits = Limits(settings.max_file_bytes, settings.max_pixels)
    judgement = train_version(order, limits, _Terminal())
    accuracy = judgement.evaluation.accuracy
    print(
        f"{options.out}: accuracy {accuracy.value:.3f} (95 % interval {accuracy.low:.3f} to "
        f"{accuracy.high:.3f}) on {judgement.evaluation.films} held-out films"
    )
    return 0


def _command(options: argparse.Namespace) -> str:
    """What was typed, with paths shortened: a version should not tell of a home folder."""
    words = (
        f"python -m cxr_core train {Path(options.recipe).name} "
        f"--manifest {_last_part(options.manifest)} --out {_last_part(options.out)}"
    )
    if options.scheme != PATIENTS:
        words += f" --scheme {options.scheme}"
    return words + (f" --scale {options.scale}" if options.scale < 1 else "")


def _last_part(path: Path | None) -> str:
    return "manifest" if path is None else path.resolve().name


class _Terminal:
    """Shows training events: a bar on a terminal, a line per epoch anywhere."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, event: StepEvent | EpochResult | str) -> None:
        if isinstance(event, StepEvent):
            self._advance(event)
            return
        if self._bar is not None:
            self._bar.close()
            self._bar = None
        print(_sentence(event) if isinstance(event, EpochResult) else event, file=sys.stderr)

    def _advance(self, event: StepEvent) -> None:
        title = f"epoch {event.epoch}/{event.epochs} at {event.size}"
        if self._bar is None:
            self._bar = tqdm(
                total=event.steps, desc=title, unit="step", file=sys.stderr, disable=None
            )
        self._bar.set_postfix(loss=f"{event.loss:.3f}", accuracy=f"{event.accuracy:.3f}")
        self._bar.update(event.step - self._bar.n)


def _sentence(result: EpochResult) -> str:
    return (
        f"epoch {result.epoch} at {result.size}: loss {result.loss:.3f}, accuracy "
        f"{result.accuracy:.3f}; validation {result.validation_loss:.3f}, "
        f"{result.validation_accuracy:.3f}; {result.seconds:.0f} s"
    )
