"""The curation in a process of its own: followed, ended on request, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cxr_core.services import build_services
from cxr_core.settings import Settings
from cxr_core.use_cases.curation_job import CurationJob, JobState

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0
EVENT = (
    'print(\'{"stage": "Reading films", "done": %d, "total": 4}\', file=sys.stderr, flush=True)'
)


def job_of(folder: Path, script: str) -> CurationJob:
    command = [sys.executable, "-c", f"import os, signal, sys, time\n{script}"]
    return CurationJob(command, folder, {"CXR_OF_THE_TEST": "handed on"})


def wait_for(job: CurationJob, holds: Callable[[JobState], bool]) -> JobState:
    deadline = time.monotonic() + PATIENCE
    while not holds(job.state):
        assert time.monotonic() < deadline, job.state
        time.sleep(0.02)
    return job.state


def wait_for_end(job: CurationJob) -> JobState:
    return wait_for(job, lambda state: not state.running)


def is_alive(process: int) -> bool:
    """A process that has ended and that nobody has asked about yet is not alive."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_death(process: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while is_alive(process):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_run_is_followed_to_its_end(tmp_path: Path) -> None:
    job = job_of(tmp_path, f"{EVENT % 3}\ninput_file = open('go')\n{EVENT % 4}")
    os.mkfifo(tmp_path / "go")
    assert job.state == JobState()
    assert job.start()
    state = wait_for(job, lambda state: state.done == 3)
    assert (state.running, state.stage, state.total, state.share) == (
        True,
        "Reading films",
        4,
        0.75,
    )
    (tmp_path / "go").write_text("")
    state = wait_for_end(job)
    assert (state.finished, state.cancelled, state.failed) == (True, False, "")


def test_only_one_runs_at_a_time_and_another_may_follow(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    job = job_of(tmp_path, "open('go')")
    assert job.start()
    assert not job.start()
    wait_for(job, lambda state: state.running)
    (tmp_path / "go").write_text("")
    wait_for_end(job)
    assert job.start()
    assert job.state.runs == 2
    job.cancel()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("sys.exit('bad_data: The folder is empty: give another.')", "The folder is empty:"),
        ("raise ValueError('something')", "ValueError: something"),
        ("sys.exit(3)", "ended with status 3 and without a word"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("sys.stderr.write('x' * 10**6); sys.exit(1)", "x" * 100),
        ("sys.stderr.buffer.write(b'\\xff{\\n[[[['); sys.exit(1)", "[[[["),
    ],
)
def test_a_failure_is_a_sentence(tmp_path: Path, script: str, message: str) -> None:
    job = job_of(tmp_path, script)
    job.start()
    state = wait_for_end(job)
    assert message in state.failed
    assert not state.failed.startswith("bad_data")
    assert len(state.failed) < 1000
    assert not state.finished
    assert not state.cancelled


def test_a_program_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    job = CurationJob([str(tmp_path / "no-such-program")], tmp_path, {})
    job.start()
    assert wait_for_end(job).failed
    assert CurationJob(["any"], tmp_path / "no-such-folder", {}).start()


@pytest.mark.parametrize(
    "deafness",
    [
        "",
        "signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "[signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)]",
    ],
)
def test_cancelling_ends_it_within_two_seconds_however_deaf_it_is(
    tmp_path: Path, deafness: str
) -> None:
    job = job_of(tmp_path, f"{deafness}\nprint(os.getpid(), file=open('pid', 'w'))\n{EVENT % 1}"
                 "\ntime.sleep(60)")  # fmt: skip
    job.start()
    wait_for(job, lambda state: state.done == 1)
    child = int((tmp_path / "pid").read_text())
    assert is_alive(child)
    start = time.monotonic()
    job.cancel()
    assert time.monotonic() - start < 2.5
    assert (job.state.running, job.state.cancelled, job.state.failed) == (False, True, "")
    wait_for_death(child)


def test_what_the_run_has_started_ends_with_it(tmp_path: Path) -> None:
    script = (
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        "stderr=subprocess.DEVNULL)\n"
        f"print(child.pid, file=open('pid', 'w'))\n{EVENT % 1}\ntime.sleep(60)"
    )
    job = job_of(tmp_path, script)
    job.start()
    wait_for(job, lambda state: state.done == 1)
    job.cancel()
    assert not job.state.running
    wait_for_death(int((tmp_path / "pid").read_text()))


def test_cancelling_at_once_or_when_nothing_runs_is_harmless(tmp_path: Path) -> None:
    job = job_of(tmp_path, "time.sleep(60)")
    job.cancel()
    job.start()
    job.cancel()
    assert wait_for_end(job).cancelled
    job.cancel()


def test_the_run_gives_way_to_others_and_hears_its_environment(tmp_path: Path) -> None:
    job = job_of(tmp_path, "print(os.nice(0), os.environ['CXR_OF_THE_TEST'], os.getsid(0) == "
                 "os.getpid(), file=open('told', 'w'))")  # fmt: skip
    job.start()
    assert wait_for_end(job).finished
    assert (tmp_path / "told").read_text().split() == ["10", "handed", "on", "True"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_server_that_is_killed_leaves_no_run_behind(tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_text(
        "import sys, time\nfrom pathlib import Path\n"
        "from cxr_core.use_cases.curation_job import CurationJob\n"
        'script = \'import os, time; print(os.getpid(), file=open("pid", "w"))\'\n'
        "script += '; time.sleep(60)'\n"
        "CurationJob([sys.executable, '-c', script], Path('.'), {}).start()\ntime.sleep(60)\n"
    )
    checkout = str(Path(__file__).resolve().parents[2])
    process = subprocess.Popen(
        [sys.executable, str(server)], cwd=tmp_path, env={**os.environ, "PYTHONPATH": checkout}
    )
    deadline = time.monotonic() + PATIENCE
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    child = int((tmp_path / "pid").read_text())
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for_death(child)


def test_the_real_command_tells_what_is_wrong_with_the_folder(tmp_path: Path) -> None:
    settings = Settings.from_environment({"CXR_DATA_DIR": str(tmp_path / "data")})
    job = build_services(settings).curation
    job.start()
    assert "is not a folder" in wait_for_end(job).failed
    assert not settings.manifest_dir.exists()
