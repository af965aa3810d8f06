"""The server's end of one decoder process: ask it one thing, or find out how it died."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import cxr_core
from cxr_core.imaging.decode import digest
from cxr_core.imaging.isolation.confinement import PATIENCE
from cxr_core.imaging.isolation.wire import BadMessage, Header, receive_arrays, send

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROOT = Path(cxr_core.__file__).parent.parent
_MODULE = "cxr_core.imaging.isolation.child"
# Codecs start no threads of their own: the pool uses as many processes as it is told to.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
# glibc gives large arrays back at once, and the next film waits for fresh pages: a third of the
# time of a film of 12 megapixels. Kept, they count until the pool replaces the process.
_KEPT_MEMORY = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
# What the loader needs; passwords and addresses of the server stay out.
_INHERITED = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
_SEND_BYTES = 1 << 20
_REAP_SECONDS = 5.0
_SLACK_SECONDS = 0.5  # the process's own clock rings first
_START_SECONDS = 15.0  # Python and the codecs start
_LATE = {-int(getattr(signal, name, 0)) for name in ("SIGALRM", "SIGPROF", "SIGXCPU")}


class Died(Exception):
    """The process did not answer: it crashed, or was ended because it was late."""

    def __init__(self, *, is_late: bool) -> None:
        super().__init__("late" if is_late else "crashed")
        self.is_late = is_late


class Worker:
    """One decoder process. It is asked by one thread at a time."""

    def __init__(self, memory_bytes: int) -> None:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BYTES)
        with theirs, ExitStack() as on_failure:
            on_failure.callback(ours.close)
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _MODULE, str(memory_bytes)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # what a codec says may quote the patient's name
                env=_environment(),
                start_new_session=True,  # an interrupt from the keyboard is the server's
            )
            on_failure.pop_all()
        self._channel = ours
        self.films = 0
        self.held_bytes = 0
        self.peak_bytes = 0

    @property
    def process_id(self) -> int:
        """The process's number on this machine."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(
        self, request: Header, data: bytes, most_bytes: int
    ) -> tuple[Header, list[NDArray[np.generic]]]:
        """Send a film and wait for its answer, `request["seconds"]` of the processor at most.

        The answer's "sha256" is the film's, taken here while the process decodes.

        Raises
        ------
        Died
            The process is ended then; a new one has to take its place.
        """
        self.films += 1
        slack = _START_SECONDS if self.films == 1 else _SLACK_SECONDS
        deadline = time.monotonic() + PATIENCE * request["seconds"] + slack
        try:
            self._channel.settimeout(max(0.1, deadline - time.monotonic()))
            send(self._channel, request, data)
            sha256 = digest(data)
            self._channel.settimeout(max(0.1, deadline - time.monotonic()))
            header, arrays = receive_arrays(self._channel, most_bytes)
        except (BadMessage, OSError) as error:
            is_late = isinstance(error, TimeoutError) or self._was_late()
            self.end()
            raise Died(is_late=is_late) from error
        self.held_bytes = header.get("held_bytes", 0)
        self.peak_bytes = header.get("peak_bytes", 0)
        return header | {"sha256": sha256}, arrays

    def end(self) -> None:
        """End the process, whatever it does."""
        self._channel.close()
        with suppress(ProcessLookupError):
            self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_REAP_SECONDS)

    def _was_late(self) -> bool:
        """Say whether the process's own clock ended it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_SLACK_SECONDS)
        return self._process.returncode in _LATE


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return {
        **kept,
        **_ONE_THREAD,
        **_KEPT_MEMORY,
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
