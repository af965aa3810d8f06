"""Every page of the application is accessible and fits, wide and narrow, dark and light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.browser.walking import spills, walk_with_tab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

MINUTE = 60_000
PAGES = ("Triage", "Review", "Compare", "Performance", "Data", "Retrain", "Admin", "Health")
WIDTHS = (800, 1440)
GROUND = """() => getComputedStyle(
  document.querySelector("[data-testid=stApp]") ?? document.body).backgroundColor"""


@pytest.fixture(scope="module")
def visitor(browser: Browser, app_url: str) -> Iterator[Page]:
    """A visit whose worklist holds the two drawn films."""
    with browser.new_context(viewport={"width": WIDTHS[0], "height": 900}) as context:
        page = context.new_page()
        page.goto(app_url)
        page.get_by_role("button", name="Try two synthetic films").click(timeout=MINUTE)
        read = page.locator("tr[data-state]:not([data-state=waiting])")
        expect(read).to_have_count(2, timeout=2 * MINUTE)
        yield page


def arrive(page: Page, name: str) -> None:
    """Follow the link to a page, and wait until all of it is drawn."""
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=MINUTE)
    if name in ("Review", "Compare"):
        ready = page.locator("[data-testid=film-viewer][data-ready=true]")
        expect(ready).to_have_count(1, timeout=MINUTE)
    settle(page)


def widen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(500)


def faults_of(page: Page) -> list[str]:
    """What is wrong with the page as it stands, in words."""
    walk = walk_with_tab(page)
    assert walk.reached
    return [
        *(f"spills by {spill}" for spill in spills(page)),
        *serious_faults(page),
        *(f"not reached by Tab: {each}" for each in walk.missed),
        *walk.faults,
    ]


def test_the_walk_tells_what_is_wrong(page: Page) -> None:
    page.set_content("""<button>good</button>
        <button style="outline: none">unseen</button>
        <div style="width: 50px"><p style="width: 90px">wide</p></div>
        <button tabindex="-1">out of reach</button>""")
    walk = walk_with_tab(page)
    assert walk.reached == 2
    (missed,) = walk.missed
    (fault,) = walk.faults
    assert ">out of reach<" in missed
    assert "shows no focus" in fault
    assert ">unseen<" in fault
    (spill,) = spills(page)
    assert spill.startswith("40 pixels: <div")


def test_the_walk_tells_a_trap(page: Page) -> None:
    page.set_content("<input onkeydown='event.preventDefault()'><button>after it</button>")
    walk = walk_with_tab(page)
    assert any("keeps the focus" in fault for fault in walk.faults)
    assert any("after it" in missed for missed in walk.missed)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_is_accessible(visitor: Page, name: str) -> None:
    arrive(visitor, name)
    for width in WIDTHS:
        widen(visitor, width)
        assert "\n".join(faults_of(visitor)) == "", f"{width} pixels wide"


def test_the_way_in_fits_and_is_accessible(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/sign-in")
    for width in WIDTHS:
        widen(page, width)
        assert "\n".join(faults_of(page)) == "", f"{width} pixels wide"


@pytest.fixture(scope="module")
def light_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application with the setting that asks for the light theme."""
    light = {"STREAMLIT_THEME_BASE": "light", "CXR_JOBS": "0"}
    with served_app(tmp_path_factory.mktemp("light"), **light) as url:
        yield url


def test_the_light_theme_is_as_readable(page: Page, light_url: str) -> None:
    page.goto(light_url)
    for name in ("Performance", "Health"):
        arrive(page, name)
        widen(page, WIDTHS[0])
        assert page.evaluate(GROUND) == "rgb(245, 246, 248)"
        assert serious_faults(page) == []


def test_the_light_theme_reaches_the_way_in(page: Page, light_url: str) -> None:
    page.goto(f"{light_url}/sign-in")
    assert page.evaluate(GROUND) == "rgb(245, 246, 248)"
    assert serious_faults(page) == []
