"""Two films side by side in the viewer: linked and free, each with its own marks and name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from pages.components.texts import say
from tests.browser.accessibility import serious_faults
from tests.browser.pair_bed import EARLIER, LANDMARKS, MARKUP, SHAPES, SPACINGS
from tests.browser.serving import served_app
from tests.browser.viewing import WRITTEN, press, said, settled, viewer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

# The middles of the light spots, upper ones first; each spot is one connected lump of its own.
_SPOTS = """canvas => {
  const { data, width, height } = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height);
  const found = [];
  for (let i = 0; i < width * height; i++) {
    if (data[4 * i] < 100) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    const isNear = (spot) => Math.hypot(spot.x / spot.n - x, spot.y / spot.n - y) < 60;
    const known = found.find(isNear);
    const spot = known ?? { x: 0, y: 0, n: 0 };
    if (!known) found.push(spot);
    spot.x += x; spot.y += y; spot.n += 1;
  }
  return found.map(({ x, y, n }) => [x / n, y / n]);
}"""


@pytest.fixture(scope="module")
def pair_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served_app(tmp_path_factory.mktemp("pair"), "tests/browser/pair_bed.py") as url:
        yield url


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as shared:
        yield shared


@pytest.fixture
def page(context: BrowserContext, pair_url: str) -> Iterator[Page]:
    """The two films, both with a spacing; a window of its own, with the cache of the others."""
    opened = context.new_page()
    opened.goto(pair_url)
    settled(opened)
    yield opened
    opened.close()


def side(page: Page, number: int) -> Locator:
    return page.get_by_test_id(f"side-{number}")


def film(page: Page, number: int) -> Locator:
    return side(page, number).locator(".film:visible")


def states(page: Page) -> list[dict[str, Any]]:
    settled(page)
    return [json.loads(side(page, each).get_attribute("data-state")) for each in (0, 1)]


def spots(page: Page, number: int) -> np.ndarray:
    """Where the light spots of a film are in its panel, (spots, 2), x and y."""
    settled(page)
    return np.array(film(page, number).locator("canvas").first.evaluate(_SPOTS))


def point_at(page: Page, number: int, x: float, y: float) -> None:
    """Bring the pointer to a place of a film, given as shares of its panel."""
    box = film(page, number).bounding_box()
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def drag(page: Page, number: int, begin: tuple[float, float], end: tuple[float, float]) -> None:
    point_at(page, number, *begin)
    page.mouse.down()
    point_at(page, number, *end)
    page.mouse.up()
    settled(page)


def wheel(page: Page, number: int, x: float, y: float) -> None:
    point_at(page, number, x, y)
    page.mouse.wheel(0, -240)
    settled(page)


def beside(page: Page, name: str) -> None:
    page.get_by_text(name, exact=True).click()
    if name == "none":
        expect(side(page, 1)).to_have_count(0)
    elif name == "bare":
        expect(side(page, 1)).to_contain_text("8 bit")
    settled(page)


def in_python(page: Page, **kinds: list[str]) -> dict[str, list[dict[str, Any]]]:
    """All marks as the page got them, once they are of these kinds."""
    page.wait_for_function(
        """wanted => {
          const line = [...document.querySelectorAll("[data-testid=stText]")]
            .find(each => each.textContent.startsWith("marks "));
          const marks = line && JSON.parse(line.textContent.slice(6));
          return marks && Object.entries(wanted).every(([film, kinds]) =>
            (marks[film] ?? []).map(each => each.kind).join() === kinds.join());
        }""",
        arg=kinds,
    )
    return json.loads(page.get_by_text("marks {").inner_text()[6:])


def test_linked_films_show_the_same_anatomy_at_the_same_magnification(page: Page) -> None:
    first = spots(page, 0)
    assert len(first) == len(LANDMARKS)
    assert np.abs(spots(page, 1) - first).max() < 1
    wheel(page, 1, 0.4, 0.3)
    drag(page, 0, (0.5, 0.5), (0.5, 0.55))  # a window, which moves nothing
    press(page, "p")
    drag(page, 1, (0.5, 0.5), (0.58, 0.6))
    moved = spots(page, 0)
    assert np.ptp(moved, axis=0).min() > 1.3 * np.ptp(first, axis=0).min()
    assert np.abs(spots(page, 1) - moved).max() < 1
    press(page, "o")  # the active film alone can be at 1:1
    scales = [each["zoom"] for each in states(page)]
    press(page, "f")
    fitted = states(page)
    assert np.abs(spots(page, 0) - first).max() < 1
    ratio = scales[0] / scales[1]
    assert fitted[0]["zoom"] / fitted[1]["zoom"] == pytest.approx(ratio, rel=1e-3)


def test_free_films_move_alone_and_the_active_one_is_told_in_words(page: Page) -> None:
    expect(side(page, 0)).to_contain_text("active")
    press(page, "k")
    assert said(page) == "Free"
    before = states(page)
    wheel(page, 1, 0.5, 0.5)
    point_at(page, 0, 0.3, 0.3)
    expect(side(page, 1).locator(".cross:visible")).to_have_count(0)
    after = states(page)
    assert after[0] == before[0]
    assert after[1]["zoom"] > before[1]["zoom"]
    film(page, 1).click()
    assert said(page) == f"Active: {EARLIER}"
    expect(side(page, 1).get_by_role("button", name=EARLIER)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(side(page, 0).locator(".side-active")).not_to_be_visible()
    press(page, "i")
    assert [each["invert"] for each in states(page)] == [False, True]
    press(page, "a", "x")
    assert [each["flipped"] for each in states(page)] == [True, False]


def test_what_was_laid_middle_on_middle_by_hand_stays_together_once_linked(page: Page) -> None:
    press(page, "p", "k")
    for number in (0, 1):
        wheel(page, number, 0.5, 0.5)
        wheel(page, number, 0.5, 0.5)
    drag(page, 1, (0.5, 0.5), (0.6, 0.45))
    point_at(page, 0, 0.5, 0.5)
    x, y = (states(page)[1][each] for each in ("x", "y"))
    press(page, "k")
    assert [states(page)[1][each] for each in ("x", "y")] == pytest.approx([x, y], abs=1e-4)
    before = spots(page, 0).mean(axis=0) - spots(page, 1).mean(axis=0)
    drag(page, 0, (0.5, 0.5), (0.47, 0.52))
    after = spots(page, 0).mean(axis=0) - spots(page, 1).mean(axis=0)
    assert np.abs(after - before).max() < 1
    assert np.abs(before).max() > 20
    press(page, "f", "0")
    assert np.abs(spots(page, 1) - spots(page, 0)).max() < 1


def test_flips_and_turns_are_one_films_alone_though_linked(page: Page) -> None:
    wheel(page, 0, 0.5, 0.5)
    before = states(page)
    press(page, "r")
    after = states(page)
    assert (after[0]["turns"], after[1]["turns"]) == (1, 0)
    assert [after[1][each] for each in "xy"] == pytest.approx(
        [before[1][each] for each in "xy"], abs=1e-4
    )
    assert after[1]["zoom"] == pytest.approx(before[1]["zoom"], rel=1e-3)
    expect(side(page, 0).get_by_test_id("turned").first).to_have_text("rotated 90°")
    expect(side(page, 1).get_by_test_id("turned").first).to_have_text("")


def test_without_a_spacing_the_longer_sides_are_taken_for_equal(page: Page) -> None:
    beside(page, "bare")
    zooms = [each["zoom"] for each in states(page)]
    assert zooms[0] == pytest.approx(1)
    assert zooms[1] == pytest.approx(1)  # 1000 rows, and 500
    wheel(page, 0, 0.5, 0.5)
    zooms = [each["zoom"] for each in states(page)]
    assert zooms[0] == pytest.approx(zooms[1], rel=1e-3) != 1
    expect(side(page, 1).get_by_test_id("scores")).to_have_text("No model has read this film")


def test_presets_go_by_name_and_windows_by_shares_of_each_range(page: Page) -> None:
    preset = viewer(page).get_by_label("Window preset")
    preset.select_option(label="Header: hard")
    assert [(each["preset"], each["width"]) for each in states(page)] == [
        ("header1", 950),
        ("header0", 900),
    ]
    preset.select_option(label="Full range")
    before = states(page)
    assert [each["preset"] for each in before] == ["full", "full"]
    assert before[0]["width"] == 2 * before[1]["width"]
    press(page, "w")
    drag(page, 0, (0.5, 0.5), (0.4, 0.45))
    after = states(page)
    narrower = [now["width"] - then["width"] for now, then in zip(after, before, strict=True)]
    assert narrower[0] < -100
    assert narrower[0] == pytest.approx(2 * narrower[1], abs=2)
    preset.select_option(label="Header: normal")  # which the other film has not
    assert [each["preset"] for each in states(page)] == ["header0", "custom"]
    assert said(page) == f"{EARLIER} has no Header: normal"
    press(page, "i")
    assert [each["invert"] for each in states(page)] == [True, True]


def test_the_cross_hair_is_at_the_same_place_of_the_other_film_with_its_value(
    page: Page,
) -> None:
    across, down = LANDMARKS[0]
    for number, name in enumerate(("now", "earlier")):
        box = film(page, number).bounding_box()
        x, y = spots(page, number)[0]
        page.mouse.move(box["x"] + x, box["y"] + y)
        for other, other_name in enumerate(("now", "earlier")):
            told = side(page, other).locator(".tag.right:visible").inner_text()
            place, value = told.split(":")
            rows, columns = SHAPES[other_name]
            pitch = SPACINGS[other_name]
            column, row = (int(each) for each in place.split(","))
            assert column == pytest.approx(columns / 2 + across / pitch, abs=4), name
            assert row == pytest.approx(rows / 2 + down / pitch, abs=4)
            assert int(value) == {"now": 2500, "earlier": 1250}[other_name]
        crosses = [side(page, each).locator(".cross:visible").count() for each in (0, 1)]
        assert crosses == [int(each != number) for each in (0, 1)]


def test_marks_land_on_the_film_they_were_drawn_on_and_come_back_to_python(page: Page) -> None:
    press(page, "b")
    drag(page, 0, (0.4, 0.3), (0.6, 0.5))
    in_python(page, now=["Box"], earlier=[])
    press(page, "t")
    drag(page, 1, (0.5, 0.5), (0.5, 0.5))
    held = in_python(page, now=["Box"], earlier=["Point"])
    (point,) = held["earlier"]
    rows, columns = SHAPES["earlier"]
    assert (point["x"], point["y"]) == pytest.approx((columns / 2, rows / 2), abs=3)
    expect(page.get_by_test_id("marks-of")).to_have_text(f"Marks on {EARLIER}")
    expect(page.get_by_test_id("mark")).to_have_text(["1 Point"])
    side(page, 0).get_by_role("button", name=MARKUP).click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    page.get_by_test_id("mark").click()
    press(page, "Delete")
    in_python(page, now=[], earlier=["Point"])
    page.get_by_role("button", name="Undo").click()
    again = in_python(page, now=["Box"], earlier=["Point"])
    assert again == held
    beside(page, "none")
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])


def test_what_is_half_typed_belongs_to_the_film_it_was_begun_for(page: Page) -> None:
    press(page, "k", "t")
    drag(page, 0, (0.5, 0.5), (0.5, 0.5))
    page.get_by_test_id("mark-label").fill("apex")
    side(page, 1).get_by_role("button", name=EARLIER).click()
    held = in_python(page, now=["Point"], earlier=[])
    page.wait_for_function("() => document.body.innerText.includes('apex')")
    assert held["now"][0]["kind"] == "Point"
    viewer(page).get_by_label("Window width").fill("333")
    film(page, 0).click(position={"x": 5, "y": 5})
    assert [each["width"] == 333 for each in states(page)] == [False, True]


def test_linked_or_free_and_both_views_survive_reruns_and_a_remount(page: Page) -> None:
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda each: sent.append(each)))
    page.reload()
    settled(page)
    up = len(sent)
    press(page, "k", "+", "i")
    wheel(page, 1, 0.3, 0.3)
    page.get_by_test_id("shows").select_option("resnet50")
    arranged = states(page)
    assert len(sent) == up
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text("Runs: 2")).to_be_visible()
    assert states(page) == arranged
    page.get_by_text("Hide", exact=True).click()
    expect(viewer(page)).to_have_count(0)
    page.get_by_text("Hide", exact=True).click()
    assert states(page) == arranged
    assert arranged[0]["linked"] is False
    beside(page, "none")
    assert viewer(page).get_by_role("button", name="Linked").count() == 0
    expect(page.get_by_test_id("panel-2")).to_be_visible()


def test_names_are_text_and_the_picture_and_the_paper_name_both_films(page: Page) -> None:
    page.evaluate("() => { window.print = () => {}; }")
    expect(side(page, 0).get_by_role("button")).to_have_text(MARKUP)
    page.get_by_test_id("shows").select_option("vgg16")
    page.evaluate(WRITTEN)
    with page.expect_download() as waiting:
        press(page, "s")
    picture = Image.open(waiting.value.path()).convert("L")
    width = film(page, 0).locator("canvas").first.evaluate("each => each.width")
    assert picture.width == 2 * width
    written = page.evaluate("() => window.written")
    assert f"{MARKUP}. vgg16: covid19 62 %" in written
    assert f"{EARLIER}. vgg16: covid19 10 %" in written
    assert written.count(say("viewer-notice")) >= 2
    press(page, "Control+p")
    paper = page.locator(".cxr-paper")
    expect(paper.locator("figcaption")).to_have_count(2)
    expect(paper.locator("figcaption").first).to_contain_text(MARKUP)
    assert paper.locator("figcaption b").count() == 0
    assert viewer(page).locator(".side b:not(.name)").count() == 0


def test_two_films_fit_every_width_and_have_no_serious_fault(page: Page) -> None:
    press(page, "t", "n")
    for width, is_stacked in ((1440, False), (800, False), (460, True)):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        left, right = (side(page, each).bounding_box() for each in (0, 1))
        assert (right["y"] > left["y"]) == is_stacked
        assert right["x"] + right["width"] <= width
        assert serious_faults(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})


def test_a_double_click_shows_one_film_large_and_a_key_the_two_in_turns(page: Page) -> None:
    film(page, 1).dblclick()
    expect(side(page, 0)).not_to_be_visible()
    press(page, "a")
    expect(side(page, 0)).to_be_visible()
    expect(side(page, 1)).not_to_be_visible()
    press(page, "Escape")
    expect(side(page, 1)).to_be_visible()
