"""Of calls of a component that overtake each other the newest stays on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.newest import NEWEST

if TYPE_CHECKING:
    from playwright.sync_api import Page

CALLS = """() => {
  const drawn = [];
  const draw = newest(({ data }) => drawn.push(data.rows));
  const [here, there] = [document.createElement("div"), document.createElement("div")];
  const call = (parentElement, serial, rows) => draw({ parentElement, data: { serial, rows } });
  call(here, 7, "waiting");
  call(here, 9, "read");
  call(here, 7, "waiting, late");
  call(here, 9, "read, in another theme");
  call(there, 3, "elsewhere");
  return drawn;
}"""


def test_a_call_that_comes_late_draws_nothing(page: Page) -> None:
    page.add_script_tag(content=NEWEST)
    assert page.evaluate(CALLS) == ["waiting", "read", "read, in another theme", "elsewhere"]
