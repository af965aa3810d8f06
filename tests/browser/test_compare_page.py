"""The Compare page in a real browser: a film under two versions, and the test split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import serious_faults
from tests.browser.serving import served_app
from tests.browser.settling import settle
from tests.browser.test_performance_page import OVERFLOW, go_to
from tests.synthetic import png_bytes, synthetic_chest
from tests.tiny import tiny_version
from tests.use_cases.compared import CLASSES, keep_answers

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from cxr_core.use_cases.collecting import Films

MINUTE = 60_000


@pytest.fixture(scope="module")
def compare_page(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, drawn_films: Films
) -> Iterator[Page]:
    """A page with two small versions that really read, and their kept answers."""
    folder = tmp_path_factory.mktemp("compare-page")
    for seed, name in enumerate(("one", "two")):
        version = tiny_version(folder / "models", name, CLASSES, seed=seed)
        keep_answers(folder / "data" / "answers", version, drawn_films.manifest, [seed])
    where = {
        "CXR_MODELS_DIR": str(folder / "models"),
        "CXR_MANIFEST_DIR": str(drawn_films.manifest),
        "CXR_JOBS": "0",
    }
    with (
        served_app(folder, **where) as url,
        browser.new_context(viewport={"width": 1440, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}/compare")
        heading = page.get_by_role("heading", name="Compare", exact=True)
        expect(heading).to_be_visible(timeout=MINUTE)
        settle(page)
        yield page


def fits_and_is_accessible(page: Page) -> None:
    for width in (1440, 800):
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        page.wait_for_timeout(500)
        if width == 1440:  # axe takes its time
            assert serious_faults(page) == []
        assert page.evaluate(OVERFLOW) <= 0
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_film_is_seen_by_both_in_linked_panels(compare_page: Page, tmp_path: Path) -> None:
    film = tmp_path / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(240, 220)))
    compare_page.locator("input[type=file]").set_input_files(film)
    viewer = compare_page.locator("[data-testid=film-viewer][data-ready=true]")
    expect(viewer).to_be_visible(timeout=2 * MINUTE)
    expect(compare_page.get_by_text("Overlap of the heat", exact=True)).to_be_visible(
        timeout=MINUTE
    )
    overlap = compare_page.get_by_role("table", name="Overlap of the heat")
    expect(overlap.locator("tbody tr")).to_have_count(len(CLASSES))
    fits_and_is_accessible(compare_page)


def test_the_test_split_says_who_is_better_and_shows_the_flips(compare_page: Page) -> None:
    go_to(compare_page, "Test split")
    expect(compare_page.get_by_text("gains 1 and loses 1")).to_be_visible(timeout=MINUTE)
    expect(compare_page.locator(".js-plotly-plot .main-svg").first).to_be_visible(
        timeout=MINUTE
    )
    expect(compare_page.locator(".cxr-films img")).to_have_count(1, timeout=MINUTE)
    fits_and_is_accessible(compare_page)
