"""Films that are no ordinary frontal ones, in a real browser: laterals, held and inverted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_main_job import (
    MINUTE,
    assert_fits_and_is_accessible,
    drop,
    open_review,
)
from tests.imaging.films import dicom_of
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

WINDOWS = {"WindowCenter": [2048, 1500], "WindowWidth": [4096, 2500]}
STUDY = "1.2.3"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("studies")
    told = {
        "frontal.dcm": {"StudyInstanceUID": STUDY},
        "lateral.dcm": {"StudyInstanceUID": STUDY, "ViewPosition": "LL"},
        "burnt.dcm": {"BurnedInAnnotation": "YES"},
        "inverted.dcm": {"PhotometricInterpretation": "MONOCHROME1"},
    }
    for seed, (name, elements) in enumerate(told.items()):
        stored = (synthetic_chest(500, 440, seed) * 4095).astype("uint16")
        (folder / name).write_bytes(dicom_of(stored, **WINDOWS, **elements))
    return sorted(folder.iterdir())


@pytest.fixture
def triage(page: Page, app_url: str, films: list[Path]) -> Page:
    drop(page, app_url, films)
    return page


def row(page: Page, name: str):
    return page.get_by_role("row").filter(has_text=name)


def ready(page: Page):
    return page.locator("[data-testid=film-viewer][data-ready=true]")


def test_a_lateral_stands_with_its_frontal_and_can_be_looked_at(triage: Page) -> None:
    rows = triage.locator("tbody tr")
    order = [rows.nth(place).inner_text() for place in range(rows.count())]
    (frontal,) = (place for place, text in enumerate(order) if "frontal.dcm" in text)
    assert "lateral.dcm" in order[frontal + 1]
    expect(row(triage, "lateral.dcm")).to_contain_text("Lateral: shown, not read")
    expect(row(triage, "lateral.dcm")).to_contain_text("same study")
    expect(row(triage, "lateral.dcm").locator("img")).to_have_count(1)
    expect(row(triage, "lateral.dcm")).not_to_contain_text("Refused")
    assert_fits_and_is_accessible(triage)
    open_review(triage, "lateral.dcm")
    expect(triage.get_by_test_id("panel-0")).to_be_visible()
    expect(triage.get_by_test_id("panel-1")).to_have_count(0)
    assert_fits_and_is_accessible(triage)
    triage.get_by_role("button", name="Open frontal.dcm").click()
    expect(triage.get_by_test_id("panel-1")).to_be_visible(timeout=MINUTE)
    triage.get_by_role("combobox", name="Beside").click()
    triage.get_by_role("option", name="lateral.dcm (same study)", exact=False).click()
    second = triage.get_by_test_id("side-1")
    expect(second).to_contain_text("No model has read this film", timeout=MINUTE)
    expect(triage.get_by_test_id("side-0")).to_contain_text("vgg16")
    assert_fits_and_is_accessible(triage)
    triage.get_by_role("button", name="Open lateral.dcm").click()
    expect(triage.get_by_test_id("panel-1")).to_have_count(0, timeout=MINUTE)


def test_a_film_with_burnt_in_text_shows_nothing_until_it_is_asked_to(triage: Page) -> None:
    held = row(triage, "burnt.dcm")
    expect(held).to_contain_text("Held")
    expect(held.locator("img")).to_have_count(0)
    triage.get_by_role("button", name="Review burnt.dcm").click()
    expect(triage.get_by_text("text is burnt into the film")).to_be_visible(timeout=MINUTE)
    expect(triage.get_by_test_id("film-viewer")).to_have_count(0)
    assert_fits_and_is_accessible(triage)
    triage.get_by_role("button", name="Show it").click()
    expect(ready(triage)).to_be_visible(timeout=MINUTE)
    triage.get_by_role("link", name="Triage").click()
    expect(row(triage, "burnt.dcm")).to_contain_text("Unread", timeout=MINUTE)
    expect(row(triage, "burnt.dcm").locator("img")).to_have_count(1)


def test_an_inverted_film_is_turned_round_and_read_so_by_a_person(triage: Page) -> None:
    expect(row(triage, "inverted.dcm")).to_contain_text("Unread")
    expect(row(triage, "inverted.dcm")).to_contain_text("looks inverted")
    open_review(triage, "inverted.dcm")
    triage.get_by_text("Turn the greys round").click()
    again = triage.get_by_role("button", name="Read it again so")
    expect(again).to_be_visible(timeout=MINUTE)
    assert_fits_and_is_accessible(triage)
    again.click()
    expect(triage.get_by_text("turned round by hand")).to_be_visible(timeout=MINUTE)
    expect(again).to_have_count(0)
    triage.get_by_role("link", name="Triage").click()
    expect(row(triage, "inverted.dcm")).to_contain_text("turned round by hand", timeout=MINUTE)
    expect(row(triage, "inverted.dcm")).not_to_contain_text("looks inverted")
