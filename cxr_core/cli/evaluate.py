"""`evaluate`: judge an installed version on films that it never saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.cli.films import add_films, films_of
from cxr_core.cli.progress import Progress
from cxr_core.datasets.splits import Split
from cxr_core.registry.atomic import write_json
from cxr_core.services import build_services
from cxr_core.use_cases.evaluating import EVALUATION_NAME, Judge
from cxr_core.use_cases.retraining import record_judgement
from cxr_core.use_cases.seen import read_seen

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "evaluate",
        help="judge a version on held-out films",
        description="Judge a version on one split of a manifest. Films of patients whom the "
        "version was trained or tuned on, by its seen.txt, are left out and counted, whatever "
        "split they are in.",
        epilog="example: python -m cxr_core evaluate resnet50 --manifest manifest --out report",
    )
    parser.add_argument("name", metavar="NAME")
    add_films(parser)
    parser.add_argument("--split", choices=[each.value for each in Split], default="test")
    parser.add_argument(
        "--out", type=Path, required=True, help="evaluation.json is written here"
    )
    parser.add_argument(
        "--record", action="store_true", help="write it into the version and its card too"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Evaluate and print the result as JSON."""
    services = build_services(settings)
    (model,) = services.catalogue.load([options.name])
    folder = services.catalogue.folder_of(options.name)
    with Progress("film") as report:
        judge = Judge(model, read_seen(folder), services.reading.limits, report)
        judgement = judge.judge(films_of(options, settings), Split(options.split))
    write_json(options.out / EVALUATION_NAME, judgement.as_dict())
    if options.record:
        record_judgement(folder, judgement)
    print(json.dumps(judgement.as_dict(), indent=2))
    return 0
