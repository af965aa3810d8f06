"""`evaluate`: judge an installed version on films that it never saw, and write the report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.cli.films import add_films, films_of
from cxr_core.cli.parsing import share, whole_number
from cxr_core.cli.progress import Progress
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.registry.manifest import read_manifest
from cxr_core.services import build_services
from cxr_core.use_cases.reporting import NUMBERS_NAME, REPORT_NAME, Reporter, ReportOrder
from cxr_core.use_cases.sources_out import FILMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.report.material import Material
    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "evaluate",
        help="judge a version on held-out films and write its report",
        description="Judge a version on one split of a manifest, calibrate it on the "
        "validation split, leave each source out, audit it for shortcuts, and write one HTML "
        "report, its numbers, a model card and a checklist. Films of patients whom the version "
        "was trained or tuned on, by its seen.txt, are left out and counted, whatever split "
        "they are in.",
        epilog="example: python -m cxr_core evaluate resnet50 --manifest manifest --out report",
    )
    parser.add_argument("name", metavar="NAME")
    add_films(parser)
    parser.add_argument("--split", choices=[each.value for each in Split], default="test")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help="folder of report.html, report.json, card.md, ...",
    )
    parser.add_argument(
        "--record",
        action="store_true",
        help="write calibration, numbers, audit, card and checklist into the version too",
    )
    _add_measures(parser)
    parser.set_defaults(run=run)


def _add_measures(parser: argparse.ArgumentParser) -> None:
    """Declare what is measured, and what may be left out of a quick look."""
    parser.add_argument(
        "--study",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="--out folder of an ancestor's `train`, for the ancestors' table, beside those of "
        "docs/ancestors.json and CXR_DATA_DIR/runs; repeatable",
    )
    parser.add_argument(
        "--prevalence",
        type=_prevalence,
        action="append",
        default=[],
        metavar="CLASS=VALUE",
        help="PPV and NPV where so many of the films are of the class; repeatable",
    )
    parser.add_argument(
        "--sensitivity",
        type=share,
        action="append",
        default=[],
        metavar="VALUE",
        help="choose thresholds for this sensitivity (default: 0.9 and 0.95); repeatable",
    )
    parser.add_argument("--no-audit", action="store_true", help="skip the shortcut audit")
    parser.add_argument(
        "--no-sources-out", action="store_true", help="do not leave sources out one by one"
    )
    parser.add_argument(
        "--sources-films",
        type=whole_number,
        default=FILMS,
        metavar="N",
        help=f"films of each class, source and split for leaving sources out ({FILMS})",
    )
    parser.add_argument(
        "--json", action="store_true", help="print all numbers instead of the summary"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Evaluate, write the report, and print the headline."""
    services = build_services(settings)
    # What is wrong with the order is said before anything is loaded, which takes its time.
    version = services.catalogue.folder_of(options.name)
    _refuse_unknown_classes(options, read_manifest(version).classes)
    order = ReportOrder(
        films=films_of(options, settings),
        split=Split(options.split),
        version=version,
        out=options.out,
        studies=services.performance.studies(options.study),
        options=Options(
            sensitivities=tuple(options.sensitivity) or Options().sensitivities,
            prevalences=tuple(options.prevalence),
        ),
        has_audit=not options.no_audit,
        has_sources_out=not options.no_sources_out,
        sources_films=options.sources_films,
        is_recorded=options.record,
    )
    (model,) = services.catalogue.load([options.name])
    with Progress("film") as report:
        told_of = Reporter(model, order, services.reading.decoder.limits, report).run()
    _tell(told_of, options)
    return 0


def _refuse_unknown_classes(options: argparse.Namespace, classes: Sequence[str]) -> None:
    for name, _ in options.prevalence:
        if name not in classes:
            raise DataError(
                f"--prevalence names the class {name!r}; {options.name} has "
                f"{', '.join(classes)}."
            )


def _tell(told_of: Material, options: argparse.Namespace) -> None:
    """Print the headline, or everything."""
    if options.json:
        sys.stdout.write((options.out / NUMBERS_NAME).read_text(encoding="utf-8"))
        return
    from cxr_core.evaluation.report.results import summary_section

    summary = summary_section(told_of)
    for each in summary.headlines:
        print(f"{each.label}: {each.value} ({each.beside})" if each.beside else each.label)
    for words in summary.alarms:
        print(f"! {words}")
    print(options.out / REPORT_NAME)


def _prevalence(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not CLASS=VALUE, as in covid19=0.05")
    return name, share(value)
