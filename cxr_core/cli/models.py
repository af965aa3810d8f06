"""`models list|show|verify`: the versions that are installed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cxr_core.cli.parsing import print_table
from cxr_core.errors import DataError, ModelError
from cxr_core.services import build_services

if TYPE_CHECKING:
    import argparse

    from cxr_core.registry.catalogue import Entry
    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the commands."""
    parser = commands.add_parser(
        "models",
        help="list, show or verify model versions",
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


def run_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print what stands in the models folder, usable or not."""
    rows = [_row(entry) for entry in build_services(settings).catalogue.entries()]
    columns = ("name", "version", "architecture", "classes", "test accuracy", "problem")
    print_table(columns, rows, as_json=options.json)
    return 0


def _row(entry: Entry) -> tuple[object, ...]:
    manifest = entry.manifest
    if manifest is None:
        return entry.name, "", "", "", "", entry.problem
    accuracy = manifest.record.get("metrics", {}).get("accuracy", "")
    classes = ", ".join(manifest.classes)
    return entry.name, manifest.version, manifest.architecture, classes, accuracy, ""


def run_show(options: argparse.Namespace, settings: Settings) -> int:
    """Print one manifest as JSON."""
    entries = {entry.name: entry for entry in build_services(settings).catalogue.entries()}
    entry = entries.get(options.name)
    if entry is None:
        raise DataError(f"There is no model {options.name!r}; expected one of {list(entries)}.")
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
