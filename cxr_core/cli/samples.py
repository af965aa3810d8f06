"""`samples`: two synthetic films, drawn, to try everything with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.use_cases.samples import write_samples

if TYPE_CHECKING:
    import argparse

    from cxr_core.settings import Settings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "samples",
        help="write two synthetic films",
        description="Draw two chest films that belong to nobody: a DICOM and a PNG.",
        epilog="example: python -m cxr_core samples --out films",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where they are written"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Write them and print where."""
    for path in write_samples(options.out):
        print(path)
    return 0
