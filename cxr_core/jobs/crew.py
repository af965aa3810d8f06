"""The workers that a server starts by itself, and starts again when one dies."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cxr_core.jobs.child import Child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CREW_LOG = "workers.txt"
_LOOK_SECONDS = 2.0
_LONGEST_WAIT = 120.0


class Crew:
    """`count` processes of one command, from `start` until `stop`.

    One that dies is started again, after twice as long each time it dies at once.
    """

    def __init__(
        self, command: Sequence[str], count: int, log: Path, environment: Mapping[str, str]
    ) -> None:
        self._command = command
        self._count = count
        self._log = log
        self._environment = environment
        self._stopping = threading.Event()
        # Linux ends a child with the thread that started it: this one lives until the end.
        self._thread = threading.Thread(target=self._keep, name="crew", daemon=True)

    def start(self) -> None:
        """Start them, and look after them."""
        if self._count:
            self._thread.start()

    def stop(self) -> None:
        """End them; what they were doing is put back, to be gone on with."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        children: list[Child] = []
        wait = _LOOK_SECONDS
        while not self._stopping.is_set():
            alive = [child for child in children if child.is_running]
            has_lost = len(alive) < len(children)
            wait = min(_LONGEST_WAIT, wait * 2) if has_lost else _LOOK_SECONDS
            if has_lost and self._stopping.wait(wait):
                break
            children = alive
            while len(children) < self._count:
                children.append(
                    Child(self._command, self._log, self._environment, is_nice=False)
                )
            self._stopping.wait(_LOOK_SECONDS)
        for child in children:
            child.stop()
