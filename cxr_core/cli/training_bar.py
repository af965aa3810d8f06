"""How `train` tells how far it is, and how it stops at once when it is asked to."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, assert_never

from tqdm import tqdm

from cxr_core.training.events import (
    EpochResult,
    Event,
    FeatureEvent,
    FilmsEvent,
    Message,
    StepEvent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_PATIENCE = 1.5  # seconds that a step may still take after a signal
_CANCELLED = 130


class TrainingBar(AbstractContextManager["TrainingBar"]):
    """Shows training events: a bar on a terminal, a line per epoch anywhere."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __exit__(self, *error: object) -> None:
        """Leave the terminal as it was."""
        self._close()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        match event:
            case StepEvent():
                title = f"epoch {event.epoch}/{event.epochs} at {event.size}"
                bar = self._at(title, event.steps, "step", event.step)
                bar.set_postfix(
                    loss=f"{event.loss:.3f}",
                    accuracy=f"{event.accuracy:.3f}",
                    films=f"{event.films_per_second:.1f}/s",
                    left=tqdm.format_interval(int(event.seconds_left)),
                )
            case FeatureEvent():
                self._at("frozen part", event.total, "film", event.done)
            case FilmsEvent():
                self._at(event.doing, event.total, "film", event.done)
            case EpochResult():
                self._say(_sentence(event))
            case Message():
                self._say(event.text)
            case _:
                assert_never(event)

    def _at(self, title: str, total: int, unit: str, done: int) -> tqdm[Any]:
        if self._bar is None or self._bar.desc != f"{title}: ":
            self._close()
            self._bar = tqdm(
                total=total, desc=title, unit=unit, file=sys.stderr, disable=None, leave=False
            )
            self._bar.set_description(title)
        self._bar.update(done - self._bar.n)
        return self._bar

    def _say(self, sentence: str) -> None:
        self._close()
        print(sentence, file=sys.stderr, flush=True)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _sentence(result: EpochResult) -> str:
    area = "" if result.validation_auc is None else f", AUC {result.validation_auc:.3f}"
    return (
        f"epoch {result.epoch} at {result.size}: loss {result.loss:.3f}, accuracy "
        f"{result.accuracy:.3f}; validation {result.validation_loss:.3f}, "
        f"{result.validation_accuracy:.3f}{area}"
    )


@contextmanager
def cancel_promptly() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the process within two seconds, even inside a long step.

    Python runs a handler only between two of its own instructions, and a step of a large
    network is one. So the signal's number also comes through a pipe to a thread, which ends the
    process when nobody else has: whatever is on disk is whole, and the run can be resumed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python lets nobody else handle signals
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    previous = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    old = signal.signal(signal.SIGTERM, _interrupt)
    finished = threading.Event()
    watcher = threading.Thread(target=_watch, args=(reader, finished), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        signal.set_wakeup_fd(previous)
        signal.signal(signal.SIGTERM, old)
        os.close(writer)
        watcher.join()
        os.close(reader)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _watch(reader: int, finished: threading.Event) -> None:
    """Wait for a signal, be patient, and end the process if it goes on."""
    while number := os.read(reader, 1):
        if number[0] in {signal.SIGINT, signal.SIGTERM} and not finished.wait(_PATIENCE):
            os.write(2, b"Cancelled; --resume goes on after the last whole epoch.\n")
            os._exit(_CANCELLED)
