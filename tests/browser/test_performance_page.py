"""The Performance page in a real browser, and the report that it saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import TO_THE_MIDDLE, serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.evaluation.reported import study_of
from tests.use_cases.judged import put, write_versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

MINUTE = 60_000
PARTS = ("Sources", "Shortcuts", "Classes", "Calibration", "Ancestors", "Version", "Card")
OVERFLOW = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const page = document.scrollingElement;
  return Math.max(page.scrollWidth - page.clientWidth, main.scrollWidth - main.clientWidth);
}"""


@pytest.fixture(scope="module")
def performance_page(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[Page]:
    """A page on versions judged, not judged and damaged, with one study."""
    folder = tmp_path_factory.mktemp("performance-page")
    models = write_versions(folder / "models")
    put(folder / "data" / "runs" / "mine" / "study.json", study_of())
    with (
        served_app(folder, CXR_MODELS_DIR=str(models)) as url,
        browser.new_context(viewport={"width": 1440, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/performance")
        expect(page.get_by_role("heading", name="Performance")).to_be_visible(timeout=MINUTE)
        yield page


def choose(page: Page, version: str) -> None:
    settle(page)
    chosen = page.get_by_role("combobox")
    expect(chosen).to_be_visible(timeout=MINUTE)
    if chosen.input_value() == version:
        return
    chosen.click()
    page.get_by_role("option", name=version, exact=True).click()
    expect(chosen).to_have_value(version, timeout=MINUTE)
    settle(page)


def go_to(page: Page, part: str) -> None:
    settle(page)
    choice = page.get_by_role("radio", name=part, exact=True)
    choice.evaluate(TO_THE_MIDDLE)
    choice.click(force=True)
    expect(choice).to_be_checked(timeout=MINUTE)
    settle(page)


def test_a_version_never_judged_says_what_to_do(performance_page: Page) -> None:
    choose(performance_page, "fresh")
    expect(performance_page.get_by_text("fresh was never judged")).to_be_visible(timeout=MINUTE)
    # Streamlit colours code word by word, and loads what colours it after the page.
    code = performance_page.get_by_test_id("stCode")
    expect(code).to_contain_text("cxr_core evaluate fresh", timeout=MINUTE)
    expect(performance_page.get_by_text("Not a medical device")).to_be_visible()
    assert serious_faults(performance_page) == []


def test_a_damaged_evaluation_is_named_without_a_traceback(performance_page: Page) -> None:
    choose(performance_page, "torn")
    expect(performance_page.get_by_text("torn/evaluation.json")).to_be_visible(timeout=MINUTE)
    expect(performance_page.get_by_text("broken cannot be used")).to_be_visible(timeout=MINUTE)
    assert performance_page.get_by_text("Traceback").count() == 0
    assert serious_faults(performance_page) == []


def test_internal_and_external_stand_above_everything(performance_page: Page) -> None:
    choose(performance_page, "judged")
    boxes = performance_page.locator(".cxr-headlines > div")
    expect(boxes).to_have_count(6, timeout=MINUTE)
    tops = [box.bounding_box()["y"] for box in boxes.all()]
    assert len(set(tops)) == 1
    words = boxes.all_inner_texts()
    assert words[0].startswith("Internal accuracy")
    assert words[2].startswith("External, source left out")
    assert "not measured" in words[3]


def test_the_parts_are_reached_with_the_keyboard(performance_page: Page) -> None:
    choose(performance_page, "judged")
    go_to(performance_page, "Sources")
    performance_page.get_by_role("radio", name="Sources", exact=True).focus()
    performance_page.keyboard.press("ArrowRight")
    shortcuts = performance_page.get_by_role("radio", name="Shortcuts", exact=True)
    if not shortcuts.is_checked():
        performance_page.keyboard.press("Space")
    expect(shortcuts).to_be_checked(timeout=MINUTE)
    expect(
        performance_page.get_by_role("heading", name="Shortcut audit", exact=True)
    ).to_be_visible(timeout=MINUTE)


def test_a_prevalence_is_typed_and_told(performance_page: Page) -> None:
    choose(performance_page, "judged")
    go_to(performance_page, "Classes")
    field = performance_page.get_by_label("Prevalence of the class")
    field.fill("12.5")
    field.press("Enter")
    expect(performance_page.get_by_role("columnheader", name="at 12.5%")).to_be_visible(
        timeout=MINUTE
    )


def test_every_part_fits_and_axe_is_content(performance_page: Page) -> None:
    page = performance_page
    choose(page, "judged")
    for part in PARTS:
        page.set_viewport_size({"width": 1440, "height": 900})
        go_to(page, part)
        page.wait_for_timeout(500)
        assert serious_faults(page) == [], part
        assert page.evaluate(OVERFLOW) <= 0, part
        page.set_viewport_size({"width": 800, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOW) <= 0, part
    page.set_viewport_size({"width": 1440, "height": 900})


def test_the_report_that_is_saved_opens_without_a_network(
    performance_page: Page, browser: Browser, tmp_path: Path
) -> None:
    choose(performance_page, "judged")
    go_to(performance_page, "Card")
    with performance_page.expect_download(timeout=MINUTE) as download:
        performance_page.get_by_role("button", name="Download the report").click()
    assert download.value.suggested_filename == "judged-report.html"
    path = tmp_path / "report.html"
    download.value.save_as(path)
    for width in (1440, 800):
        with browser.new_context(viewport={"width": width, "height": 900}) as context:
            asked: list[str] = []
            faults: list[str] = []
            page = context.new_page()
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("pageerror", lambda error, faults=faults: faults.append(str(error)))
            page.on("console", lambda message, faults=faults: faults.append(message.text))
            page.goto(path.as_uri())
            expect(page.locator(".plot .main-svg").first).to_be_visible(timeout=MINUTE)
            assert page.locator(".plot").count() == 19
            assert page.locator(".plot:has(.main-svg)").count() == 19
            assert asked == [path.as_uri()]
            assert faults == []
            wide = "() => document.scrollingElement.scrollWidth - window.innerWidth"
            assert page.evaluate(wide) <= 0
            if width == 1440:  # axe takes its time over so many figures
                assert serious_faults(page) == []
