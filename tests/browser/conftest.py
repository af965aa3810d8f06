"""The application in a process of its own, and a browser to look at it.

A machine without Chromium skips these tests and says so; where CXR_REQUIRE_BROWSER is 1, as in
continuous integration, its absence is a failure.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.serving import NAMES, installed_chromium, running_browser, served_app
from tests.browser.viewing import settled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium that is installed on this machine."""
    if path := installed_chromium():
        return path
    reason = f"no browser: none of {', '.join(NAMES)} is on the PATH (apt-get install chromium)"
    if os.environ.get("CXR_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def app_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the application, started once, with an empty store."""
    with served_app(tmp_path_factory.mktemp("app")) as url:
        yield url


@pytest.fixture(scope="session")
def bed_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a page with nothing but the film viewer, started once."""
    script = "tests/browser/viewer_bed.py"
    with served_app(tmp_path_factory.mktemp("bed"), script) as url:
        yield url


@pytest.fixture
def bed(page: Page, bed_url: str) -> Page:
    """The viewer's own page, with the 12-bit film in it."""
    page.goto(bed_url)
    settled(page)
    return page


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with running_browser(chromium) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh window of 1440 x 900 without cookies or history."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        yield context.new_page()
