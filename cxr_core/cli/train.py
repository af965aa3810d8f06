"""`train`: run a recipe, or a whole published study, and leave a version in a folder."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.cli.films import add_films, films_of
from cxr_core.cli.parsing import print_table, share
from cxr_core.cli.training_bar import TrainingBar, cancel_promptly
from cxr_core.datasets.collection import Dealing
from cxr_core.datasets.schemes import NAIVE, PATIENTS
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.inference.runtime import start_backend
from cxr_core.recipes.recipe import load_study, recipe_names
from cxr_core.registry.catalogue import Catalogue
from cxr_core.training.devices import spread_over_devices
from cxr_core.use_cases.retraining import Order, train_version
from cxr_core.use_cases.starting import STAGE_A
from cxr_core.use_cases.studying import (
    STUDY_NAME,
    Beginning,
    StudyOrder,
    origin_of,
    run_study,
    wanted,
)

if TYPE_CHECKING:
    import argparse

    from cxr_core.recipes.recipe import Study
    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "train",
        help="train a network as a recipe says",
        description=f"Train a network. Recipes: {', '.join(recipe_names())}, or a TOML file. A "
        "recipe of a paper is run twice, with its naive dealing of images and dealt by "
        f"patient, and leaves {STUDY_NAME}; --scheme trains one network instead.",
        epilog="example: python -m cxr_core train resnet50 --manifest films --out runs/mine",
    )
    parser.add_argument("recipe", metavar="RECIPE")
    add_films(parser)
    parser.add_argument(
        "--run",
        dest="runs",
        action="append",
        metavar="NAME",
        help="only this run of the recipe; may be given several times",
    )
    parser.add_argument(
        "--scheme",
        help=f"train one network, its films dealt so: {PATIENTS} (the manifest's own split), "
        f"fold:K/N, without:SOURCE, or {NAIVE}, image by image as the ancestors did, which "
        f"leaks ({NAIVE}:VALIDATION/TEST and {NAIVE}-fold:K/N likewise)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="run folder; its name is the model's"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the last whole epoch"
    )
    parser.add_argument(
        "--scale",
        type=share,
        default=1.0,
        metavar="S",
        help="share of the epochs and of the films, for a rehearsal",
    )
    _add_start(parser)
    parser.set_defaults(run=run)


def _add_start(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--start",
        type=Path,
        metavar="PATH",
        help="first weights: an earlier run's folder, a version's name, or a Keras file of "
        "ImageNet weights without the top",
    )
    parser.add_argument(
        "--stage-a",
        default=STAGE_A,
        metavar="RECIPE",
        help="recipe of the network that is trained first where ImageNet weights are not to be "
        f"had (default: {STAGE_A})",
    )
    parser.add_argument(
        "--start-scale", type=share, metavar="S", help="scale of that one (default: --scale)"
    )
    parser.add_argument(
        "--starts",
        type=Path,
        metavar="FOLDER",
        help="where such networks are kept and found again (default: OUT/starts)",
    )


def first_weights(given: Path, settings: Settings) -> Path:
    """Return the folder of a version where one is named, and no file is of that name."""
    if given.exists() or given.name != str(given):
        return given
    catalogue = Catalogue(settings.models_dir, versions=settings.versions_dir)
    known = {entry.name: entry.folder for entry in catalogue.entries()}
    return known.get(given.name, given)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Train, publish, and judge on the test split."""
    study = load_study(options.recipe)
    if options.runs:
        study = replace(study, runs=tuple(study.run(name) for name in options.runs))
    if options.scheme is not None:
        _check_one(study)
    start_backend(settings.threads)
    spread_over_devices()
    order = Order(
        recipe=study.runs[0].recipe,
        films=films_of(options, settings),
        folder=options.out,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=_command(options),
        resume=options.resume,
        scale=options.scale,
    )
    beginning = Beginning(
        given=None if options.start is None else first_weights(options.start, settings),
        downloads=settings.data_dir / "imagenet",
        stage_a=options.stage_a,
        scale=options.start_scale or options.scale,
        folder=options.starts or options.out / "starts",
    )
    limits = Limits(settings.max_file_bytes, settings.max_pixels)
    with cancel_promptly(), TrainingBar() as bar:
        if options.scheme is None and (study.runs[0].recipe.paper or len(study.runs) > 1):
            told = run_study(StudyOrder(study, order, beginning), limits, bar)
            _print_study(told)
            return 0
        dealing = Dealing(options.scheme or PATIENTS, wanted(order.recipe))
        order = replace(order, films=replace(order.films, dealing=dealing))
        origin = origin_of(order, beginning, bar)
        judgement = train_version(replace(order, origin=origin), limits, bar)
    accuracy = judgement.evaluation.accuracy
    print(
        f"{options.out}: accuracy {_interval(accuracy.value, accuracy.low, accuracy.high)} on "
        f"{judgement.evaluation.films} held-out films"
    )
    return 0


def _check_one(study: Study) -> None:
    if len(study.runs) > 1:
        raise DataError(
            f"--scheme trains one network, and {study.recipe} has {len(study.runs)} runs. "
            f"Choose one with --run, of {', '.join(run.name for run in study.runs)}."
        )


def _print_study(told: dict[str, Any]) -> None:
    """Print what the paper reports beside what came out, a line a run."""
    rows = []
    for row in told["rows"]:
        reported = row["reported"].get("accuracy")
        shown = [
            f"{result['accuracy']:.3f} ({result['films']} films)" if result else ""
            for result in (row["naive"], row["honest"])
        ]
        rows.append((row["run"], "" if reported is None else reported, *shown))
    print_table(("run", "reported", "naive", "by patient"), rows, as_json=False)


def _interval(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return "not known"
    return f"{value:.3f} (95 % interval {low:.3f} to {high:.3f})"


def _command(options: argparse.Namespace) -> str:
    """What was typed, with paths shortened: a version should not tell of a home folder."""
    words = [
        "python -m cxr_core train",
        Path(options.recipe).name,
        f"--manifest {_last_part(options.manifest)} --out {_last_part(options.out)}",
    ]
    words += [f"--run {name}" for name in options.runs or ()]
    if options.scheme is not None:
        words.append(f"--scheme {options.scheme}")
    if options.scale < 1:
        words.append(f"--scale {options.scale:g}")
    if options.start is not None:
        words.append(f"--start {_last_part(options.start)}")
    if options.stage_a != STAGE_A:
        words.append(f"--stage-a {Path(options.stage_a).name}")
    if options.start_scale is not None:
        words.append(f"--start-scale {options.start_scale:g}")
    return " ".join(words)


def _last_part(path: Path | None) -> str:
    return "manifest" if path is None else path.resolve().name
