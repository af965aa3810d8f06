"""The main job in a real browser: drop films, read the worklist, review one film."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from cxr_core.domain import FilmFile
from cxr_core.services import build_services
from cxr_core.settings import Settings
from tests.browser.accessibility import serious_faults
from tests.browser.viewing import on_screen, pixels, state, write
from tests.synthetic import dicom_bytes, png_bytes, synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from cxr_core.domain import Reading

MINUTE = 60_000
NAMES = ("film.png", "film-without-extension")
SAMPLES = ("synthetic-clear.dcm", "synthetic-hazy.png")

# Every control that a person can see and use, and those among them that Tab has reached. A
# group of radio buttons is one stop: its arrows do the rest.
CONTROLS = """() => {
  const found = [];
  const walk = root => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const kinds = "button, a[href], input, select, summary, [role=combobox]";
      if (!element.matches(kinds)) continue;
      const box = element.getBoundingClientRect();
      const hidden = !element.checkVisibility({ visibilityProperty: true }) || !box.width;
      if (hidden || element.disabled || element.ariaHidden === "true") continue;
      if (element.type === "file" || element.closest("[inert]")) continue;
      if (element.matches("[type=radio], [role=radio]")) continue;
      // A combo box is one stop: its arrow is for the mouse, Alt and Down do the same.
      if (element.ariaHasPopup === "listbox" && element.tabIndex < 0) continue;
      found.push(element);
    }
  };
  walk(document);
  window.controls = found;
  window.reached = new Set();
  return found.length;
}"""
NOTE_FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  window.reached.add(element);
}"""
MISSED = """() => window.controls
  .filter(element => !window.reached.has(element))
  .map(element => element.outerHTML.slice(0, 160))"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    contents = (png_bytes(synthetic_chest(700, 600)), dicom_bytes(synthetic_chest(640, 600, 3)))
    paths = [folder / name for name in NAMES]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.fixture(scope="module")
def expected(films: list[Path]) -> dict[str, Reading]:
    """What the core says of the same films, in this process."""
    service = build_services(Settings.from_environment()).reading
    return {
        reading.name: reading
        for reading in service.read(FilmFile(path.name, path.read_bytes) for path in films)
    }


def drop(page: Page, url: str, paths: list[Path]) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="Triage")).to_be_visible(timeout=MINUTE)
    page.locator("input[type=file]").set_input_files(paths)
    expect(page.get_by_role("button", name="Review from the top")).to_be_enabled(
        timeout=2 * MINUTE
    )
    expect(page.locator("tr[data-state=waiting]")).to_have_count(0, timeout=MINUTE)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=MINUTE)


def open_review(page: Page, name: str) -> None:
    page.get_by_role("button", name=f"Review {name}").click()
    ready = page.locator("[data-testid=film-viewer][data-ready=true]")
    expect(ready).to_be_visible(timeout=MINUTE)


def overflow(page: Page) -> int:
    return page.evaluate(
        "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
    )


def missed_by_tab(page: Page) -> list[str]:
    count = page.evaluate(CONTROLS)
    assert count
    page.evaluate("() => document.activeElement?.blur()")
    for _ in range(count + 40):
        page.keyboard.press("Tab")
        page.evaluate(NOTE_FOCUS)
    return page.evaluate(MISSED)


def assert_fits_and_is_accessible(page: Page) -> None:
    for width in (1440, 800):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        assert overflow(page) <= 0
        assert serious_faults(page) == []
    assert missed_by_tab(page) == []


def test_a_png_and_a_dicom_are_read_reviewed_and_show_the_right_numbers(
    page: Page, app_url: str, films: list[Path], expected: dict[str, Reading]
) -> None:
    drop(page, app_url, films)
    for name in NAMES:
        row = page.get_by_role("row").filter(has_text=name)
        word = expected[name].triage.priority.value.capitalize()
        expect(row).to_contain_text(word)
    open_review(page, "film-without-extension")
    viewer = page.get_by_test_id("film-viewer")
    reading = expected["film-without-extension"]
    for number, prediction in enumerate(reading.predictions, start=1):
        panel = page.get_by_test_id(f"panel-{number}")
        expect(panel).to_contain_text(prediction.model.name)
        for label in prediction.classes:
            row = panel.locator(f"[data-testid=probability-row][data-class='{label}']")
            shown = float(row.get_attribute("data-probability"))
            assert shown == pytest.approx(prediction.probability(label), abs=1e-4)

    page.get_by_role("radio", name="pneumonia").check(force=True)
    page.get_by_test_id("opacity").fill("62")
    page.wait_for_function(
        """() => {
          const find = root => root.querySelector("[data-testid=film-viewer]")
            ?? [...root.querySelectorAll("*")].map(e => e.shadowRoot && find(e.shadowRoot))
              .find(Boolean);
          const state = JSON.parse(find(document).dataset.state);
          return state.class === "pneumonia" && state.opacity === 62;
        }"""
    )
    state = json.loads(viewer.get_attribute("data-state"))
    for number, prediction in enumerate(reading.predictions, start=1):
        probability = prediction.probability("pneumonia")
        assert state["probabilities"][prediction.model.name] == pytest.approx(
            probability, abs=1e-4
        )
        if 0.001 < probability < 0.999:
            shown = page.get_by_test_id(f"panel-{number}").get_by_test_id("probability")
            expect(shown).to_have_text(f"{probability:.1%}".replace("%", " %"))
    for label in reading.predictions[0].classes:
        assert_heat_peaks_where_it_was_measured(page, reading, label)


def assert_heat_peaks_where_it_was_measured(page: Page, reading: Reading, label: str) -> None:
    """What is painted is the hottest of the core's map, laid over the whole film."""
    page.get_by_role("radio", name=label, exact=True).check(force=True)
    write(page, "Heat opacity in percent", 100)
    write(page, "Heat threshold in percent", 90)
    film, told = pixels(page, 0), state(page)
    size = (reading.provenance.rows, reading.provenance.columns)
    for number, prediction in enumerate(reading.predictions, start=1):
        heat = prediction.heatmaps[prediction.classes.index(label)]
        painted = (pixels(page, number) != film).any(axis=2)
        expected = on_screen(heat, film.shape[:2], size, told)
        where = f"{label} of {prediction.model.name}"
        # The layer has 256 samples a side, two pixels each here: heat that falls from 1 to 0
        # within one cell of VGG16's map loses 0.06 a sample, and one is mixed with the next.
        assert not painted[expected < 0.75].any(), where
        if heat.max() > 0:
            row, column = np.unravel_index(np.nanargmax(expected), expected.shape)
            assert painted[row, column], where
            assert painted[expected > 0.95].mean() > 0.95, where


def test_one_click_on_an_empty_worklist_leads_to_two_read_films_and_on_to_review(
    page: Page, app_url: str
) -> None:
    page.goto(app_url)
    page.get_by_role("button", name="Try two synthetic films").click(timeout=MINUTE)
    rows = page.locator("tr[data-state]:not([data-state=waiting])")
    expect(rows).to_have_count(len(SAMPLES), timeout=2 * MINUTE)
    for name in SAMPLES:
        row = page.get_by_role("row").filter(has_text=name)
        expect(row).to_contain_text("drawn by this program")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0, timeout=MINUTE)
    open_review(page, SAMPLES[0])
    expect(page.get_by_text("Synthetic film, drawn by this program")).to_be_visible()


def test_a_bad_file_is_a_row_that_says_why_and_stops_nobody(
    page: Page, app_url: str, films: list[Path], tmp_path: Path
) -> None:
    bad = tmp_path / "<b>letter.png"
    bad.write_text("not a film")
    drop(page, app_url, [bad, films[0]])
    row = page.get_by_role("row").filter(has_text="<b>letter.png")
    expect(row).to_contain_text("Refused")
    expect(row).to_contain_text("of an unknown kind")
    expect(page.get_by_role("button", name="Review film.png")).to_be_visible()


def test_the_research_line_is_on_every_page_and_streamlits_own_furniture_is_not(
    page: Page, app_url: str
) -> None:
    for path in ("", "/review"):
        page.goto(app_url + path)
        expect(page.get_by_text("Not a medical device")).to_be_visible(timeout=MINUTE)
        for furniture in ("stMainMenu", "stAppDeployButton"):
            expect(page.get_by_test_id(furniture)).to_be_hidden()
        assert page.get_by_text("Made with Streamlit").count() == 0


def test_an_empty_review_page_says_what_to_do_next(page: Page, app_url: str) -> None:
    page.goto(app_url + "/review")
    expect(page.get_by_text("No film has been read yet")).to_be_visible(timeout=MINUTE)
    page.get_by_role("link", name="Go to Triage").click()
    expect(page.get_by_role("heading", name="Triage")).to_be_visible(timeout=MINUTE)
