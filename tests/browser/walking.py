"""Go through a page with Tab alone, and look whether anything sticks out of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.browser.test_main_job import CONTROLS

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a focus may change: of the element that has it, of what it lies in, and, since Streamlit
# hides the real check box behind a drawn one, of its label's parts.
_LOOKS = """() => {
document.activeElement?.blur();
for (const fade of document.getAnimations()) if (fade instanceof CSSTransition) fade.finish();
window.last = null;
window.partsOf = element => {
  const parts = [element];
  for (let up = element.parentElement; up && parts.length < 4; up = up.parentElement) {
    parts.push(up);
  }
  return [...parts, ...(element.closest("label")?.querySelectorAll("*") ?? [])];
};
window.lookOf = element => {
  const style = getComputedStyle(element);
  const outline = style.outlineStyle === "none" || parseFloat(style.outlineWidth) === 0
    ? "none" : [style.outlineStyle, style.outlineWidth, style.outlineColor].join(" ");
  return [outline, style.boxShadow, style.borderTopColor, style.backgroundColor].join("; ");
};
window.unfocused = new Map();
for (const control of window.controls) {
  for (const part of window.partsOf(control)) window.unfocused.set(part, window.lookOf(part));
}
}"""
# The element with the focus, and what is wrong with it. Fades are ended first: they hide a
# focus that is on its way.
_STEP = """() => {
  for (const fade of document.getAnimations()) if (fade instanceof CSSTransition) fade.finish();
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (!element || element === document.body) return { at: null, isNew: true, faults: [] };
  const again = element === window.last;
  window.last = element;
  const isNew = !window.reached.has(element);
  window.reached.add(element);
  const faults = [];
  if (isNew && window.unfocused.has(element)) {
    const seen = window.partsOf(element)
      .some(part => window.unfocused.get(part) !== window.lookOf(part));
    if (!seen) faults.push("shows no focus");
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const over = top?.closest(".cxr-line, .cxr-demo, [data-testid=stHeader]");
    if (over && !over.contains(element)) faults.push("lies under " + over.className);
  }
  if (again) faults.push("keeps the focus");
  return { at: element.outerHTML.slice(0, 160), isNew, faults };
}"""
# Left to the mouse by Streamlit, since a key does the same: the steps of a number field (the
# arrows up and down), and the crosses of what a list has chosen (the backspace key).
_MISSED = """() => window.controls
  .filter(element => !window.reached.has(element))
  .filter(element => element.tabIndex >= 0
    || !element.closest("[data-testid^=stNumberInputStep], [data-testid=stMultiSelect]"))
  .map(element => element.outerHTML.slice(0, 160))"""
_SPILLS = """() => {
  const found = [];
  const walk = root => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const spill = element.scrollWidth - element.clientWidth;
      if (spill <= 1 || element.clientWidth <= 1) continue;
      if (getComputedStyle(element).overflowX !== "visible") continue;
      const seen = { visibilityProperty: true, opacityProperty: true };
      if (!element.checkVisibility(seen)) continue;
      if (element.closest("svg, .js-plotly-plot")) continue;
      found.push(`${spill} pixels: ${element.outerHTML.slice(0, 160)}`);
    }
  };
  walk(document.body);
  const page = document.scrollingElement;
  if (page.scrollWidth > page.clientWidth) found.push("the document");
  const main = document.querySelector("[data-testid=stMain]");
  if (main && main.scrollWidth > main.clientWidth) found.push("the page");
  return found;
}"""
_SPARE_STEPS = 60  # groups of radio buttons and boxes that scroll are stops besides


@dataclass(frozen=True, slots=True)
class Walk:
    """`missed` was never reached; `faults` are of what was."""

    reached: int
    missed: tuple[str, ...]
    faults: tuple[str, ...]


def walk_with_tab(page: Page) -> Walk:
    """Press Tab until it comes round again, wherever on the page that begins."""
    count = page.evaluate(CONTROLS)
    page.evaluate(_LOOKS)
    faults: list[str] = []
    reached = 0
    for _ in range(count + _SPARE_STEPS):
        page.keyboard.press("Tab")
        step = page.evaluate(_STEP)
        if not step["isNew"] and not step["faults"]:
            break
        reached += step["at"] is not None and step["isNew"]
        faults += [f"{fault}: {step['at']}" for fault in step["faults"]]
    else:
        faults.append("Tab never came round")
    return Walk(reached, tuple(page.evaluate(_MISSED)), tuple(faults))


def spills(page: Page) -> list[str]:
    """What is wider than its place and is no scroll box of its own."""
    return page.evaluate(_SPILLS)
