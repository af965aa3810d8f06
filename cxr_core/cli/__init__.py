"""The command line: one module per command group. Results on stdout, talk on stderr."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from cxr_core import __version__
from cxr_core.cli import (
    audit,
    backup,
    datasets,
    doctor,
    evaluate,
    models,
    predict,
    purge,
    recipes,
    samples,
    train,
    users,
    worker,
)
from cxr_core.errors import CxrError
from cxr_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

CANCELLED = 130
_GROUPS = (
    *(predict, train, evaluate, datasets, recipes, models, worker, backup, purge),
    *(users, audit, doctor, samples),
)


def command_parser() -> argparse.ArgumentParser:
    """Declare every command."""
    parser = argparse.ArgumentParser(
        prog="python -m cxr_core",
        description="Research software for chest radiographs. Not a medical device.",
        epilog="example: python -m cxr_core predict film.png --heatmaps heat",
    )
    parser.add_argument("--version", action="version", version=f"CXR Triage {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.add_to(commands)
    return parser


def main(arguments: Sequence[str]) -> int:
    """Run one command; the return value is the exit status."""
    options = command_parser().parse_args(arguments)
    try:
        return int(options.run(options, Settings.from_environment()))
    except CxrError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        # The reader of our output has left; say nothing more, not even at interpreter exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
