"""The Health page in a real browser: it renews itself, fits, and gives a backup out."""

from __future__ import annotations

import re
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from cxr_core.store.database import open_database
from tests.browser.accessibility import serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.browser.test_performance_page import OVERFLOW
from tests.use_cases.stored import add_job, add_version, add_worker, write_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

MINUTE = 60_000
STAYS_BRIGHT = """() => {
  const old = document.querySelector(".st-key-cxr-live-health [data-stale=true]");
  return old && getComputedStyle(old).transitionProperty === "none";
}"""


@pytest.fixture(scope="module")
def health_page(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Page]:
    """A page on a folder in which something is amiss."""
    folder = tmp_path_factory.mktemp("health-page")
    with closing(open_database(f"sqlite:///{folder / 'data' / 'cxr.db'}")) as database:
        add_version(database, "old", "retired", 90)
        add_worker(database, "w", silent=300, host="reading-room")
        add_job(database, "bad", "failed", 1, error="The disk was full.")
    write_version(folder / "data" / "versions", "old")
    with (
        served_app(folder, CXR_MODELS_DIR=str(folder / "none"), CXR_JOBS="0") as url,
        browser.new_context(viewport={"width": 1440, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/health")
        heading = page.get_by_role("heading", name="Health", exact=True)
        expect(heading).to_be_visible(timeout=MINUTE)
        expect(page.get_by_text("reading-room has been silent")).to_be_visible(timeout=MINUTE)
        yield page


def test_the_page_renews_itself(health_page: Page) -> None:
    as_of = health_page.get_by_text(re.compile(r"As of .* \d\d:\d\d:\d\d UTC"))
    before = as_of.inner_text()
    expect(as_of).not_to_have_text(before, timeout=MINUTE)
    health_page.wait_for_function(STAYS_BRIGHT, timeout=MINUTE)


def test_a_backup_is_made_and_taken_away(health_page: Page, tmp_path: Path) -> None:
    health_page.get_by_role("button", name="Make a backup").click()
    made = health_page.get_by_role("status").filter(has_text="Made cxr-backup")
    expect(made).to_be_visible(timeout=MINUTE)
    button = health_page.get_by_role("button", name="Download", exact=True)
    expect(button).to_be_visible(timeout=MINUTE)
    with health_page.expect_download(timeout=MINUTE) as download:
        button.click()
    download.value.save_as(tmp_path / "backup.zip")
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        assert archive.testzip() is None
        assert "files/versions/old/manifest.json" in archive.namelist()


def test_it_fits_and_axe_is_content(health_page: Page) -> None:
    health_page.get_by_role("button", name="List what takes room").click()
    expect(health_page.get_by_role("cell", name="may go")).to_be_visible(timeout=MINUTE)
    for width in (1440, 800):
        health_page.set_viewport_size({"width": width, "height": 900})
        settle(health_page)
        health_page.wait_for_timeout(300)
        if width == 1440:  # axe takes its time
            assert serious_faults(health_page) == []
        assert health_page.evaluate(OVERFLOW) <= 0
