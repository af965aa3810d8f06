"""An administrator's way: curate, train, leave, come back, compare, promote, take back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import TO_THE_MIDDLE, serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.browser.test_main_job import drop
from tests.browser.test_sign_in import choose_password, sign_in
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.retrained import retraining_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

MINUTE = 60_000
LONG = 5 * MINUTE
REASON = "A trial on drawn films, which are too few for the gate to decide on."
OVERFLOW = """() => {
  const main = document.querySelector("[data-testid=stMain]");
  const page = document.scrollingElement;
  return Math.max(page.scrollWidth - page.clientWidth, main.scrollWidth - main.clientWidth);
}"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A server on releases that nobody has curated; its address and its first password."""
    folder = tmp_path_factory.mktemp("retraining")
    place = retraining_place(folder, 60, is_curated=False)
    with served_app(folder, **place.environment) as url:
        (once,) = re.findall(r"password +(\S+)", (folder / "app.log").read_text())
        yield url, once


@pytest.fixture(scope="module")
def administrator(house: tuple[str, str], browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which the first administrator has signed in."""
    url, once = house
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        sign_in(page, "admin", once)
        choose_password(page)
        expect(page.get_by_role("heading", name="Triage")).to_be_visible(timeout=MINUTE)
        page.close()
        yield context


def open_part(context: BrowserContext, url: str, part: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/retrain")
    go_to(page, part)
    return page


def go_to(page: Page, part: str) -> None:
    radio = page.get_by_role("radio", name=part, exact=True)
    expect(radio).to_be_visible(timeout=MINUTE)
    settle(page)
    radio.evaluate(TO_THE_MIDDLE)
    radio.click(force=True)
    expect(radio).to_be_checked(timeout=MINUTE)
    settle(page)


def choose_recipe(page: Page, recipe: str) -> None:
    page.get_by_role("combobox", name="Recipe").click()
    page.get_by_role("option", name=re.compile(rf"^{recipe}:")).click()
    settle(page)


def order(page: Page, recipe: str, name: str) -> None:
    go_to(page, "Train")
    choose_recipe(page, recipe)
    page.get_by_label("Name of the version").fill(name)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name=re.compile(f"Train {name} "))).to_be_visible(
        timeout=MINUTE
    )


def fits_and_is_accessible(page: Page) -> None:
    for width in (800, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        assert page.evaluate(OVERFLOW) <= 0
    assert serious_faults(page) == []


def test_films_are_curated_by_a_worker(
    house: tuple[str, str], administrator: BrowserContext
) -> None:
    page = administrator.new_page()
    page.goto(f"{house[0]}/data")
    page.get_by_role("button", name="Curate", exact=True).click(timeout=MINUTE)
    expect(page.get_by_text("Before believing an accuracy")).to_be_visible(timeout=LONG)
    page.close()


def test_trainings_are_timed_ordered_and_watched(
    house: tuple[str, str], administrator: BrowserContext
) -> None:
    page = open_part(administrator, house[0], "Train")
    for recipe in ("tiny-block", "tiny-head"):
        choose_recipe(page, recipe)
        expect(page.get_by_role("button", name="Start training")).to_be_disabled(timeout=MINUTE)
        page.get_by_role("button", name="Time a few steps").click()
        expect(page.get_by_text("as it was timed")).to_be_visible(timeout=LONG)
    fits_and_is_accessible(page)
    order(page, "tiny-block", "block")
    order(page, "tiny-head", "head")
    page.get_by_role("combobox", name="Job").click()
    page.get_by_role("option", name=re.compile("Train block")).click()
    expect(page.get_by_text("Where it looks")).to_be_visible(timeout=LONG)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=MINUTE)
    page.close()  # what is under way goes on


def test_whoever_comes_back_finds_it_done(
    house: tuple[str, str], administrator: BrowserContext
) -> None:
    page = open_part(administrator, house[0], "Work")
    for name in ("block", "head"):
        page.get_by_role("combobox", name="Job").click()
        page.get_by_role("option", name=re.compile(f"Train {name}")).click()
        settle(page)
        expect(page.get_by_text(re.compile(f"The candidate {name} is there"))).to_be_visible(
            timeout=LONG
        )
    expect(page.get_by_text("Where it looks")).to_be_visible(timeout=MINUTE)
    fits_and_is_accessible(page)
    page.close()


def test_a_candidate_is_compared_promoted_read_with_and_taken_back(
    house: tuple[str, str], administrator: BrowserContext, tmp_path: Path
) -> None:
    reading = administrator.new_page()  # open before, and never loaded again
    film = tmp_path / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(240, 220)))
    drop(reading, house[0], [film])
    expect(reading.get_by_text("vgg16 test")).to_be_visible(timeout=MINUTE)

    page = open_part(administrator, house[0], "Versions")
    page.get_by_role("combobox", name="Candidate").click()
    page.get_by_role("option", name="block").click()
    settle(page)
    expect(page.get_by_text("The gate cannot decide", exact=True)).to_be_visible(timeout=MINUTE)
    page.get_by_role("button", name="Promote against the gate").click()
    page.get_by_label(re.compile("^Reason")).fill(REASON)
    page.get_by_test_id("stFormSubmitButton").get_by_role("button").click()
    expect(page.get_by_text("block reads films as vgg16")).to_be_visible(timeout=LONG)
    fits_and_is_accessible(page)

    another = tmp_path / "another.png"
    another.write_bytes(png_bytes(synthetic_chest(240, 220, seed=3)))
    reading.locator("input[type=file]").set_input_files(another)
    read = reading.get_by_role("button", name=re.compile(r"^Review .*\.png"))
    expect(read).to_have_count(2, timeout=2 * MINUTE)
    expect(reading.get_by_text("vgg16 block")).to_be_visible(timeout=MINUTE)

    page.get_by_role("button", name="Roll back", exact=True).click()
    page.get_by_role("button", name="Roll back to vgg16").click()
    expect(page.get_by_text("vgg16 reads films as vgg16")).to_be_visible(timeout=LONG)
    page.close()
    reading.close()
