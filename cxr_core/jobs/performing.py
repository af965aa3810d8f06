"""Do a job at its desk, and say in a sentence what kept it from being done."""

from __future__ import annotations

import errno
import os
import traceback
from typing import TYPE_CHECKING, Any

from cxr_core.errors import CxrError
from cxr_core.jobs.desk import Desk
from cxr_core.jobs.messages import Speaker

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.jobs.job import Claim
    from cxr_core.jobs.queue import JobQueue

_FREE_SPACE = "Free some space, then try again: what was done is kept."


def perform(
    work: Callable[[Desk], dict[str, Any]], queue: JobQueue, claim: Claim, folder: Path
) -> int:
    """Do `work` in the claim's folder; return the exit status. The worker hears how it ended.

    What is no error of ours and not the disk's rises: the process ends with a traceback in its
    log, and the job is tried again.
    """
    speaker = Speaker()
    try:
        with Desk(queue, claim, folder, speaker) as desk:
            desk.check()
            speaker.result(work(desk))
    except CxrError as error:
        speaker.error(f"{error} {_FREE_SPACE}" if _is_full(error.__cause__) else str(error))
        return error.exit_status
    except OSError as error:
        traceback.print_exc()
        speaker.error(_disk_words(error))
        return 1
    return 0


def _is_full(error: BaseException | None) -> bool:
    return isinstance(error, OSError) and error.errno == errno.ENOSPC


def _disk_words(error: OSError) -> str:
    if _is_full(error):
        return f"No space is left on the disk. {_FREE_SPACE}"
    return f"The machine refuses: {os.strerror(error.errno or 0)}. Look at the log."
