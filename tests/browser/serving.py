"""Start the application and a browser as real processes, and end them whatever happens."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
START_SECONDS = 90.0
STOP_SECONDS = 10.0


class DidNotStart(Exception):
    """The application ended, or never answered; the message holds its log."""


def installed_chromium() -> str | None:
    """Path of a Chromium that is installed on this machine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextlib.contextmanager
def served_app(folder: Path, script: str = "app.py", **environment: str) -> Iterator[str]:
    """Serve the application from its checkout, with an empty store in `folder`: its address.

    Another `script` of the checkout is a page of a few lines for one component alone.
    """
    port = free_port()
    command = [
        *(sys.executable, "-m", "streamlit", "run", script),
        *("--server.headless", "true", "--server.port", str(port)),
    ]
    with (folder / "app.log").open("w+b") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                "CXR_DATA_DIR": str(folder / "data"),
                "PYTHONPATH": str(ROOT),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", process, folder / "app.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop_group(process)


@contextlib.contextmanager
def running_browser(chromium: str) -> Iterator[Browser]:
    """Launch a headless browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield running
        running.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise DidNotStart(log.read_text("utf-8", "replace")[-4000:])


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """End the application and all that it started, gently first."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(STOP_SECONDS)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
