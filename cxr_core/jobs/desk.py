"""Where a job does its work: its folder, how it says how far it is, whether it still may."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING

from cxr_core.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.jobs.job import Claim, Progress
    from cxr_core.jobs.messages import Speaker
    from cxr_core.jobs.queue import JobQueue

LOCK_NAME = "lock"
_LEAST_SECONDS = 2.0  # between two looks at the fence
_LOCK_SECONDS = 90.0


class Desk(AbstractContextManager["Desk"]):
    """A claim's place, held by one process at a time.

    A worker that was stopped for longer than its lease, and is not dead, may have a process
    that goes on. Two things keep it from the files of the one that took over: the fence, which
    `check` asks for before anything is written, and a lock on the folder, which closes the
    moment between asking and writing.
    """

    def __init__(self, queue: JobQueue, claim: Claim, folder: Path, speaker: Speaker) -> None:
        self.folder = folder
        self.claim = claim
        self._queue = queue
        self._speaker = speaker
        self._checked = float("-inf")
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Desk:
        """Wait for whoever is still in the folder.

        Raises
        ------
        StorageError
            When the folder cannot be made, or somebody stays.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / LOCK_NAME).open("ab")
        deadline = time.monotonic() + _LOCK_SECONDS
        while not _locked(self._lock):
            self.check()
            if time.monotonic() > deadline:
                raise StorageError(
                    "Another process holds this job's folder and does not let go. "
                    "End it, then try again."
                )
            time.sleep(0.2)
        return self

    def __exit__(self, *error: object) -> None:
        """Let others in."""
        if self._lock is not None:
            self._lock.close()

    def progress(self, progress: Progress) -> None:
        """Say how far it is, and stop here when the job is somebody else's by now."""
        self._speaker.progress(progress)
        if time.monotonic() - self._checked >= _LEAST_SECONDS:
            self.check()

    def check(self) -> None:
        """Make sure that this process still holds the job.

        Raises
        ------
        StorageError
            When it does not: whoever does, has taken up the work.
        """
        if not self._queue.look(self.claim).is_held:
            raise StorageError("This job was given to another worker, or ended.")
        self._checked = time.monotonic()


def _locked(stream: IO[bytes]) -> bool:
    """Lock a file for this process and its life; say whether nobody else has."""
    try:
        import fcntl
    except ImportError:
        return True  # not on this system: the fence alone has to do

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
