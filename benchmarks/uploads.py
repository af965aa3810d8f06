"""What many films cost the server while they are uploaded: memory and time, in a real browser.

    python -m benchmarks.uploads --files 1200 --megabytes 1
    python -m benchmarks.uploads --zip --files 400 --megabytes 1

Starts the application, has it read one film, so that its models are loaded, hands Chromium that
many files of random bytes (each is refused once it is read, so the networks add nothing to the
figures; with `--films` drawn radiographs, which are read) or one zip of them, and waits until
every one has its row. Prints the server's resident memory before, its peak, and the seconds
until all films had arrived and until all had been read; the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from tests.browser.serving import installed_chromium, running_browser, served_app
from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 1_800_000
_LOOK_SECONDS = 0.05
_READ = "tr[data-state]:not([data-state=waiting])"


@dataclass(slots=True)
class Watch:
    """Resident bytes of the server's own process, looked at until told to end."""

    process: psutil.Process
    before: int = 0
    peak: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Look from now on."""
        self.before = self.peak = self.process.memory_info().rss
        threading.Thread(target=self._look, daemon=True).start()

    def stop(self) -> None:
        """Look no longer."""
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self.peak = max(self.peak, self.process.memory_info().rss)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--files", type=int, default=1200)
    parser.add_argument("--megabytes", type=float, default=1.0, help="of each file (1)")
    parser.add_argument("--zip", action="store_true", help="pack them into one zip")
    parser.add_argument("--films", action="store_true", help="drawn films, which are read")
    options = parser.parse_args()
    chromium = installed_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "films"
        films = write_films(folder, options)
        if options.zip:
            films = [pack(films, Path(place) / "films.zip")]
        with served_app(Path(place)) as url, running_browser(chromium) as browser:
            told = measure(browser, url, films, options.files)
    for name, value in told.items():
        print(f"{name:24s}{value:12.1f}")
    print(json.dumps(told))


def write_films(folder: Path, options: argparse.Namespace) -> list[Path]:
    """Write the files, each another."""
    folder.mkdir()
    paths = [folder / f"film-{number:05d}.png" for number in range(options.files)]
    for number, path in enumerate(paths):
        if options.films:
            path.write_bytes(png_bytes(synthetic_chest(1024, 896, seed=number)))
        else:
            path.write_bytes(b"NOT." + os.urandom(int(options.megabytes * 2**20) - 4))
    return paths


def pack(films: list[Path], target: Path) -> Path:
    """Put the files into one zip, as they are."""
    with zipfile.ZipFile(target, "w") as archive:
        for film in films:
            archive.write(film, film.name)
    return target


def measure(browser: Browser, url: str, films: list[Path], count: int) -> dict[str, float]:
    """Megabytes and seconds of one drop of `count` films, packed or not."""
    first = films[0].with_name("first.png")
    first.write_bytes(png_bytes(synthetic_chest(300, 260)))
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(url)
        drop(page, [first])  # the models are loaded, the decoders started
        wait_for_rows(page, _READ, 1)
        page.wait_for_timeout(3000)
        watch = Watch(server_at(url))
        watch.start()
        began = time.perf_counter()
        drop(page, films)
        wait_for_rows(page, "tr[data-state]", count + 1)
        arrived = time.perf_counter() - began
        wait_for_rows(page, _READ, count + 1)
        read = time.perf_counter() - began
        watch.stop()
        return {
            "before_mb": watch.before / 2**20,
            "peak_mb": watch.peak / 2**20,
            "growth_mb": (watch.peak - watch.before) / 2**20,
            "arrived_seconds": arrived,
            "read_seconds": read,
        }


def drop(page: Page, films: list[Path]) -> None:
    """Hand them to the uploader."""
    page.locator("input[type=file]").first.set_input_files(films)


def wait_for_rows(page: Page, rows: str, count: int) -> None:
    """Wait until the worklist has so many of them."""
    page.locator(rows).nth(count - 1).wait_for(state="attached", timeout=_PATIENCE)


def server_at(url: str) -> psutil.Process:
    """Return the process that was started to serve this address."""
    port = url.rpartition(":")[2]
    for process in psutil.Process().children(recursive=True):
        words = process.cmdline()
        if "streamlit" in words and port in words:
            return process
    raise RuntimeError(f"No process of this program serves {url}.")


if __name__ == "__main__":
    main()
