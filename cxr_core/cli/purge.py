"""`purge`: what takes room and may go; listed, and removed only with --yes."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.cli.progress import Progress
from cxr_core.services import build_services
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.care.health_remarks import amount
from cxr_core.use_cases.care.retention import DEFAULT_DAYS

if TYPE_CHECKING:
    from cxr_core.settings import Settings

_COLUMNS = ("kind", "name", "bytes", "fate", "why")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "purge",
        help="list what takes room, and with --yes remove what nobody needs",
        description="Never goes: what is in force, bundled, a rollback's target, or named by "
        "what stays.",
        epilog="example: python -m cxr_core purge --days 90 --yes",
    )
    parser.add_argument(
        "--days",
        type=_days,
        default=DEFAULT_DAYS,
        metavar="N",
        help=f"retired or ended for at least so long; default {DEFAULT_DAYS}",
    )
    parser.add_argument("--yes", action="store_true", help="remove; else only list")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """List, or purge and list what is gone."""
    care = build_services(settings).care()
    if options.yes:
        with Progress("thing") as progress:
            plan = care.purge(TERMINAL, options.days, progress)
        fate, said = "removed", f"{amount(plan.freed)} were freed."
    else:
        plan = care.retention.plan(TERMINAL, options.days)
        fate = "would go"
        said = f"{amount(plan.freed)} would be freed. Nothing was removed: that takes --yes."
    rows = [
        (item.kind, item.name, item.bytes, fate if item.goes else "stays", item.reason)
        for item in plan.items
    ]
    print_table(_COLUMNS, rows, as_json=options.json)
    print(said, file=sys.stderr)
    return 0


def _days(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)
