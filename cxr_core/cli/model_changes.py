"""`models promote|rollback|retire|export|import`: what changes who serves, and bundles."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.cli.films import add_films, films_of
from cxr_core.cli.parsing import print_table
from cxr_core.cli.progress import Progress
from cxr_core.registry.atomic import write_atomically
from cxr_core.services import build_services
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.versions.promoting import LEAST_REASON, Wish

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings
    from cxr_core.use_cases.versions.gatekeeping import Standing

_SAYS = {True: "passes", False: "FAILS"}


def add_to(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the actions."""
    _add_promote(actions)
    rollback = actions.add_parser(
        "rollback",
        help="put the champion before this one in force again",
        epilog="example: python -m cxr_core models rollback resnet50",
    )
    rollback.add_argument("line", metavar="LINE")
    rollback.set_defaults(run=run_rollback)
    retire = actions.add_parser(
        "retire",
        help="let a version serve no longer; a line goes with its champion",
        epilog="example: python -m cxr_core models retire mine",
    )
    retire.add_argument("name", metavar="NAME")
    retire.set_defaults(run=run_retire)
    export = actions.add_parser(
        "export",
        help="write a version as one zip with its digests",
        epilog="example: python -m cxr_core models export resnet50 --out resnet50.zip",
    )
    export.add_argument("name", metavar="NAME")
    export.add_argument("--out", type=Path, required=True, metavar="FILE")
    export.set_defaults(run=run_export)
    take = actions.add_parser(
        "import",
        help="verify a bundle and accept it as a candidate",
        epilog="example: python -m cxr_core models import resnet50.zip",
    )
    take.add_argument("file", type=Path, metavar="FILE")
    take.add_argument("--line", metavar="L", help="what it shall serve as")
    take.set_defaults(run=run_import)


def _add_promote(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    promote = actions.add_parser(
        "promote",
        help="make a version the champion of its line, if the gate lets it pass",
        description="Ask the version and the champion about the held-out films, where they "
        "were not asked yet, judge them at the gate, fit the thresholds anew, and let the "
        "version read films. Running sessions use it from their next film on.",
        epilog="example: python -m cxr_core models promote mine --manifest manifest",
    )
    promote.add_argument("name", metavar="NAME")
    promote.add_argument(
        "--line", metavar="L", help="what it shall serve as (default: its own)"
    )
    add_films(promote)
    promote.add_argument(
        "--override",
        default="",
        metavar="REASON",
        help=f"why the gate is set aside, in {LEAST_REASON} characters or more; it is kept",
    )
    promote.add_argument("--json", action="store_true")
    promote.set_defaults(run=run_promote)


def run_promote(options: argparse.Namespace, settings: Settings) -> int:
    """Compare, show the gate's checks, and promote."""
    services = build_services(settings)
    desk = services.registry()
    gate = replace(desk.promoter.gate, films=films_of(options, settings))
    promoter = replace(desk.promoter, gate=gate)
    wish = Wish(options.name, options.line, options.override)
    with Progress("film") as report:
        standing = promoter.compare(TERMINAL, wish, report)
    _print_checks(standing, as_json=options.json)
    promoter.promote(TERMINAL, wish)
    if not options.json:
        print(f"{options.name} serves now.")
    return 0


def _print_checks(standing: Standing, *, as_json: bool) -> None:
    if standing.decision is None and not as_json:
        return
    checks = () if standing.decision is None else standing.decision.checks
    rows = [(each.title, _SAYS[each.passed], each.measured, each.demanded) for each in checks]
    print_table(("check", "state", "measured", "demanded"), rows, as_json=as_json)


def run_rollback(options: argparse.Namespace, settings: Settings) -> int:
    """Take the last promotion of a line back."""
    name = build_services(settings).registry().promoter.rollback(TERMINAL, options.line)
    print(f"{name} serves as {options.line} again.")
    return 0


def run_retire(options: argparse.Namespace, settings: Settings) -> int:
    """Retire a version."""
    build_services(settings).registry().versions.retire(TERMINAL, options.name)
    print(f"{options.name} is retired.")
    return 0


def run_export(options: argparse.Namespace, settings: Settings) -> int:
    """Write a bundle, all of it or nothing."""
    stream = io.BytesIO()
    bundles = build_services(settings).registry().bundles
    parcel = bundles.export(TERMINAL, options.name, stream)
    write_atomically(options.out, stream.getvalue())
    print(f"{options.out}: {len(parcel.files)} files, digest {parcel.digest}")
    return 0


def run_import(options: argparse.Namespace, settings: Settings) -> int:
    """Take a bundle in."""
    bundles = build_services(settings).registry().bundles
    with Progress("byte") as report:
        name = bundles.take(TERMINAL, options.file, report, options.line)
    print(f"{name} is a candidate. Promote it: python -m cxr_core models promote {name}")
    return 0
