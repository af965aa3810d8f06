"""What a job's process says to its worker: one JSON object a line on stdout."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from cxr_core.jobs.job import Progress

_LEAST_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Said:
    """What a line said: how far it is, how it ended, or neither (somebody else's print)."""

    progress: Progress | None = None
    result: dict[str, Any] | None = None
    error: str | None = None


class Speaker:
    """Says how far a job is, twice a second at most, and how it ended."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = float("-inf")

    def progress(self, progress: Progress) -> None:
        """Say how far; a new stage and its end are always said."""
        now = time.monotonic()
        is_passing = progress.stage == self._stage and progress.done != progress.total
        if is_passing and now - self._last < _LEAST_SECONDS:
            return
        self._stage, self._last = progress.stage, now
        self._say({"progress": asdict(progress)})

    def result(self, result: dict[str, Any]) -> None:
        """Say what came out."""
        self._say({"result": result})

    def error(self, sentence: str) -> None:
        """Say, in a sentence for people, why it cannot be done."""
        self._say({"error": sentence})

    def _say(self, message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()


def understand(line: bytes) -> Said:
    """Read one line; whatever is no message of ours says nothing.

    >>> understand(b'{"error": "No films."}').error
    'No films.'
    >>> understand(b"Hello")
    Said(progress=None, result=None, error=None)
    """
    try:
        table = json.loads(line)
        match table:
            case {"progress": dict(fields)}:
                return Said(progress=Progress(**fields))
            case {"result": dict(result)}:
                return Said(result=result)
            case {"error": str(sentence)}:
                return Said(error=sentence)
            case _:
                return Said()
    except (ValueError, TypeError, RecursionError):
        return Said()
