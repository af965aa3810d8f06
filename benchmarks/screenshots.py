"""Pictures of every page for the documentation, with nothing in them but drawn films.

    python -m benchmarks.screenshots --out docs/screens

Starts the application in a temporary data folder with the bundled versions and small releases
of drawn films, has it read its two synthetic films, and saves each page at 1440 and at 800
pixels, with as many colours as keep a file small. `--tall` shows all of a page instead of the
first screen, for whoever looks for faults. The last line of the output is JSON.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.browser.serving import installed_chromium, running_browser, served_app
from tests.datasets.releases import curated, write_releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

_PATIENCE = 600_000
_WIDTHS = (1440, 800)
_HEIGHT, _MOST_HEIGHT = 900, 4000
_COLOURS = (40, 152, 64)  # of the controls, of everything coloured, and greys: 256 at most
_SHARES = (1.0, 0.75, 0.6, 0.45)  # of those; the first that makes a file small enough is taken
_MOST_BYTES = 150_000
_SETTLING = 1500  # ms: what is drawn in the browser comes after the server's answer
_PATIENTS = 24
_CONTENT_HEIGHT = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollHeight + window.innerHeight - main.clientHeight;
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    """A page by its name in the navigation, and what stands there once it is whole.

    The first of `signs` is this page's own: the one before may still be drawn.
    """

    page: str
    signs: tuple[str, ...]


_VIEWER = "[data-testid=film-viewer][data-ready=true]"
_CHART = ".js-plotly-plot .main-svg"
_SHOTS = (
    Shot("Review", (_VIEWER,)),
    Shot("Compare", ("text=Overlap of the heat", _VIEWER)),
    Shot("Performance", (".cxr-headlines", _CHART)),
    Shot("Data", (".st-key-data-trust", _CHART)),
    Shot("Retrain", ("h1:has-text('Retrain')",)),
    Shot("Admin", ("h1:has-text('Admin')",)),
    Shot("Health", ("h1:has-text('Health')",)),
)


def main() -> None:
    """Take the pictures and print what each weighs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--tall", action="store_true", help="all of a page")
    options = parser.parse_args()
    chromium = installed_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    weights: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="cxr-screens-") as place:
        folder = Path(place)
        releases = write_releases(folder / "releases", _PATIENTS)
        curated(releases, folder / "data" / "manifest")
        where = {"CXR_DATASETS_DIR": str(releases), "CXR_JOBS": "0"}
        with served_app(folder, **where) as url, running_browser(chromium) as browser:
            page = browser.new_page(viewport={"width": _WIDTHS[0], "height": _HEIGHT})
            for name, picture in visit(page, url, is_tall=options.tall):
                (options.out / f"{name}.png").write_bytes(picture)
                weights[name] = len(picture)
                print(f"{name:24s}{len(picture) / 1000:8.0f} kB", flush=True)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": round(seconds), "bytes": weights}))


def visit(page: Page, url: str, *, is_tall: bool) -> Iterator[tuple[str, bytes]]:
    """Go through all pages in one session, and yield their pictures by name."""
    page.goto(url)
    page.get_by_text("Ready on").wait_for(timeout=_PATIENCE)
    yield from pictures(page, "triage-empty", is_tall=is_tall)
    page.get_by_role("button", name="Try two synthetic films").click()
    page.locator("tr[data-state]:not([data-state=waiting])").nth(1).wait_for(timeout=_PATIENCE)
    yield from pictures(page, "triage", is_tall=is_tall)
    for shot in _SHOTS:
        page.get_by_role("link", name=shot.page, exact=True).click()
        for sign in shot.signs:
            page.locator(sign).first.wait_for(timeout=_PATIENCE)
        yield from pictures(page, shot.page.lower(), is_tall=is_tall)
        if shot.page == "Review":
            page.get_by_role("combobox", name="Beside").click()
            page.get_by_role("option").nth(1).click()
            page.locator(f"{_VIEWER}[data-pair=true]").wait_for(timeout=_PATIENCE)
            yield from pictures(page, "review-two", is_tall=is_tall)


def pictures(page: Page, name: str, *, is_tall: bool) -> Iterator[tuple[str, bytes]]:
    """Yield a page at each width, and leave the window as it was."""
    for width in _WIDTHS:
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        settle(page)
        if is_tall:
            height = min(_MOST_HEIGHT, page.evaluate(_CONTENT_HEIGHT))
            page.set_viewport_size({"width": width, "height": height})
            settle(page)
        yield f"{name}-{width}", small_png(page.screenshot())
    page.set_viewport_size({"width": _WIDTHS[0], "height": _HEIGHT})
    settle(page)


def settle(page: Page) -> None:
    """Wait until server and browser have drawn everything; no mouse points anywhere."""
    page.mouse.move(0, 0)
    idle = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    idle.wait_for(state="attached", timeout=_PATIENCE)
    page.wait_for_timeout(_SETTLING)


def small_png(picture: bytes) -> bytes:
    """Reduce a PNG to a palette, to a smaller one where it stays heavy: grain packs badly."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    packed = b""
    for share in _SHARES:
        file = io.BytesIO()
        reduced = image.quantize(palette=palette_of(image, share), dither=Image.Dither.NONE)
        reduced.save(file, "PNG", optimize=True)
        packed = file.getvalue()
        if len(packed) <= _MOST_BYTES:
            break
    return packed


def palette_of(image: Image.Image, share: float) -> Image.Image:
    """Choose colours: those of the controls as they are, then the heat's, then plain greys.

    Chosen by how many pixels have them, films would leave the controls none of their own.
    """
    common, coloured, grey = (round(share * number) for number in _COLOURS)
    counts = image.getcolors(image.width * image.height) or []
    first = [colour for _, colour in sorted(counts, reverse=True)[:common]]
    wide = image.quantize(coloured, method=Image.Quantize.MAXCOVERAGE).getpalette() or []
    levels = [round(255 * step / (grey - 1)) for step in range(grey)]
    values = [value for colour in first for value in colour] + wide[: 3 * coloured]
    values += [level for level in levels for _ in range(3)]
    chosen = Image.new("P", (1, 1))
    chosen.putpalette(values + values[:3] * (256 - len(values) // 3))
    return chosen


if __name__ == "__main__":
    main()
