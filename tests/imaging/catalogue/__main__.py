"""`python -m tests.imaging.catalogue [--check]`: write docs/inputs.md, or say if it is true."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.imaging.catalogue.table import page

_PAGE = Path(__file__).parents[3] / "docs" / "inputs.md"


def main() -> int:
    """Print the page; with `--check` return 1 where the one in docs/ is another."""
    parser = argparse.ArgumentParser(prog="python -m tests.imaging.catalogue",
                                     description="The table of all kinds of input.",
                                     epilog="Example: python -m tests.imaging.catalogue > "
                                            "docs/inputs.md")  # fmt: skip
    parser.add_argument("--check", action="store_true", help="compare docs/inputs.md with it")
    if not parser.parse_args().check:
        sys.stdout.write(page())
        return 0
    is_same = _PAGE.is_file() and _PAGE.read_text(encoding="utf-8") == page()
    if not is_same:
        sys.stderr.write("docs/inputs.md is out of date; write it again without --check.\n")
    return 0 if is_same else 1


if __name__ == "__main__":
    raise SystemExit(main())
