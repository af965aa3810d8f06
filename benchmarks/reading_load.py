"""By how much reading films slows while a training runs on the same processors.

    python -m benchmarks.reading_load --rounds 10

Starts a training of ResNet50 at 224 pixels as a worker starts a job, then reads films with both
bundled versions through the path that the Triage page takes, one at a time and four at a time.
In turns the training is stopped (SIGSTOP) and goes on (SIGCONT), so that a machine whose speed
drifts drifts for both. Prints medians and their ratio; the last line is JSON. For comparison
`--as-usual` starts the training without giving way.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from cxr_core.jobs.child import Child
from cxr_core.services import build_services
from cxr_core.settings import Settings
from cxr_core.use_cases.intake import films_of_bytes
from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from cxr_core.domain import FilmFile
    from cxr_core.use_cases.reading import ReadingService

_SIDE = (1024, 896)
_SETTLE_SECONDS = 1.0


def main() -> None:
    """Read with and without a training beside, and print a table and JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10, help="of each turn (10)")
    parser.add_argument("--as-usual", action="store_true", help="a training that is not nice")
    parser.add_argument("--train", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train:
        train_for_ever()
        return
    with tempfile.TemporaryDirectory() as place:
        told = measure(Path(place), options.rounds, is_nice=not options.as_usual)
    for name, row in told.items():
        print(
            f"{name:10s} {row['alone_ms']:8.1f} ms alone, {row['beside_ms']:8.1f} ms beside a "
            f"training: {row['ratio']:.2f} times"
        )
    print(json.dumps(told))


def measure(place: Path, rounds: int, *, is_nice: bool) -> dict[str, dict[str, float]]:
    """Take turns; return medians in milliseconds and their ratio, of one film and of four."""
    reading = build_services(Settings.from_environment({"CXR_DATA_DIR": str(place)})).reading
    batches = {"one film": films(1), "four films": films(4)}
    for batch in batches.values():
        list(reading.read(batch))  # loads and compiles
    command = [sys.executable, "-m", "benchmarks.reading_load", "--train"]
    job = Child(command, place / "log.txt", {}, is_nice=is_nice)
    seconds: dict[tuple[str, bool], list[float]] = {
        (name, beside): [] for name in batches for beside in (False, True)
    }
    try:
        while not job.said():
            time.sleep(0.1)
        for _ in range(rounds):
            for beside in (True, False):
                let(job, go_on=beside)
                for name, batch in batches.items():
                    seconds[name, beside].append(timed(reading, batch))
    finally:
        let(job, go_on=True)
        job.stop()
    told = {}
    for name in batches:
        alone, beside = (
            1000 * statistics.median(seconds[name, each]) for each in (False, True)
        )
        told[name] = {"alone_ms": alone, "beside_ms": beside, "ratio": beside / alone}
    return told


def films(count: int) -> list[FilmFile]:
    """Draw films, each another."""
    made = []
    for number in range(count):
        data = png_bytes(synthetic_chest(*_SIDE, seed=number))
        made += films_of_bytes(f"{number}.png", data, max_bytes=2**26)
    return made


def timed(reading: ReadingService, batch: list[FilmFile]) -> float:
    """Read once; the seconds."""
    began = time.perf_counter()
    list(reading.read(batch))
    return time.perf_counter() - began


def let(job: Child, *, go_on: bool) -> None:
    """Stop a job, or let it go on, with all that it started."""
    process = psutil.Process(job.process)
    for each in (process, *process.children(recursive=True)):
        os.kill(each.pid, signal.SIGCONT if go_on else signal.SIGSTOP)
    time.sleep(_SETTLE_SECONDS)


def train_for_ever() -> None:
    """Train on noise until killed; says so after each step."""
    import keras
    import numpy as np

    from cxr_core.inference.networks import Blueprint, build_network
    from cxr_core.inference.runtime import start_backend

    start_backend(0)
    model = build_network(Blueprint("resnet50", 3, 224))
    model.compile("adam", keras.losses.CategoricalCrossentropy(from_logits=True))
    random = np.random.default_rng(0)
    pixels = random.normal(size=(16, 224, 224, 3)).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[random.integers(0, 3, 16)]
    while True:
        model.train_on_batch(pixels, targets)
        print("a step", flush=True)


if __name__ == "__main__":
    main()
