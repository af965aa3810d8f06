"""Run another program to its end, its talk going to a log, and stop it when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_LOOK_EVERY = 0.2  # seconds
_PATIENCE = 5.0
_TAIL_BYTES = 2000


def run_program(command: Sequence[str], log: Path, watch: Callable[[], None]) -> int:
    """Run a command that asks nothing, and return its exit status.

    `watch` is called five times a second; when it raises, the program and all that it has
    started are ended before the exception goes on.
    """
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    with (
        log.open("wb") as stream,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        ) as process,
    ):
        try:
            while process.poll() is None:
                watch()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_LOOK_EVERY)
        finally:
            _end(process)
    return process.returncode


def tail(log: Path) -> str:
    """Return the end of a log, empty where there is none."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""


def last_line(log: Path) -> str:
    """Return the last thing that a program said."""
    lines = [line.strip() for line in tail(log).splitlines() if line.strip()]
    return lines[-1] if lines else "without a word"


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        if process.poll() is not None:
            return
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
