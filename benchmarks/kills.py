"""Whether a training that is killed ends as one that is not, to the bit.

    python -m benchmarks.kills --count 10

Trains a small network on drawn films in a process of its own: everything, then a head on
features, then everything again, for about a minute. Then trains it again and kills the process
(SIGKILL) at random moments, each time letting it go on where its folder stands; a run that ends
before all kills are spent is followed by another. Prints each kill's moment, and of each run
whether its weights and its history are those of the undisturbed one. The last line is JSON; the
exit status is 1 when a single bit differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.training.killing import (
    Plan,
    has_the_same_end,
    killed_until_done,
    random_delays,
    train_undisturbed,
)


def main() -> None:
    """Kill, compare and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--count", type=int, default=10, help="kills (default: 10)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--films", type=int, default=1500, help="films drawn (default: 1500)")
    parser.add_argument("--epochs", type=int, default=8, help="of each stage (default: 8)")
    options = parser.parse_args()
    plan = Plan(options.films, options.epochs)
    with tempfile.TemporaryDirectory() as place:
        seconds = train_undisturbed(Path(place) / "undisturbed", plan).seconds
        print(f"undisturbed: {seconds:.1f} s", flush=True)
        same = kill_often(Path(place), plan, options.count, options.seed, seconds)
    told = {"kills": options.count, "runs": len(same), "identical": sum(same)}
    print(json.dumps({**told, "undisturbed_seconds": round(seconds, 1)}))
    sys.exit(0 if all(same) else 1)


def kill_often(place: Path, plan: Plan, count: int, seed: int, seconds: float) -> list[bool]:
    """Spend `count` kills on one run after another; whether each ended as it should."""
    random = np.random.default_rng(seed)
    same: list[bool] = []
    spent = 0
    while spent < count:
        folder = place / f"killed-{len(same) + 1}"
        dooms = random_delays(random, count - spent, seconds)
        for kill in killed_until_done(folder, plan, dooms):
            spent += 1
            print(f"kill {spent:2d}: {kill.seconds:5.1f} s, {kill.moment}", flush=True)
        same.append(has_the_same_end(folder, place / "undisturbed"))
        verdict = "bit-identical" if same[-1] else "DIFFERENT"
        print(f"run {len(same)}: {verdict} after {spent} kills in all", flush=True)
    return same


if __name__ == "__main__":
    main()
