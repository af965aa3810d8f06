"""What a training tells while it runs: frozen events, and the log that keeps them.

A terminal, a log file and a web page read the same events.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LEAST_SECONDS = 1.0  # between two logged steps, so that the log stays readable


@dataclass(frozen=True, slots=True)
class FilmsEvent:
    """Progress of what is done film by film before and after training, in words for people."""

    doing: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FeatureEvent:
    """Progress of the one pass through the frozen part: films and views done, and in all."""

    stage: int
    done: int
    total: int
    films_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class StepEvent:
    """Progress inside an epoch.

    `stage`, `epoch` and `step` count from 1; `loss` and `accuracy` are means over the epoch so
    far; `seconds_left` is an estimate for the stage, at the pace of this epoch.
    """

    stage: int
    epoch: int
    epochs: int
    step: int
    steps: int
    size: int
    learning_rate: float
    loss: float
    accuracy: float
    films_per_second: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One finished epoch: nothing in it depends on the clock.

    Losses are cross-entropies (that of training with label smoothing, class weights and weight
    penalties), accuracies and `validation_auc` (the mean over classes of each against the
    rest) in [0, 1]; the AUC is None where validation lacks a class.
    """

    epoch: int
    stage: int
    size: int
    films: int
    learning_rate: float
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_auc: float | None


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for people."""

    text: str


Event: TypeAlias = FilmsEvent | FeatureEvent | StepEvent | EpochResult | Message


@dataclass(slots=True)
class Pace:
    """How fast films go by, since it was made."""

    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def per_second(self, films: int) -> float:
        """Films a second so far."""
        return films / max(self.clock() - self.began, 1e-9)


class EventLog:
    """Appends events to a file, one JSON object a line, and hands them on.

    A kill may tear the last line: readers pass over a line that is not JSON.
    """

    def __init__(self, path: Path, hand_on: Callable[[Event], None]) -> None:
        self._path = path
        self._hand_on = hand_on
        self._last = float("-inf")
        self._is_begun = False

    def __call__(self, event: Event) -> None:
        """Log, then hand on.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        now = time.monotonic()
        is_passing = isinstance(event, StepEvent | FeatureEvent | FilmsEvent)
        if not is_passing or now - self._last >= _LEAST_SECONDS:
            self._last = now
            self._write(event)
        self._hand_on(event)

    def _write(self, event: Event) -> None:
        line = {"event": type(event).__name__, "time": round(time.time(), 3), **asdict(event)}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as stream:
                stream.write(self._mending() + json.dumps(line).encode() + b"\n")
        except OSError as error:
            raise StorageError(f"Cannot write {self._path}: {error.strerror}.") from error

    def _mending(self) -> bytes:
        """End a line that an earlier process tore, lest the first of this one is lost to it."""
        if self._is_begun:
            return b""
        self._is_begun = True
        with self._path.open("rb") as stream:
            if not stream.seek(0, os.SEEK_END):
                return b""
            stream.seek(-1, os.SEEK_END)
            return b"" if stream.read() == b"\n" else b"\n"


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return what a log holds; a torn line is passed over."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue  # a process died while writing it
    return found
