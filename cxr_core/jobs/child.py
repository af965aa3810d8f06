"""A job's own process: below everybody who reads films, and never left behind.

It has a session of its own, so that all it starts can be ended with it, gives way to every
other process, and where Linux runs it, it dies with the thread that started it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_LONGEST_LINE = 65_536
# Seconds that are given to each way of asking: together under two.
_PATIENCE = (("SIGTERM", 0.8), ("SIGKILL", 0.8))
# A program between: threads forbid code between fork and exec. Linux weighs sessions against
# each other before it weighs processes (autogroup), so both are told to give way; what a
# container does not allow is said in the log, and the job runs all the same.
_LAUNCHER = """
import os, signal, sys
if sys.platform == "linux":
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.argv[2] == "nice":
    os.nice(19)
    try:
        if os.path.exists("/proc/self/autogroup"):
            with open("/proc/self/autogroup", "w") as group:
                group.write("19")
        if hasattr(os, "SCHED_IDLE"):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except OSError as error:
        print(f"This machine does not let a job give way: {error}", file=sys.stderr)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Child:
    """A process under way: `said` are the lines of its stdout, its stderr goes to `log`.

    It gives way to all others unless it is not to be `is_nice`.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str],
        *,
        is_nice: bool = True,
    ) -> None:
        manner = "nice" if is_nice else "as it is"
        launcher = [sys.executable, "-c", _LAUNCHER, str(os.getpid()), manner]
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [*launcher, *command],
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,
            )
        self._lines: list[bytes] = []
        self._lock = threading.Lock()
        self._listener = threading.Thread(
            target=self._listen, args=(self._process.stdout,), name="job", daemon=True
        )
        self._listener.start()
        self._measured: psutil.Process | None = None

    @property
    def process(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """True until the process has ended."""
        return self._process.poll() is None

    @property
    def status(self) -> int:
        """Exit status, negative for a signal; only once it has ended."""
        return self._process.wait()

    def wait(self, seconds: float) -> bool:
        """Wait for the end; say whether it came."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
            self._listener.join(seconds)
        return not self.is_running

    def said(self) -> list[bytes]:
        """Return the lines that came since the last call."""
        with self._lock:
            lines, self._lines = self._lines, []
        return lines

    def use(self) -> dict[str, float]:
        """Return what it uses: processors (1.0 is one, all of its time) and memory in bytes."""
        try:
            if self._measured is None:
                self._measured = psutil.Process(self._process.pid)
                self._measured.cpu_percent()  # counts from here on
                return {}
            with self._measured.oneshot():
                return {
                    "processors": self._measured.cpu_percent() / 100,
                    "memory": float(self._measured.memory_info().rss),
                }
        except psutil.Error:
            return {}  # it has ended

    def stop(self) -> None:
        """End it and all that it started: under two seconds."""
        for name, seconds in _PATIENCE:
            number = getattr(signal, name, None)
            if number is None or not self.is_running:
                continue
            self._signal(number)
            if self.wait(seconds):
                break
        self.sweep()

    def sweep(self) -> None:
        """End what the process has left running in its session."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._listener.join(1.0)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def _listen(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with stream:
            while line := stream.readline(_LONGEST_LINE):
                with self._lock:
                    self._lines.append(line)
