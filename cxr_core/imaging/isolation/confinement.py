"""What a decoder process may use: memory, processor time, files. Nothing else is asked of it.

Made for Linux. Where there is no `resource` (Windows) only the time that the server waits for
an answer would bound a decoder.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

PATIENCE = 5.0
_STATM = Path("/proc/self/statm")
_STATUS = Path("/proc/self/status")
_USUAL_BYTES = 1 << 30  # address space, most of it code and reserve
_OPEN_FILES = 64  # codecs are loaded when the first film needs them


def confine(memory_bytes: int) -> None:
    """Bound this process for good: `memory_bytes` on top of what it has, no files, no core."""
    if sys.platform == "win32":
        return
    _bound(resource.RLIMIT_AS, (_pages(0) or _USUAL_BYTES) + memory_bytes)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_NOFILE, _OPEN_FILES)


def allow(seconds: float) -> None:
    """Begin a film: with `seconds` of the processor, or `PATIENCE` times that on the clock.

    Whatever runs out first ends this process. The processor counts, since on a busy machine the
    clock says nothing of a film; the server waits by the clock too.
    """
    if sys.platform == "win32":
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(spent.ru_utime + spent.ru_stime + seconds) + 2  # where the timers are ignored
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def rest() -> None:
    """End a film: the clocks stand still until the next."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def held_bytes() -> tuple[int, int]:
    """Return the memory that this process has, and the most it ever had; 0 where unknown."""
    if sys.platform == "win32":
        return 0, 0
    return _pages(1), _high_water()


def _bound(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _high_water() -> int:
    """Return VmHWM (proc(5)); what getrusage tells begins with the memory of the server."""
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    told = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "0")
    return int(told) * 1024


def _pages(column: int) -> int:
    """Return bytes of this process: column 0 is address space, 1 is memory (proc(5), statm)."""
    try:
        return int(_STATM.read_text().split()[column]) * resource.getpagesize()
    except OSError:
        return 0
