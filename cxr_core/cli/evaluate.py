"""`evaluate`: judge an installed version on the films that its recipe held out.

The split is that of the same folder of releases: with other films under the root, patients can
be dealt differently, and films that the version was trained on can count as held out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from cxr_core.datasets.collection import collect
from cxr_core.datasets.splits import Split
from cxr_core.registry.atomic import write_json
from cxr_core.services import build_services
from cxr_core.use_cases.evaluating import evaluate_version, recorded_rule
from cxr_core.use_cases.retraining import EVALUATION_NAME

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "evaluate",
        help="judge a version on held-out films",
        description="Judge a version on the split that it was trained with. The split is that "
        "of the same folder of releases: with other films under --root, patients can be dealt "
        "differently, and training films can count as held out.",
        epilog="example: python -m cxr_core evaluate resnet50 --root data --out report",
    )
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--root",
        type=Path,
        required=True,
        help="folder that holds the releases of the training",
    )
    parser.add_argument("--split", choices=[each.value for each in Split], default="test")
    parser.add_argument(
        "--out", type=Path, required=True, help="evaluation.json is written here"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Evaluate and print the headline as JSON."""
    services = build_services(settings)
    (model,) = services.catalogue.load([options.name])
    collection = collect(options.root, recorded_rule(model.manifest))
    films = [collection.films[index] for index in collection.of(Split(options.split))]
    with tqdm(total=len(films), unit="film", file=sys.stderr, disable=None) as bar:
        evaluation = evaluate_version(model, films, services.reading.limits, bar.update)
    write_json(options.out / EVALUATION_NAME, evaluation.as_dict())
    print(json.dumps(evaluation.as_dict(), indent=2))
    return 0
