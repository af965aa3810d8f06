"""A job of the tests: counts to a number, one file line a step, and goes on where it stood.

What it does besides is chosen by a word: hang, die, refuse, or have a child of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from cxr_core.jobs.job import Progress
from cxr_core.jobs.messages import Speaker


def main(folder: Path, to: int, word: str, seconds: float) -> None:
    speaker = Speaker()
    counted = folder / "counted.txt"
    (folder / "process.txt").write_text(str(os.getpid()))
    if word == "child":
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
            (folder / "child.txt").write_text(str(child.pid))
            speaker.progress(Progress("Waiting", 0, 1))
            child.wait()
    done = len(counted.read_text().splitlines()) if counted.is_file() else 0
    while done < to:
        with counted.open("a") as stream:
            stream.write(f"{done}\n")
        done += 1
        speaker.progress(Progress("Counting", done, to, kept=done))
        if word == "hang":
            time.sleep(60)
        if word == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if word == "refuse":
            speaker.error("There is nothing to count.")
            sys.exit(2)
        time.sleep(seconds)
    speaker.result({"counted": done})


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
