"""Trainings in processes of their own, which are killed and go on until they are done.

    python -m tests.training.killing FOLDER --films 60 --epochs 2

trains in FOLDER, or goes on there: everything, then a head on features of the frozen part, then
everything again. What it prints says how far it is.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from cxr_core.training.events import (
    EpochResult,
    Event,
    EventLog,
    FeatureEvent,
    FilmsEvent,
    Message,
    StepEvent,
)
from cxr_core.training.run_folder import RunFolder
from tests.training.drawn import drawn_collection, small_recipe, small_stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

    from cxr_core.recipes.recipe import Recipe

_ROOT = Path(__file__).resolve().parents[2]
BEGINNING = "before the first step"
_MARK = "> "  # before a line that says how far it is; others are the backend's


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a training is: films drawn, and epochs of each of its three stages."""

    films: int
    epochs: int


@dataclass(frozen=True, slots=True)
class Doom:
    """When to kill: `seconds` after a training has told that it is at `moment`."""

    moment: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Kill:
    """One SIGKILL: seconds after the process had begun to train, and the last it had told."""

    seconds: float
    moment: str


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A training that nobody killed: its seconds, and all moments that it told of."""

    seconds: float
    moments: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """A training that runs; `lines` grow while it does."""

    process: subprocess.Popen[str]
    lines: list[str]
    reader: threading.Thread

    def told(self) -> list[str]:
        """Return what it said of how far it is."""
        return [line[len(_MARK) :] for line in self.lines if line.startswith(_MARK)]

    def reaches(self, moment: str) -> bool:
        """Wait until it tells of a moment; False when it ends before."""
        while moment not in self.told():
            if not self.reader.is_alive():
                return moment in self.told()
            time.sleep(0.002)
        return True

    def outlives(self, seconds: float) -> bool:
        """Wait so long; False when it ends before."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def finish(self) -> None:
        """Wait until it is done."""
        status = self.process.wait()
        self.reader.join()
        if status:
            raise RuntimeError("\n".join(["The training failed.", *self.lines[-20:]]))


def recipe_of(plan: Plan) -> Recipe:
    """Everything, a head on two augmented views, everything again; all that is random is on."""
    recipe = small_recipe(
        head=replace(small_recipe().head, pooling="average"),
        stages=(
            small_stage(epochs=plan.epochs),
            small_stage(size=48, epochs=plan.epochs, trains="head"),
            small_stage(size=48, epochs=plan.epochs, rate=5e-4),
        ),
    )
    return replace(recipe, augmentation=replace(recipe.augmentation, views=2))


def begin(folder: Path, plan: Plan) -> Process:
    """Start a process that trains in a folder."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.training.killing", str(folder)),
            *("--films", str(plan.films), "--epochs", str(plan.epochs)),
        ],
        cwd=_ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []

    def read() -> None:
        assert process.stdout is not None
        with process.stdout:
            lines.extend(line.rstrip() for line in process.stdout)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return Process(process, lines, reader)


def train_undisturbed(folder: Path, plan: Plan) -> Undisturbed:
    """Train in a folder; the seconds count from when the backend had started."""
    running = begin(folder, plan)
    running.reaches(BEGINNING)
    begun = time.monotonic()
    running.finish()
    return Undisturbed(time.monotonic() - begun, tuple(running.told()))


def train(folder: Path, plan: Plan, doom: Doom) -> Kill | None:
    """Train in a folder and kill it as is said; None when it was done before."""
    running = begin(folder, plan)
    running.reaches(BEGINNING)
    begun = time.monotonic()
    if running.reaches(doom.moment) and running.outlives(doom.seconds):
        running.process.kill()
        killed = time.monotonic() - begun
        running.process.wait()
        running.reader.join()  # what it still told lay in the pipe
        return Kill(killed, running.told()[-1])
    running.finish()
    return None


def killed_until_done(folder: Path, plan: Plan, dooms: Iterator[Doom]) -> Iterator[Kill]:
    """Kill a training again and again, let it go on each time, and at last to its end."""
    for doom in dooms:
        kill = train(folder, plan, doom)
        if kill is None:
            return
        yield kill
    begin(folder, plan).finish()


def random_delays(random: np.random.Generator, count: int, seconds: float) -> Iterator[Doom]:
    """Draw `count` delays, up to half of what an undisturbed run takes."""
    for _ in range(count):
        yield Doom(BEGINNING, random.uniform(0.0, seconds / 2))


def random_moments(
    random: np.random.Generator, count: int, moments: Sequence[str]
) -> Iterator[Doom]:
    """Draw a moment out of each of `count` equal parts of a run, and a little after it."""
    for part in range(count):
        first, last = (len(moments) * each // count for each in (part, part + 1))
        yield Doom(moments[random.integers(first, last)], random.uniform(0.0, 0.05))


def has_the_same_end(one: Path, other: Path) -> bool:
    """Tell whether two runs left the same weights and the same history, to the bit."""
    return all(
        getattr(RunFolder(one), name).read_bytes()
        == getattr(RunFolder(other), name).read_bytes()
        for name in ("weights", "history")
    )


def describe(event: Event) -> str:
    """Say how far a training is."""
    match event:
        case FilmsEvent():
            return f"{event.doing}, film {event.done} of {event.total}"
        case FeatureEvent():
            return f"stage {event.stage}, frozen part, film {event.done} of {event.total}"
        case StepEvent():
            return f"stage {event.stage}, epoch {event.epoch}, step {event.step}/{event.steps}"
        case EpochResult():
            return f"stage {event.stage}, after epoch {event.epoch}"
        case Message():
            return event.text
        case _:
            assert_never(event)


def _say(event: Event) -> None:
    sys.stdout.write(f"{_MARK}{describe(event)}\n")
    sys.stdout.flush()


def main() -> None:
    """Train, or go on."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--films", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    options = parser.parse_args()
    from cxr_core.inference.runtime import start_backend
    from cxr_core.training.engine import Trainer

    start_backend(0)  # takes seconds, in which there is nothing to be lost
    folder = RunFolder(options.folder)
    log = EventLog(folder.events, _say)
    plan = Plan(options.films, options.epochs)
    collection = drawn_collection(plan.films)
    log(Message(BEGINNING))
    Trainer(recipe_of(plan), collection, folder, log).run(resume=True)


if __name__ == "__main__":
    main()
