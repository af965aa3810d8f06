"""What a clinician waits for, in a real browser: first paint, and upload to result.

Each figure is the median of several runs against one server whose models are loaded (first
paint right after the server's start, while they load, is printed beside it). The films are
drawn, 2048 x 1792. The last line of the output is JSON; `--screenshot FILE` saves the review
page of a drawn film.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.serving import installed_chromium, running_browser, served_app
from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 180_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--screenshot", type=Path, metavar="FILE")
    options = parser.parse_args()
    chromium = installed_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    with tempfile.TemporaryDirectory() as folder:
        films = [Path(folder) / f"film-{number}.png" for number in range(10)]
        for number, film in enumerate(films):
            film.write_bytes(png_bytes(synthetic_chest(2048, 1792, seed=number)))
        with served_app(Path(folder)) as url, running_browser(chromium) as browser:
            results = measure(browser, url, films, options.runs)
            if options.screenshot:
                take_screenshot(browser, url, films[1], options.screenshot)
    for name, value in results.items():
        print(f"{name:24s}{value:10.0f} ms")
    print(json.dumps({name: round(value) for name, value in results.items()}))


def measure(browser: Browser, url: str, films: list[Path], runs: int) -> dict[str, float]:
    """Median milliseconds from navigation to heading, and from drop to a finished worklist."""
    cold = first_paint(browser, url)
    wait_for_models(browser, url)
    return {
        "first_paint_cold": cold,
        "first_paint": statistics.median(first_paint(browser, url) for _ in range(runs)),
        "one_film": statistics.median(upload(browser, url, films[:1]) for _ in range(runs)),
        "ten_films": statistics.median(upload(browser, url, films) for _ in range(runs)),
    }


def first_paint(browser: Browser, url: str) -> float:
    """Milliseconds until the page's heading and uploader stand there."""
    with browser.new_context() as context:
        page = context.new_page()
        began = time.perf_counter()
        open_triage(page, url)
        return 1000 * (time.perf_counter() - began)


def open_triage(page: Page, url: str) -> None:
    """Go to the first page and wait until it can be used."""
    page.goto(url, wait_until="commit")
    page.get_by_role("heading", name="Triage").wait_for(timeout=_PATIENCE)
    page.locator("input[type=file]").wait_for(state="attached", timeout=_PATIENCE)


def wait_for_models(browser: Browser, url: str) -> None:
    """Wait until the page says that the models are ready."""
    with browser.new_context() as context:
        page = context.new_page()
        open_triage(page, url)
        page.get_by_text("Ready on").wait_for(timeout=_PATIENCE)


def upload(browser: Browser, url: str, films: list[Path]) -> float:
    """Milliseconds from dropping films until the worklist is finished."""
    with browser.new_context() as context:
        page = context.new_page()
        open_triage(page, url)
        page.wait_for_timeout(500)
        began = time.perf_counter()
        page.locator("input[type=file]").set_input_files(films)
        read = page.locator("tr[data-state]:not([data-state=waiting])")
        read.nth(len(films) - 1).wait_for(timeout=_PATIENCE)
        return 1000 * (time.perf_counter() - began)


def take_screenshot(browser: Browser, url: str, film: Path, target: Path) -> None:
    """Save the review page of one drawn film."""
    with browser.new_context(viewport={"width": 1440, "height": 940}) as context:
        page = context.new_page()
        open_triage(page, url)
        page.locator("input[type=file]").set_input_files(film)
        page.get_by_role("button", name="Review from the top").click(timeout=_PATIENCE)
        page.locator("[data-testid=film-viewer][data-ready=true]").wait_for(timeout=_PATIENCE)
        page.mouse.move(0, 0)
        page.wait_for_timeout(1500)
        page.screenshot(path=target)


if __name__ == "__main__":
    main()
