"""How long commands tell how far they are: a bar for people, JSON lines for programs."""

from __future__ import annotations

import json
import sys
import threading
import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from typing import Any

from tqdm import tqdm

_LEAST_SECONDS = 0.2  # between two events, so that a reader is not flooded


class _Report(AbstractContextManager["_Report"], ABC):
    """Hears (sentence, done, total or None), from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        with self._lock:
            self._show(stage, done, total)

    def __exit__(self, *error: object) -> None:
        """Leave the terminal as it was."""

    @abstractmethod
    def _show(self, stage: str, done: int, total: int | None) -> None:
        """Tell; never called by two threads at once."""


class Progress(_Report):
    """A bar on a terminal; elsewhere a line when a new stage begins."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit
        self._stage = ""
        self._bar: tqdm[Any] | None = None

    def __exit__(self, *error: object) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()

    def _show(self, stage: str, done: int, total: int | None) -> None:
        if stage != self._stage:
            if self._bar is not None:
                self._bar.close()
            if not sys.stderr.isatty():
                print(stage, file=sys.stderr)
            self._stage = stage
            self._bar = tqdm(
                total=total,
                desc=stage,
                unit=self._unit,
                unit_scale=self._unit == "byte",
                file=sys.stderr,
                disable=None,
            )
        if self._bar is not None and done > self._bar.n:
            self._bar.update(done - self._bar.n)


class EventLines(_Report):
    """One JSON object a line on stderr: stage, done, total."""

    def __init__(self) -> None:
        super().__init__()
        self._stage = ""
        self._last = 0.0

    def _show(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        if stage == self._stage and now - self._last < _LEAST_SECONDS and done != total:
            return
        self._stage, self._last = stage, now
        event = {"stage": stage, "done": done, "total": total}
        print(json.dumps(event), file=sys.stderr, flush=True)
