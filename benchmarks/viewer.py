"""What the film viewer costs in a browser: first frame, steps, messages and memory.

    python -m benchmarks.viewer --megapixels 12

One drawn 12-bit film with two panels of drawn heat in headless Chromium, 1440 x 900, no GPU.
The first frame is the median of several openings of the page, each in a fresh context, while
the server keeps the parcel as the application does; a page of one line, opened in turns with
it, is what Streamlit takes of that. Both are told by the page's own clock, from the beginning
of the navigation to the end of the frame that shows it: what drives the browser looks only
every half second. A step is the script's time: an event on the viewer as a
hand makes it, plus the frame that it asks for, by the page's own clock; painting is the
browser's. Each step has values of its own, so that nothing comes out of a cache. Messages are
what the page sends to the server while all steps run. Memory is the renderer's resident set
after them (Linux). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.browser.serving import installed_chromium, running_browser, served_app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE = 180_000
_TARGETS = {
    "first_frame_ms": 2000,
    "bare_page_ms": None,
    "window_ms": 8,
    "zoom_ms": 8,
    "opacity_ms": 8,
    "threshold_ms": 8,
    "outline_ms": 8,
    "messages": 0,
    "memory_mb": 400,
}
# Times the frames that are asked for while an event is handled, and nobody else's.
_STOPWATCH = """() => {
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => {
    const step = window.benchmarkStep;
    if (!step) return ask(callback);
    step.asked = (step.asked ?? 0) + 1;
    return ask((now) => {
      const begun = performance.now();
      callback(now);
      step.spent = (step.spent ?? 0) + performance.now() - begun;
      step.asked -= 1;
      if (step.asked === 0) step.done(step.spent); // of two linked films each has a frame
    });
  };
}"""
# Notes when the frame is over in which the film, or the bare page's line, was first there.
_WATCH = """(() => {
  const within = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches("[data-testid=film-viewer][data-ready=true]")) return each;
      const found = each.shadowRoot && within(each.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const isBare = location.search.includes("bare");
  const isThere = () => isBare
    ? document.querySelector("[data-testid=stText]") !== null
    : within(document) !== null;
  const look = () => {
    if (!document.body || !isThere()) return requestAnimationFrame(look);
    requestAnimationFrame(() => { window.firstFrame = performance.now(); });
  };
  requestAnimationFrame(look);
})()"""
_STEPS = """async ({ kind, count }) => {
  const within = (root) => {
    for (const each of root.querySelectorAll("*")) {
      if (each.matches("[data-testid=film-viewer]")) return each;
      const found = each.shadowRoot && within(each.shadowRoot);
      if (found) return found;
    }
    return null;
  };
  const viewer = within(document);
  const field = (name) => viewer.querySelector(`[data-el=${name}]`);
  const set = (name, value, event) => {
    field(name).value = value;
    field(name).dispatchEvent(new Event(event, { bubbles: true }));
  };
  const ask = window.requestAnimationFrame;
  const press = (name) => viewer.querySelector(`[data-toggle=${name}]`).click();
  const film = viewer.querySelector(".film canvas");
  const box = film.getBoundingClientRect();
  const wheel = (deltaY) => film.dispatchEvent(new WheelEvent("wheel", {
    deltaY, bubbles: true, cancelable: true,
    clientX: box.x + box.width * 0.4, clientY: box.y + box.height * 0.6,
  }));
  const kinds = {
    window: (i) => set("width", 1000 + 61 * i, "change"),
    zoom: (i) => wheel(i % 20 < 10 ? -120 : 120),
    opacity: (i) => set("opacity", 20 + (i % 60), "input"),
    threshold: (i) => set("threshold", 20 + (i % 60), "input"),
    outline: (i) => set("threshold", 20 + (i % 60), "input"),
  };
  const rest = () => new Promise((resolve) => setTimeout(() => ask(resolve), 20));
  if (kind === "outline") press("outline");
  await rest(); // a frame that is asked for already would serve the first step too
  const times = [];
  for (let i = 0; i < count; i++) {
    await new Promise((resolve) => {
      let handled = 0;
      window.benchmarkStep = { done: (spent) => { times.push(handled + spent); resolve(); } };
      const begun = performance.now();
      kinds[kind](i);
      handled = performance.now() - begun;
      window.benchmarkStep = null;
    });
    await rest();
  }
  return times;
}"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--megapixels", type=int, default=12)
    parser.add_argument("--runs", type=int, default=5, help="openings of the page (5)")
    parser.add_argument("--steps", type=int, default=40, help="of each kind (40)")
    parser.add_argument("--two", action="store_true", help="two linked films side by side")
    options = parser.parse_args()
    two = {"TWO": "1"} if options.two else {}
    chromium = installed_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    with (
        tempfile.TemporaryDirectory() as folder,
        served_app(
            Path(folder),
            "benchmarks/viewer_page.py",
            MEGAPIXELS=str(options.megapixels),
            **two,
        ) as url,
        running_browser(chromium) as browser,
    ):
        results = measure(browser, url, options.runs, options.steps)
    for name, value in results.items():
        target = _TARGETS[name]
        print(f"{name:16s}{value:10.1f}   {'' if target is None else f'target {target}'}")
    print(json.dumps({name: round(value, 2) for name, value in results.items()}))


def measure(browser: Browser, url: str, runs: int, steps: int) -> dict[str, float]:
    """Return the figures under the names of their targets."""
    opening(browser, url, "film")  # the server draws and packs the film
    turns = [
        (opening(browser, url, "film"), opening(browser, url, "bare")) for _ in range(runs)
    ]
    film, bare = (statistics.median(each) for each in zip(*turns, strict=True))
    found = {"first_frame_ms": film, "bare_page_ms": bare}
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(f"({_STOPWATCH})()")
        sent: list[object] = []
        page.on(
            "websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame))
        )
        open_viewer(page, url)
        page.wait_for_timeout(1000)
        if not sent:
            sys.exit("No message to the server was seen at all: the count would mean nothing.")
        before = len(sent)
        for kind in ("window", "zoom", "opacity", "threshold", "outline"):
            times = page.evaluate(_STEPS, {"kind": kind, "count": steps})
            found[f"{kind}_ms"] = statistics.median(times)
        page.wait_for_timeout(500)
        found["messages"] = len(sent) - before
        found["memory_mb"] = renderer_megabytes(browser)
    return found


def opening(browser: Browser, url: str, what: str) -> float:
    """Milliseconds from opening the page to the first frame, or to the bare page's line."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto(url if what == "film" else f"{url}?bare=1", wait_until="commit")
        page.wait_for_function("() => window.firstFrame > 0", timeout=_PATIENCE)
        return float(page.evaluate("() => window.firstFrame"))


def open_viewer(page: Page, url: str) -> None:
    """Go to the page and wait until the film is on the screen."""
    page.goto(url, wait_until="commit")
    page.locator("[data-testid=film-viewer][data-ready=true]").wait_for(timeout=_PATIENCE)


def renderer_megabytes(browser: Browser) -> float:
    """Resident memory of the largest renderer."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return max(_resident(each["id"]) for each in processes if each["type"] == "renderer")


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    (kilobytes,) = re.findall(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    main()
