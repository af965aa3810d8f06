"""Heat in the film viewer: threshold, outline, words, keys, picture and paper."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from pages.components.texts import say
from tests.browser.accessibility import serious_faults
from tests.browser.viewer_bed import hill
from tests.browser.viewing import (
    WRITTEN,
    on_screen,
    pixels,
    press,
    said,
    settled,
    state,
    viewer,
    write,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Page

CAUTION = "A heatmap shows what moved the score, not where disease is."
SPOKEN = (
    "Class covid19. vgg16: covid19 62 %, heat highest in the lower left of the image. "
    "resnet50: covid19 62 %, heat highest in the lower left of the image"
)
FOCUS = """() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element.dataset.testid || element.ariaLabel || element.textContent.trim();
}"""
KEYS = {"\u2212": "-", "←": "ArrowLeft", "→": "ArrowRight", "↑": "ArrowUp", "↓": "ArrowDown"}


def heat_on_screen(page: Page, side: int = 14) -> NDArray[np.float64]:
    """Heat of each pixel of a panel of the bed."""
    heat = hill(side, side, 0.75, 0.2).astype(np.float64)
    return on_screen(heat, pixels(page, 0).shape[:2], (260, 300), state(page))


def covered(page: Page, panel: int = 1) -> NDArray[np.bool_]:
    """Where a panel is not the bare film."""
    return (pixels(page, panel) != pixels(page, 0)).any(axis=2)


def near(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Pixels from which an edge of the mask is at most `reach` away, to the side or up."""
    found = np.zeros_like(mask)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            found |= np.roll(mask, (dy, dx), (0, 1)) != mask
    return found


def inner(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Leave the rim out, where `near` looks round the edge of the canvas."""
    return mask[8:-8, 8:-8]


def test_heat_below_the_threshold_is_clear(bed: Page) -> None:
    write(bed, "Heat opacity in percent", 100)
    heat = heat_on_screen(bed)
    whole = covered(bed)
    assert whole[heat > 0.12].mean() > 0.99
    write(bed, "Heat threshold in percent", 50)
    kept = covered(bed)
    assert not kept[heat < 0.49].any()
    assert kept[heat > 0.51].mean() > 0.99
    assert kept.any()
    expect(bed.get_by_test_id("panel-1").locator(".tag.left")).to_have_text("heat from 50 %")


@pytest.mark.parametrize("zooms", [0, 7])
def test_the_outline_is_a_thin_line_at_the_threshold_at_any_zoom(bed: Page, zooms: int) -> None:
    press(bed, "e", *["+"] * zooms)
    write(bed, "Heat threshold in percent", 25)
    hot = heat_on_screen(bed) >= 0.25
    line = covered(bed)
    assert inner(near(hot, 1)).sum() > 200
    assert inner(line)[inner(near(hot, 1))].mean() > 0.99
    assert not inner(line & ~near(hot, 3)).any()


def test_the_outline_reads_on_white_bone_and_on_black(bed: Page) -> None:
    press(bed, "e")
    for press_invert in ((), ("i",)):
        write(bed, "Window width", 1)
        write(bed, "Window level", 0)
        press(bed, *press_invert)
        assert len(np.unique(pixels(bed, 0))) == 1
        line = pixels(bed, 1)[covered(bed)].astype(int).mean(axis=1)
        assert line.max() - line.min() > 120


def test_an_outline_at_nothing_begins_at_half(bed: Page) -> None:
    press(bed, "e")
    assert (state(bed)["threshold"], state(bed)["outline"]) == (50, True)
    expect(bed.get_by_test_id("opacity")).to_be_disabled()
    press(bed, "e")
    assert (state(bed)["threshold"], state(bed)["outline"]) == (50, False)


def test_the_colour_maps_are_inferno_and_viridis(bed: Page) -> None:
    options = bed.get_by_test_id("colour").locator("option")
    assert options.all_text_contents() == ["Inferno", "Viridis"]
    assert state(bed)["colour"] == "inferno"


def test_class_and_film_are_said_in_words(bed: Page) -> None:
    assert said(bed) == SPOKEN
    press(bed, "2")
    assert "vgg16: pneumonia 30 %, heat highest in the centre of the image" in said(bed)
    press(bed, "1")
    assert "vgg16: normal 8 %, no heat" in said(bed)
    bed.get_by_role("radio", name="other classes").click()
    expect(viewer(bed).locator("[data-el=live]")).to_contain_text(
        "Class mass. vgg16: mass 62 %"
    )


def test_each_film_has_a_text_that_is_kept_up_to_date(bed: Page) -> None:
    write(bed, "Window width", 800)
    write(bed, "Window level", 600)
    write(bed, "Heat threshold in percent", 40)
    press(bed, "e", "o")
    panels = viewer(bed).locator("canvas[role=img]")
    labels = [each.get_attribute("aria-label") for each in panels.all()]
    assert labels == [
        "Radiograph, 300 by 260 pixels, W 800 L 600, zoom 100 %",
        "vgg16: covid19 62 %, heat highest in the lower left of the image, outline at 40 %",
        "resnet50: covid19 62 %, heat highest in the lower left of the image, outline at 40 %",
    ]
    press(bed, "h")
    expect(panels.nth(1)).to_have_attribute("aria-label", re.compile("heat off$"))


def test_the_sheet_of_keys_takes_the_focus_and_gives_it_back(bed: Page) -> None:
    sheet = bed.get_by_role("dialog", name="Mouse, touch and keys")
    press(bed, "?")
    expect(sheet).to_be_visible()
    assert bed.evaluate(FOCUS) == "Close"
    before = state(bed)
    for key in ("i", "2", "e", "+"):
        bed.keyboard.press(key)
    assert state(bed) == before
    assert serious_faults(bed) == []
    bed.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    assert bed.evaluate(FOCUS) == "film-viewer"
    press(bed, "?")
    bed.keyboard.press("?")
    expect(sheet).to_have_count(0)
    bed.get_by_role("button", name="Keys").press("Enter")
    expect(sheet).to_be_visible()
    bed.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)
    assert bed.evaluate(FOCUS) == "Keys"


def test_every_key_on_the_sheet_does_something_and_no_tip_names_another(bed: Page) -> None:
    shown = viewer(bed).locator(".sheet kbd").all_text_contents()
    tips = [each.get_attribute("title") for each in viewer(bed).locator(".bar [title]").all()]
    named = {key for tip in tips for key in re.findall(r"\((\S+)(?:\)| and )", tip)}
    assert len(named) > 12
    assert {key.split("+")[-1] for key in named} <= set(shown)
    press(bed, ".", "p", "+", "+", "+")
    keys = [
        KEYS.get(key, key.lower())
        for title in ("Class and heat", "Mouse drag", "Film")
        for key in viewer(bed)
        .locator("section", has_text=title)
        .locator("kbd")
        .all_text_contents()
        if key not in {"…", "9"}
    ]
    assert len(keys) >= 20
    idle = []
    for key in keys:
        before = state(bed)
        press(bed, key)
        if state(bed) == before:
            idle.append(key)
    assert idle == []


def test_the_viewer_has_no_serious_fault(bed: Page) -> None:
    press(bed, "e")
    for width in (1440, 800):
        bed.set_viewport_size({"width": width, "height": 900})
        settled(bed)
        assert serious_faults(bed) == []


def test_the_saved_picture_says_what_it_shows(bed: Page) -> None:
    bed.evaluate(WRITTEN)
    write(bed, "Heat threshold in percent", 40)
    press(bed, "o")
    with bed.expect_download() as waiting:
        press(bed, "s")
    picture = np.asarray(Image.open(waiting.value.path()).convert("RGB"))
    panel = pixels(bed, 1)
    assert picture.shape[1] == 3 * panel.shape[1]
    strip = picture[18 : 18 + panel.shape[0] - 18, panel.shape[1] : 2 * panel.shape[1]]
    assert np.array_equal(strip, panel[:-18])
    written = "\n".join(bed.evaluate("() => window.written"))
    assert written.count(say("viewer-notice")) == 4  # on each film, and below
    assert "vgg16: covid19 62 %" in written
    assert "resnet50: covid19 62 %" in written
    assert "class covid19, heat from 40 %, opacity 30 %, inferno, W 4" in written
    assert "zoom 100 %" in written
    assert CAUTION in written
    scale = picture[18 + panel.shape[0] :, :160].reshape(-1, 3).astype(int)
    assert (np.ptp(scale, axis=1) > 100).sum() > 200  # the colours of the heat
    bed.evaluate("() => { window.written = []; }")
    with bed.expect_download():
        press(bed, "e", "s")
    assert "class covid19, outline at 40 %, W 4" in "\n".join(bed.evaluate("window.written"))


def test_print_is_one_white_page_with_nothing_else_of_the_application(bed: Page) -> None:
    refused: list[str] = []
    bed.on("console", lambda line: refused.append(line.text) if line.type == "error" else None)
    bed.evaluate("() => { window.prints = 0; window.print = () => { window.prints += 1; }; }")
    write(bed, "Heat threshold in percent", 40)
    press(bed, "e", "Control+p")
    bed.wait_for_function("() => window.prints === 1")
    bed.get_by_role("button", name="Print").click()
    bed.wait_for_function("() => window.prints === 2")
    paper = bed.locator(".cxr-paper")
    expect(paper).to_have_count(1)
    expect(paper).not_to_be_visible()
    bed.emulate_media(media="print")
    text = bed.locator("body").inner_text()
    for words in (
        say("viewer-notice"),
        CAUTION,
        "covid19 62 %",
        "resnet50",
        "W 4",
        "outline at 40 %",
    ):
        assert words in text
    assert "Runs:" not in text
    assert "Opacity" not in text
    assert bed.evaluate("() => getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    widths = paper.locator("img").evaluate_all("all => all.map(each => each.naturalWidth)")
    assert widths == [pixels(bed, 1).shape[1]] * 3
    bed.emulate_media(media="null")
    leaf = bed.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", leaf)) == 1
    expect(paper).to_have_count(0)  # taken away once it is printed
    assert bed.evaluate(FOCUS) == "Print"
    assert refused == []
