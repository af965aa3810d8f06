"""`models list|show|verify`: the versions that are installed, and which of them serve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.cli import model_changes
from cxr_core.cli.parsing import print_table
from cxr_core.errors import DataError, ModelError
from cxr_core.registry.catalogue import Entry
from cxr_core.services import build_services
from cxr_core.use_cases.access import TERMINAL

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings

_COLUMNS = (
    "name",
    "line",
    "state",
    "origin",
    "version",
    "architecture",
    "classes",
    "test accuracy",
    "problem",
)


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "models",
        help="list, verify, promote, roll back, export or import model versions",
        epilog="example: python -m cxr_core models verify",
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, run, help_text in (
        ("list", run_list, "a line per version"),
        ("verify", run_verify, "load every version and ask its canary; exit 1 if one fails"),
    ):
        action = actions.add_parser(
            name, help=help_text, epilog=f"example: python -m cxr_core models {name} --json"
        )
        action.add_argument("--json", action="store_true")
        action.set_defaults(run=run)
    show = actions.add_parser(
        "show", help="a manifest", epilog="example: python -m cxr_core models show resnet50"
    )
    show.add_argument("name")
    show.set_defaults(run=run_show)
    model_changes.add_to(actions)


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print every version, usable or not, and what it serves as.

    Where nothing was ever decided there is no database, and none is made.
    """
    services = build_services(settings)
    entries = services.catalogue.entries()
    if services.serving.lines() is None:
        known = {each.name: (each.name, "champion", "bundled") for each in entries}
    else:
        rows = services.registry().versions.all(TERMINAL)
        known = {each.name: (each.line, each.state.value, each.origin.value) for each in rows}
        gone = [each for each in rows if each.name not in {entry.name for entry in entries}]
        entries += [Entry(each.name, Path(), None, each.problem) for each in gone]
    print_table(
        _COLUMNS,
        [_row(entry, known.get(entry.name, ("", "unknown", ""))) for entry in entries],
        as_json=options.json,
    )
    return 0


def _row(entry: Entry, serves: tuple[str, str, str]) -> tuple[object, ...]:
    manifest = entry.manifest
    if manifest is None:
        return entry.name, *serves, "", "", "", "", entry.problem
    accuracy = manifest.record.get("metrics", {}).get("accuracy", "")
    classes = ", ".join(manifest.classes)
    told = (manifest.version, manifest.architecture, classes, accuracy, "")
    return entry.name, *serves, *told


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print one manifest as JSON."""
    entry = build_services(settings).catalogue.entry(options.name)
    if entry.manifest is None:
        raise ModelError(entry.problem)
    print(json.dumps(entry.manifest.record, indent=2, ensure_ascii=False))
    return 0


def run_verify(options: argparse.Namespace, settings: Settings) -> int:
    """Load each version as reading would; 1 when any fails."""
    catalogue = build_services(settings).catalogue
    rows, failed = [], False
    for entry in catalogue.entries():
        try:
            catalogue.load([entry.name])
            rows.append((entry.name, "ok", ""))
        except (DataError, ModelError) as error:  # not there any more, or refused
            failed = True
            rows.append((entry.name, "refused", str(error)))
    print_table(("name", "state", "problem"), rows, as_json=options.json)
    return 1 if failed or not rows else 0
