"""Whether there is one valid champion whenever a process is killed that changes versions.

    python -m benchmarks.promotion_kills --count 200

A child process promotes, rolls back, hands in runs and imports bundles as fast as it can, on
versions without networks, and is killed (SIGKILL) at a random moment. Then folders and rows are
brought together as a start does, and it is checked that every line has exactly one champion,
that the champion is what was promoted last, to the digest, that no version is half there, and
that the audit log's chain is whole. `--database` takes the address of an empty PostgreSQL
database; the default is an SQLite file. The last line is JSON; the exit status is 1 when
anything was not as it must be.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.store.database import open_database
from tests.registry.killing import deeds, faults, killed, lay_out

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Summary:
    """How often was killed, how many changes were made between, and what was wrong."""

    kills: int
    deeds: int
    faults: tuple[str, ...]


def main() -> None:
    """Kill, check and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="kills (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--database", help="address of an empty database")
    options = parser.parse_args()
    found = run(options.count, options.seed, options.database, print)
    print(json.dumps(asdict(found)))
    sys.exit(1 if found.faults else 0)


def run(
    count: int,
    seed: int = 0,
    database: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Summary:
    """Kill so often, checking after each; `say` hears of every twentieth and of every fault."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        url = database or f"sqlite:///{folder / 'cxr.db'}"
        lay_out(folder)
        open_database(url).close()
        for number, seconds in enumerate(killed(folder, url, count, seed), start=1):
            wrong = faults(folder, url)
            found += [f"after kill {number}: {each}" for each in wrong]
            if wrong or number % 20 == 0:
                done = deeds(folder)
                say(f"kill {number:3d} at {1000 * seconds:4.1f} ms, {done} changes: {wrong}")
        return Summary(count, deeds(folder), tuple(found))


if __name__ == "__main__":
    main()
