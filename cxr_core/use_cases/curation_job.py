"""Curating in a process of its own, so that a server can show how far it is, and end it.

The process is `python -m cxr_core datasets curate --events`: JSON lines on stderr tell how far
it is, a last plain line what went wrong. It has a session of its own and gives way to whoever
reads films. Where Linux runs it, it dies with the server.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LONGEST_LINE = 4096
_LONGEST_MESSAGE = 600
_CANCELLED = 130
# Seconds that are given to each way of asking, from the polite one on: under two in all.
_PATIENCE = (("SIGINT", 0.9), ("SIGTERM", 0.5), ("SIGKILL", 0.5))
# A server's threads forbid code between fork and exec, so a small program stands between. A
# shell that starts the server in the background would have SIGINT ignored by all descendants.
_LAUNCHER = """
import os, signal, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
os.nice(10)
os.execv(sys.argv[2], sys.argv[2:])
"""


@dataclass(frozen=True, slots=True)
class JobState:
    """How far the newest run is, or how it ended.

    `total` is 0 where it is not known. Of `finished`, `cancelled` and `failed`, which is a
    sentence, at most one holds, and none while it runs or before the first run. `runs` counts
    the starts, so that one run can be told from the next.
    """

    runs: int = 0
    running: bool = False
    stage: str = ""
    done: int = 0
    total: int = 0
    finished: bool = False
    cancelled: bool = False
    failed: str = ""

    @property
    def share(self) -> float:
        """What is done of the present stage, in [0, 1]."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total > 0 else 0.0


class CurationJob:
    """One curation at a time, whoever asks; any thread may call.

    `command` is what is run, in `folder`, with `environment` on top of the server's own.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        self._command = tuple(command)
        self._folder = folder
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._state = JobState()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self._is_cancelled = False

    @property
    def state(self) -> JobState:
        """How far it is now."""
        with self._lock:
            return self._state

    def start(self) -> bool:
        """Start, unless a run is on; say whether this call started one."""
        with self._lock:
            if self._state.running:
                return False
            self._state = JobState(self._state.runs + 1, running=True, stage="Starting")
            self._process, self._is_cancelled = None, False
            self._ended = threading.Event()
        # Linux ends a child with the thread that started it: this one lives as long as it does.
        threading.Thread(target=self._run, name="curation", daemon=True).start()
        return True

    def cancel(self) -> None:
        """End the run and all that it started, and wait for it: two seconds at most."""
        with self._lock:
            if not self._state.running:
                return
            self._is_cancelled = True
            process, ended = self._process, self._ended
        if process is None:  # being started; `_run` sees the mark
            ended.wait(sum(seconds for _, seconds in _PATIENCE))
            return
        _end(process, ended)

    def _run(self) -> None:
        last = ""
        try:
            with subprocess.Popen(
                [*_launcher(), *self._command],
                cwd=self._folder,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as process:
                with self._lock:
                    self._process = process
                self._sweep(process)
                last = self._listen(process.stderr)
                self._sweep(process)
            self._close(process.returncode, last)
        except OSError as error:
            self._close(1, f"The curation cannot be started: {error.strerror or error}.")

    def _sweep(self, process: subprocess.Popen[bytes]) -> None:
        """End what is left of a cancelled run, while its name is still its own."""
        with self._lock:
            is_cancelled = self._is_cancelled
        if is_cancelled:
            _signal(process, "SIGKILL")

    def _listen(self, stream: IO[bytes] | None) -> str:
        """Follow the events to the end; return the last line that is none, cut to size."""
        last = ""
        while stream is not None and (line := stream.readline(_LONGEST_LINE)):
            text = line.decode("utf-8", "replace").strip()
            event = _event(text)
            if event is None:
                last = text[:_LONGEST_MESSAGE] or last
                continue
            stage, done, total = event
            with self._lock:
                self._state = replace(self._state, stage=stage, done=done, total=total)
        return last

    def _close(self, status: int, last: str) -> None:
        with self._lock:
            state = JobState(self._state.runs, stage=self._state.stage)
            if status == 0:
                self._state = replace(state, finished=True)
            elif self._is_cancelled or status == _CANCELLED:
                self._state = replace(state, cancelled=True)
            else:
                self._state = replace(state, failed=_reason(status, last))
            self._process = None
            self._ended.set()


def _launcher() -> list[str]:
    if os.name != "posix":
        return []
    return [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(os.getpid())]


def _event(line: str) -> tuple[str, int, int] | None:
    try:
        told = json.loads(line)
        return str(told["stage"]), int(told["done"]), int(told["total"] or 0)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _reason(status: int, last: str) -> str:
    if status < 0:
        name = signal.Signals(-status).name
        return f"The curation was ended from outside ({name}), perhaps for want of memory."
    code, colon, sentence = last.partition(": ")
    if colon and code.isidentifier() and code.islower():
        return sentence
    return last or f"The curation ended with status {status} and without a word."


def _end(process: subprocess.Popen[bytes], ended: threading.Event) -> None:
    for name, seconds in _PATIENCE:
        if not hasattr(signal, name):
            continue
        _signal(process, name)
        if ended.wait(seconds):
            return


def _signal(process: subprocess.Popen[bytes], name: str) -> None:
    if process.returncode is not None:  # its number may be another's by now
        return
    number = getattr(signal, name)
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
