"""The film viewer inside Streamlit: what must survive, what must not leak, and every grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from cxr_core.imaging.window import apply_window
from tests.browser.viewer_bed import HEADER, MARKUP, every_value, read_greys
from tests.browser.viewing import pixels, press, said, settled, state, viewer, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from playwright.sync_api import Page


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def window(values: NDArray[Any], level: float, width: float) -> NDArray[np.uint8]:
    """PS3.3 C.11.2.1.2.1, LINEAR, onto 0 to 255; halves go up, as in the browser."""
    share = (values.astype(np.float64) - (level - 0.5)) / (width - 1) + 0.5
    share[values <= level - 0.5 - (width - 1) / 2] = 0
    share[values > level - 0.5 + (width - 1) / 2] = 1
    return np.floor(share * 255 + 0.5).astype(np.uint8)


def film_of(canvas: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    """Cut the film, centred at 1:1, out of its panel."""
    top, left = (canvas.shape[0] - rows) // 2, (canvas.shape[1] - columns) // 2
    assert not canvas[:top].any()
    assert not canvas[:, :left].any()
    return canvas[top : top + rows, left : left + columns]


@pytest.mark.parametrize("bits", [8, 12])
def test_at_one_to_one_every_grey_is_that_of_the_standard(bed: Page, bits: int) -> None:
    choose(bed, f"{bits} bit")
    expect(viewer(bed)).to_contain_text(f"260, {bits} bit")
    settled(bed)
    stored = every_value(bits)
    press(bed, "o")
    top = 2**bits
    for level, width in ((top // 2, top), (top // 3, top // 5), (top // 2 + 1, 2)):
        write(bed, "Window width", width)
        write(bed, "Window level", level)
        shown = film_of(pixels(bed, 0), *stored.shape)
        expected = window(stored, level, width)
        assert len(np.unique(expected)) >= min(256, width)
        for channel in range(3):
            assert np.array_equal(shown[:, :, channel], expected)
    press(bed, "i")
    assert np.array_equal(film_of(pixels(bed, 0), *stored.shape)[:, :, 0], 255 - expected)


def test_windows_of_the_header_are_applied_to_modality_values(bed: Page) -> None:
    choose(bed, "header")
    expect(bed.get_by_test_id("panel-2")).to_have_count(0)
    settled(bed)
    stored = every_value(12)
    press(bed, "o")
    read = film_of(pixels(bed, 0), *stored.shape)[:, :, 0]
    assert np.array_equal(read, read_greys()[stored])  # as it opens: what the models read
    preset = viewer(bed).get_by_label("Window preset")
    assert preset.locator("option").all_text_contents()[:4] == [
        "As read", "Header: normal", "Header: hard", "Header: window 3",
    ]  # fmt: skip
    values = 2 * stored.astype(np.int32) - 100
    for number, asked in enumerate(HEADER):
        preset.select_option(f"header{number}")
        settled(bed)
        share = apply_window(values, asked.center, asked.width, asked.function)
        expected = 255 - np.floor(share.astype(np.float64) * 255 + 0.5)
        shown = film_of(pixels(bed, 0), *stored.shape)[:, :, 0]
        # NumPy computes in float32 here, and the browser in float64.
        assert np.abs(shown - expected).max() <= 1
        assert np.mean(shown != expected) < 0.001
    assert (state(bed)["width"], state(bed)["level"]) == (1500, 4000)


def test_what_a_network_was_given_is_shown_pixel_by_pixel(bed: Page) -> None:
    choose(bed, "header")
    expect(bed.get_by_test_id("panel-2")).to_have_count(0)
    settled(bed)
    press(bed, "h", "v")
    shown = pixels(bed, 1)[:, :, 0]
    film = shown[shown.any(axis=1)]
    assert len(np.unique(film)) == 36
    assert film.max() == 255
    assert np.array_equal(pixels(bed, 1)[:, :, 0], pixels(bed, 1)[:, :, 2])
    press(bed, "v")
    assert len(np.unique(pixels(bed, 1))) > 36


def run_again(page: Page) -> None:
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Runs: 2")).to_be_visible()


def hide_and_show(page: Page) -> None:
    choose(page, "nowhere")
    expect(viewer(page)).to_have_count(0)
    choose(page, "page")
    expect(page.get_by_text("Runs: 3")).to_be_visible()


def onto_a_tab(page: Page) -> None:
    choose(page, "tab")
    page.get_by_role("tab", name="Second").click()
    expect(page.get_by_text("Runs: 2")).to_be_visible()


def another_film_and_back(page: Page) -> None:
    choose(page, "other classes")
    expect(viewer(page)).to_contain_text("effusion")
    choose(page, "12 bit")
    expect(viewer(page)).to_contain_text("covid19")


@pytest.mark.parametrize(
    "happening", [run_again, hide_and_show, onto_a_tab, another_film_and_back]
)
def test_zoom_window_and_choices_survive(bed: Page, happening: Callable[[Page], None]) -> None:
    fresh = state(bed)
    press(bed, "2", "i", "+", "+", "ArrowLeft", "ArrowUp", "p", "c", "e", ".", "]")
    write(bed, "Window width", 1234)
    arranged = state(bed)
    changed = {name for name in fresh if arranged[name] != fresh[name]}
    choices = {"class", "invert", "width", "preset", "zoom", "x", "y", "tool", "colour"}
    assert changed >= choices | {"opacity", "threshold", "outline"}
    happening(bed)
    settled(bed)
    if happening is onto_a_tab:  # another width: the film is as far from fitting as before
        assert pixels(bed, 1).any()
    assert state(bed) == arranged


def test_a_viewer_on_a_hidden_tab_is_drawn_when_the_tab_is_opened(bed: Page) -> None:
    choose(bed, "tab")
    expect(bed.get_by_text("Words on the first tab")).to_be_visible()
    expect(viewer(bed)).to_be_attached()
    expect(viewer(bed)).not_to_be_visible()
    bed.get_by_role("tab", name="Second").click()
    settled(bed)
    for panel in range(3):
        shown = pixels(bed, panel)
        assert shown.shape[1] > 300
        assert len(np.unique(shown)) > 200
    bed.get_by_role("tab", name="First").click()
    bed.get_by_role("tab", name="Second").click()
    expect(viewer(bed)).to_be_visible()
    assert len(np.unique(pixels(bed, 0))) > 200


def test_streamlits_own_shortcuts_do_not_fire_inside(bed: Page) -> None:
    for place in (
        viewer(bed),
        viewer(bed).get_by_label("Colour map"),
        bed.get_by_test_id("opacity"),
    ):
        place.focus()
        for key in ("r", "c"):
            bed.keyboard.press(key)
    press(bed, "?")
    bed.keyboard.press("r")
    bed.keyboard.press("Escape")
    viewer(bed).evaluate("each => each.blur()")
    bed.evaluate("() => document.activeElement?.blur()")
    bed.keyboard.press("r")  # outside it does, once
    expect(bed.get_by_text("Runs: 2")).to_be_visible()
    expect(bed.get_by_role("dialog")).to_have_count(0)


def test_a_name_that_looks_like_markup_is_shown_as_it_is_written(bed: Page) -> None:
    alerts: list[str] = []
    bed.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    bed.evaluate("() => { window.print = () => {}; }")
    choose(bed, "markup")
    panel = bed.get_by_test_id("panel-1")
    expect(panel.locator(".name")).to_have_text(MARKUP)
    settled(bed)
    expect(panel.locator(".about")).to_have_text(MARKUP)
    expect(panel.locator("tr[aria-current] th")).to_have_text(MARKUP)
    expect(viewer(bed).locator("[data-el=note]")).to_have_text(MARKUP)
    assert f"{MARKUP}: {MARKUP} 62 %" in said(bed)
    press(bed, "Control+p")
    expect(bed.locator(".cxr-paper")).to_contain_text(MARKUP)
    assert viewer(bed).locator("b:not(.name), img").count() == 0
    assert bed.locator("img[src=x]").count() == 0
    assert alerts == []


def test_a_film_without_a_model_has_a_viewer_without_heat(bed: Page) -> None:
    choose(bed, "no model")
    expect(bed.get_by_test_id("panel-1")).to_have_count(0)
    settled(bed)
    expect(viewer(bed).get_by_role("group", name="Heat")).not_to_be_visible()
    assert said(bed).endswith("no model")
    press(bed, "1", "h", "e", ".", "[", "c")
    assert len(np.unique(pixels(bed, 0))) > 200
