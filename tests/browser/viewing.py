"""Look into the film viewer: its state, its pixels, what it says; and press its keys."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Locator, Page

MINUTE = 60_000
_PIXELS = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let i = 0; i < data.length; i += 8192) {
    text += String.fromCharCode(...data.subarray(i, i + 8192));
  }
  return [canvas.height, canvas.width, btoa(text)];
}"""
# Notes every text that is written into a picture.
WRITTEN = """() => {
  window.written = [];
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    window.written.push(text);
    return write.call(this, text, ...rest);
  };
}"""
# Two frames: one that the last key asked for, and one to be sure that it is over.
_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def viewer(page: Page) -> Locator:
    return page.get_by_test_id("film-viewer")


def settled(page: Page) -> None:
    """Wait until a film is on the screen and the frame that was asked for is drawn."""
    page.locator("[data-testid=film-viewer][data-ready=true]").wait_for(timeout=MINUTE)
    page.evaluate(_FRAMES)


def press(page: Page, *keys: str) -> None:
    """Press keys while the viewer itself has the focus."""
    viewer(page).focus()
    for key in keys:
        page.keyboard.press(key)
    page.evaluate(_FRAMES)


def write(page: Page, label: str, value: int) -> None:
    """Write into a field or move a slider of the viewer."""
    viewer(page).get_by_label(label, exact=True).fill(str(value))
    viewer(page).get_by_label(label, exact=True).blur()
    page.evaluate(_FRAMES)


def state(page: Page) -> dict[str, Any]:
    page.evaluate(_FRAMES)
    return json.loads(viewer(page).get_attribute("data-state"))


def said(page: Page) -> str:
    """What the live region says."""
    return viewer(page).locator("[data-el=live]").text_content()


def on_screen(
    heat: NDArray[Any], canvas: tuple[int, int], film: tuple[int, int], told: dict[str, Any]
) -> NDArray[np.float64]:
    """Heat of each pixel of a canvas, by bilinear interpolation between the map's values.

    `told` holds zoom and centre; canvas and film are (rows, columns). NaN stands beside the
    film: a canvas is rarely of its very shape, and the heat may reach the edge between them.
    """
    scale = told["zoom"] * min(canvas[0] / film[0], canvas[1] / film[1])
    places, inside = [], []
    for size, length, centre, cells in zip(canvas, film, "yx", heat.shape, strict=True):
        place = told[centre] + (np.arange(size) + 0.5 - size / 2) / scale / length
        places.append(np.clip(place * cells - 0.5, 0, cells - 1))
        inside.append((place > 0) & (place < 1))
    down, across = places
    rowwise = np.stack([np.interp(across, np.arange(heat.shape[1]), line) for line in heat])
    below = np.clip(np.floor(down).astype(int), 0, heat.shape[0] - 2)
    share = (down - below)[:, None]
    mixed = rowwise[below] * (1 - share) + rowwise[below + 1] * share
    return np.where(np.logical_and.outer(*inside), mixed, np.nan)


def pixels(page: Page, panel: int) -> NDArray[np.uint8]:
    """RGB of a panel's canvas, (rows, columns, 3)."""
    canvas = page.get_by_test_id(f"panel-{panel}").locator("canvas").first
    rows, columns, text = canvas.evaluate(_PIXELS)
    flat = np.frombuffer(base64.b64decode(text), np.uint8)
    return flat.reshape(rows, columns, 4)[:, :, :3]
