"""The Data page in a real browser: from an empty folder to a manifest that warns of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import TO_THE_MIDDLE, serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.use_cases.test_browsing import write_troubled_releases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

MINUTE = 60_000
SECTIONS = ("Overview", "Samples", "Copies", "Excluded", "Sources", "Datasheet")
OVERFLOW = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const page = document.scrollingElement;
  return Math.max(page.scrollWidth - page.clientWidth, main.scrollWidth - main.clientWidth);
}"""
UNSEEN = "() => [...document.images].filter(each => !each.naturalWidth).length"


@pytest.fixture(scope="module")
def data_page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """A page on small releases, curated by its own button."""
    folder = tmp_path_factory.mktemp("data-page")
    root = write_troubled_releases(folder / "releases")
    without_models = {"CXR_MODELS_DIR": str(folder / "none")}  # loading them takes its time
    with (
        served_app(folder, CXR_DATASETS_DIR=str(root), **without_models) as url,
        browser.new_context(viewport={"width": 1440, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/data")
        page.get_by_role("button", name="Curate", exact=True).click(timeout=MINUTE)
        expect(page.get_by_role("progressbar")).to_be_visible(timeout=MINUTE)
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        trust = page.get_by_text("Before believing an accuracy")
        expect(trust).to_be_visible(timeout=2 * MINUTE)
        expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        yield page


def go_to(page: Page, name: str) -> None:
    section = page.get_by_role("radio", name=name, exact=True)
    expect(section).to_be_visible(timeout=MINUTE)
    settle(page)
    section.evaluate(TO_THE_MIDDLE)
    section.click(force=True)
    expect(section).to_be_checked(timeout=MINUTE)
    settle(page)


def choose(page: Page, label: str, option: str) -> None:
    settle(page)
    page.get_by_label(label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_visit_that_begins_here_finds_the_frame_and_what_to_do(
    page: Page, app_url: str
) -> None:
    page.goto(f"{app_url}/data")
    expect(page.get_by_text("No films have been curated yet")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("Not a medical device")).to_be_visible()
    expect(page.get_by_role("button", name="Curate", exact=True)).to_be_disabled()
    page.get_by_text("hannover: ").click()
    expect(page.get_by_text("datasets fetch hannover")).to_be_visible()
    expect(page.get_by_text("git clone --depth 1").first).to_be_attached()


def test_the_warnings_come_first_and_the_chart_shows_why(data_page: Page) -> None:
    go_to(data_page, "Overview")
    expect(data_page.get_by_text("Knowing only which source a film comes from")).to_be_visible()
    expect(data_page.get_by_text("age is a shortcut")).to_be_visible()
    expect(data_page.locator(".cxr-headlines > div")).to_have_count(4)
    heat = data_page.get_by_test_id("stPlotlyChart").first
    for word in ("kermany", "hannover", "covid19", "pneumonia"):
        expect(heat.get_by_text(word, exact=True)).to_be_visible(timeout=MINUTE)
    data_page.get_by_role("radio", name="All findings").click(force=True)
    expect(heat.get_by_text("viral", exact=True)).to_be_visible(timeout=MINUTE)


def test_samples_are_pictures_of_the_finding_and_source_chosen(data_page: Page) -> None:
    go_to(data_page, "Samples")
    pictures = data_page.locator(".cxr-films img")
    expect(pictures).to_have_count(24, timeout=MINUTE)
    first = data_page.locator(".cxr-films figcaption").first.inner_text()
    data_page.get_by_role("button", name="Next page").click()
    expect(data_page.locator(".cxr-films figcaption").first).not_to_have_text(first)
    data_page.get_by_role("radio", name="12").click(force=True)
    choose(data_page, "Finding", "covid19")
    expect(data_page.locator(".cxr-films li")).to_have_count(12)
    expect(data_page.locator(".cxr-films li", has_text="hannover")).to_have_count(12)
    data_page.wait_for_function(f"({UNSEEN})() === 0")
    choose(data_page, "Source", "kermany")
    expect(data_page.get_by_text("No used film is of this finding")).to_be_visible()


def test_copies_stand_side_by_side_with_what_became_of_each(data_page: Page) -> None:
    go_to(data_page, "Copies")
    cluster = data_page.locator(".cxr-clusters section").first
    expect(cluster.locator("img")).to_have_count(2, timeout=MINUTE)
    expect(data_page.get_by_text("kermany: copy of another film").first).to_be_visible()
    expect(data_page.locator(".cxr-marked").first).to_contain_text("kept")
    data_page.get_by_role("radio", name="Disagreeing").click(force=True)
    expect(cluster).to_contain_text("hannover: copies disagree about the finding")
    expect(cluster).to_contain_text("kermany: copies disagree about the finding")


def test_excluded_images_are_filtered_by_reason_and_can_be_saved(data_page: Page) -> None:
    go_to(data_page, "Excluded")
    choose(data_page, "Reason", "row without a file")
    expect(data_page.get_by_text("1 to 1 of 1", exact=True)).to_be_visible()
    with data_page.expect_download() as download:
        data_page.get_by_role("button", name="Save these rows as CSV").click()
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "row without a file" in lines[1]


def test_sources_name_licence_and_link_and_the_datasheet_is_there(data_page: Page) -> None:
    go_to(data_page, "Sources")
    found = data_page.get_by_role("region", name="Sources found")
    row = found.get_by_role("row").filter(has_text="hannover")
    expect(row).to_contain_text("CC BY")
    expect(row.get_by_role("link")).to_have_attribute(
        "href", "https://github.com/ml-workgroup/covid-19-image-repository"
    )
    go_to(data_page, "Datasheet")
    expect(data_page.get_by_role("heading", name="Motivation")).to_be_visible()


def test_every_section_fits_and_axe_is_content(data_page: Page) -> None:
    page = data_page
    for section in SECTIONS:
        page.set_viewport_size({"width": 1440, "height": 900})
        go_to(page, section)
        page.wait_for_timeout(300)
        assert serious_faults(page) == [], section
        assert page.evaluate(OVERFLOW) <= 0, section
        page.set_viewport_size({"width": 800, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate(OVERFLOW) <= 0, section
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_cancelled_run_leaves_the_old_manifest_in_force(data_page: Page) -> None:
    go_to(data_page, "Overview")
    data_page.get_by_role("button", name="Curate again").click()
    data_page.get_by_role("button", name="Cancel").click(timeout=MINUTE)
    expect(data_page.get_by_text("Cancelled. The manifest is the old one")).to_be_visible(
        timeout=MINUTE
    )
    expect(data_page.get_by_text("Before believing an accuracy")).to_be_visible()
