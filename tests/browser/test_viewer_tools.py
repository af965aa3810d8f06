"""The viewer's tools by hand: marks, ruler, flip and rotate, magnifier, touch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.marks_bed import HOTTEST, SHAPE
from tests.browser.serving import ROOT, served_app
from tests.browser.viewing import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Locator, Page

ROWS, COLUMNS = SHAPE
VIEWER = "[data-testid=film-viewer][data-ready=true]"
PIXELS = """(canvas, [x, y, width, height]) =>
  [...canvas.getContext("2d").getImageData(x, y, width, height).data]
    .filter((_, i) => i % 4 === 0)"""
# The middle of what is more red than blue: not the grey film, and not the bluish marks.
WARM_SPOT = """canvas => {
  const { data, width } = canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height);
  let x = 0, y = 0, sum = 0;
  for (let i = 0; i < data.length; i += 4) {
    const warmth = data[i] - data[i + 2];
    if (warmth < 30) continue;
    x += warmth * ((i / 4) % width + 0.5); y += warmth * (Math.floor(i / 4 / width) + 0.5);
    sum += warmth;
  }
  return [x / sum, y / sum];
}"""


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("bed")
    script = "tests/browser/marks_bed.py"
    with served_app(folder, script, PYTHONPATH=str(ROOT)) as url:
        yield url


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 1440, "height": 900}) as shared:
        yield shared


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A window of its own, with the cache of the others: it opens much sooner."""
    opened = context.new_page()
    yield opened
    opened.close()


class Sent:
    """What went through the page's web socket."""

    def __init__(self, page: Page) -> None:
        self.up: list[int] = []
        self.down: list[int] = []
        page.on("websocket", self._watch)

    def _watch(self, socket: Any) -> None:
        socket.on("framesent", lambda frame: self.up.append(len(frame)))
        socket.on("framereceived", lambda frame: self.down.append(len(frame)))


@pytest.fixture
def sent(page: Page) -> Sent:
    return Sent(page)


@pytest.fixture
def film(page: Page, bed: str, sent: Sent) -> Locator:
    """The bare film's panel, ready to be drawn on."""
    page.goto(bed)
    expect(page.locator(VIEWER)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("run 1", exact=True)).to_be_visible()
    return page.locator("[data-panel='0'] .film")


def press(page: Page, *keys: str) -> None:
    page.get_by_test_id("film-viewer").focus()
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def settle(page: Page) -> None:
    """Let two frames pass: a frame draws what came before it."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def drag(page: Page, film: Locator, *spots: tuple[float, float]) -> None:
    """Press at the first spot, given as shares of the panel, go over the others, let go."""
    box = film.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in spots]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    settle(page)


def in_python(page: Page, *kinds: str) -> list[dict[str, Any]]:
    """The marks of the film on show as the page got them, once they are of these kinds."""
    page.wait_for_function(
        """kinds => {
          const line = [...document.querySelectorAll("[data-testid=stText]")]
            .find(each => each.textContent.startsWith("marks "));
          const marks = line && JSON.parse(line.textContent.slice(6));
          return marks && marks.map(each => each.kind).join() === kinds.join();
        }""",
        arg=kinds,
    )
    return json.loads(page.get_by_text("marks [").inner_text()[6:])


def in_browser(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.get_by_test_id("film-viewer").get_attribute("data-marks"))


def state(page: Page) -> dict[str, Any]:
    return json.loads(page.get_by_test_id("film-viewer").get_attribute("data-state"))


def draw_box(page: Page, film: Locator, label: str = "") -> None:
    press(page, "b")
    drag(page, film, (0.2, 0.2), (0.5, 0.4))
    if label:
        page.get_by_test_id("mark-label").fill(label)
        page.keyboard.press("Enter")


def test_a_mark_outlives_rerun_remount_and_other_films_and_belongs_to_its_own(
    page: Page, film: Locator
) -> None:
    draw_box(page, film)
    (box,) = in_python(page, "Box")
    scale = COLUMNS / film.bounding_box()["width"]
    assert box["kind"] == "Box"
    assert box["right"] - box["left"] == pytest.approx(0.3 * COLUMNS, abs=2 * scale)
    page.get_by_role("button", name="Rerun").click()
    expect(page.get_by_text("run 3", exact=True)).to_be_visible()
    assert len(in_browser(page)) == 1
    page.get_by_text("second", exact=True).click()
    assert in_python(page) == []
    expect(page.get_by_test_id("mark")).to_have_count(0)
    press(page, "t")
    drag(page, film, (0.7, 0.7))
    in_python(page, "Point")
    page.get_by_text("first", exact=True).click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    assert in_python(page, "Box") == [box]
    page.get_by_text("Other greys", exact=True).click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    page.get_by_text("Hide", exact=True).click()
    expect(page.get_by_test_id("film-viewer")).to_have_count(0)
    page.get_by_text("Hide", exact=True).click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    page.get_by_role("link", name="Elsewhere").click()
    expect(page.get_by_text("nothing here")).to_be_visible()
    page.get_by_role("link", name="Film").click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    assert in_python(page, "Box") == [box]


def test_what_python_holds_is_shown_even_to_a_browser_that_has_forgotten(
    page: Page, film: Locator
) -> None:
    draw_box(page, film)
    in_python(page, "Box")
    page.evaluate("() => globalThis[Symbol.for('cxr-triage.film-viewer')].books.clear()")
    page.get_by_text("Hide", exact=True).click()
    expect(page.get_by_test_id("film-viewer")).to_have_count(0)
    page.get_by_text("Hide", exact=True).click()
    expect(page.get_by_test_id("mark")).to_have_text(["1 Box"])
    page.get_by_role("button", name="Python deletes").click()
    expect(page.get_by_test_id("mark")).to_have_count(0)
    assert in_python(page) == []


def test_a_label_is_text_whatever_it_holds_and_its_letters_are_no_keys(
    page: Page, film: Locator
) -> None:
    draw_box(page, film)
    page.get_by_test_id("mark-label").focus()
    page.keyboard.type("<b>Rxi</b>")
    assert in_python(page, "Box")[0]["label"] == ""
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("mark")).to_have_text("1 Box <b>Rxi</b>")
    expect(page.get_by_test_id("film-viewer").locator(".mark b")).to_have_count(0)
    page.wait_for_function("() => document.body.innerText.includes('<b>Rxi</b>')")
    assert in_python(page, "Box")[0]["label"] == "<b>Rxi</b>"
    assert (state(page)["turns"], state(page)["flipped"], state(page)["invert"]) == (
        *(0, False, False),
    )


def test_a_mark_is_moved_deleted_and_brought_back(page: Page, film: Locator) -> None:
    draw_box(page, film)
    (before,) = in_python(page, "Box")
    press(page, "w")  # a mark can be taken with every tool, its inside belongs to the tool
    width = state(page)["width"]
    drag(page, film, (0.35, 0.2), (0.45, 0.3))
    expect(page.get_by_text("run 3", exact=True)).to_be_visible()
    (after,) = in_python(page, "Box")
    assert after["left"] - before["left"] == pytest.approx(0.1 * COLUMNS, abs=8)
    assert after["right"] - after["left"] == pytest.approx(before["right"] - before["left"])
    assert state(page)["width"] == width
    drag(page, film, (0.5, 0.4), (0.55, 0.4))
    assert state(page)["width"] != width
    press(page, "Delete")
    assert in_python(page) == []
    press(page, "Control+z")
    assert in_python(page, "Box") == [after]
    page.get_by_role("button", name="Delete", exact=True).click()
    assert in_python(page) == []
    page.get_by_role("button", name="Undo").click()
    assert in_python(page, "Box") == [after]


def test_a_click_draws_no_box_and_escape_drops_what_is_in_hand(
    page: Page, film: Locator, sent: Sent
) -> None:
    press(page, "b")
    up = len(sent.up)
    drag(page, film, (0.5, 0.5))
    box = film.bounding_box()
    page.mouse.move(box["x"] + 50, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 150)
    page.keyboard.press("Escape")
    page.mouse.up()
    settle(page)
    assert in_browser(page) == []
    assert len(sent.up) == up


def test_a_mark_can_be_made_and_moved_without_a_mouse(page: Page, film: Locator) -> None:
    press(page, "b", "n")
    (before,) = in_python(page, "Box")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.body.innerText.includes('run 3')")
    (after,) = in_python(page, "Box")
    assert after["left"] - before["left"] == pytest.approx(1, abs=0.02)
    assert after["right"] - before["right"] == pytest.approx(1, abs=0.02)
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_function("() => document.body.innerText.includes('run 4')")
    (longer,) = in_python(page, "Box")
    assert longer["top"] == after["top"]
    assert longer["bottom"] - after["bottom"] == pytest.approx(1, abs=0.02)


def test_a_ruler_tells_millimetres_where_the_spacing_is_known_and_pixels_elsewhere(
    page: Page, film: Locator
) -> None:
    press(page, "l")
    drag(page, film, (0.2, 0.2), (0.6, 0.5))
    (line,) = in_python(page, "Ruler")
    across, down = line["end_x"] - line["x"], line["end_y"] - line["y"]
    length = np.hypot(across * 0.1, down * 0.2)
    expect(page.get_by_test_id("mark")).to_have_text(f"1 Ruler {length:.1f} mm")
    expect(page.get_by_test_id("marks-note")).to_contain_text("at the detector, not calibrated")
    page.get_by_text("second", exact=True).click()
    assert in_python(page) == []
    expect(page.get_by_test_id("mark")).to_have_count(0)  # the browser shows the other film too
    drag(page, film, (0.2, 0.2), (0.6, 0.5))
    (line,) = in_python(page, "Ruler")
    length = np.hypot(line["end_x"] - line["x"], line["end_y"] - line["y"])
    expect(page.get_by_test_id("mark")).to_have_text(f"1 Ruler {length:.0f} px")
    expect(page.get_by_test_id("marks-note")).to_have_text("")


def oriented(pixels: np.ndarray, turns: int, flipped: bool) -> np.ndarray:
    """What is shown of the stored pixels: flipped left to right, then turned clockwise."""
    return np.rot90(pixels[:, ::-1] if flipped else pixels, -turns)


def stored_film() -> np.ndarray:
    rows, columns = np.indices(SHAPE)
    return (rows * 31 + columns * 7 + rows * columns // 97) % 4096


TURNS = {  # keys: quarter turns, and whether the film is flipped before them
    "": (0, False),
    "x": (0, True),
    "r": (1, False),
    "rr": (2, False),
    "rrr": (3, False),
    "xr": (1, True),
    "rx": (3, True),
    "xrr": (2, True),
}
PATCH = 150  # pixels of the panel that are compared, each way


def test_at_one_to_one_the_stored_values_are_shown_untouched_however_turned(
    page: Page, film: Locator
) -> None:
    share = np.clip((np.arange(4096) - 2047.5) / 4095 + 0.5, 0, 1)
    greys = np.floor(share * 255 + 0.5)[stored_film()]
    canvas = film.locator("canvas").first
    for keys, (turns, flipped) in TURNS.items():
        press(page, "0", *keys, "o")
        page.get_by_test_id("preset").select_option("full")
        settle(page)
        assert (state(page)["turns"], state(page)["flipped"]) == (turns, flipped)
        grey = np.array(canvas.evaluate(PIXELS, [0, 0, PATCH, PATCH])).reshape(PATCH, PATCH)
        shown = oriented(greys, turns, flipped)
        width, height = (canvas.evaluate(f"c => c.{side}") for side in ("width", "height"))
        corner_x = int(state(page)["x"] * shown.shape[1] - width / 2)
        corner_y = int(state(page)["y"] * shown.shape[0] - height / 2)
        found = [
            (left, top)
            for left in range(corner_x - 1, corner_x + 3)
            for top in range(corner_y - 1, corner_y + 3)
            if np.array_equal(shown[top : top + PATCH, left : left + PATCH], grey)
        ]
        assert len(found) == 1, keys


def test_a_mark_the_heat_and_the_readout_follow_the_turned_film(
    page: Page, film: Locator
) -> None:
    hot_row, hot_column = (np.array(HOTTEST) + 0.5) / 8
    page.get_by_test_id("opacity").fill("100")
    press(page, "t")
    drag(page, film, (hot_column, hot_row))
    (point,) = in_python(page, "Point")
    assert point["x"] == pytest.approx(hot_column * COLUMNS, abs=4)
    heat = page.locator("[data-panel='1'] canvas").first
    for keys in TURNS:
        press(page, "0", *keys, "Escape")
        tags = page.get_by_test_id("turned")
        told = [word for key, word in (("x", "flipped"), ("r", "rotated")) if key in keys]
        for panel in range(3):
            assert all(word in tags.nth(panel).inner_text() for word in told)
        box = film.bounding_box()
        warm_x, warm_y = heat.evaluate(WARM_SPOT)
        page.mouse.move(box["x"] + warm_x, box["y"] + warm_y)
        settle(page)
        place, value = page.locator("[data-panel='0'] .tag.right").inner_text().split(":")
        column, row = (int(part) for part in place.split(","))
        assert column == pytest.approx(hot_column * COLUMNS, abs=25), keys
        assert row == pytest.approx(hot_row * ROWS, abs=25), keys
        assert int(value) == stored_film()[row, column]
        assert in_browser(page)[0]["place"] == [point["x"], point["y"]]
        expect(page.get_by_test_id("mark")).to_have_attribute("aria-pressed", "false")
        page.mouse.down()  # a mark is taken where it is seen now
        page.mouse.up()
        expect(page.get_by_test_id("mark")).to_have_attribute("aria-pressed", "true")


def test_the_saved_picture_says_that_the_film_is_turned(page: Page, film: Locator) -> None:
    page.evaluate(WRITTEN)
    press(page, "x", "r")
    with page.expect_download():
        press(page, "s")
    assert page.evaluate("() => window.written").count("Film flipped, rotated 90°") == 3
    press(page, "0")
    assert (state(page)["turns"], state(page)["flipped"]) == (0, False)
    expect(page.get_by_test_id("turned").first).to_be_hidden()


def test_the_glass_shows_the_spot_larger_with_its_heat_and_stays_in_the_panel(
    page: Page, film: Locator
) -> None:
    hot_row, hot_column = (np.array(HOTTEST) + 0.5) / 8
    box = film.bounding_box()
    press(page, "m")
    page.mouse.move(box["x"] + hot_column * box["width"], box["y"] + hot_row * box["height"])
    settle(page)
    glass = page.locator("[data-panel='1']").get_by_test_id("glass")
    expect(glass).to_be_visible()
    side = glass.evaluate("c => c.width")
    warm_x, warm_y = glass.evaluate(WARM_SPOT)
    assert (warm_x, warm_y) == (pytest.approx(side / 2, abs=8), pytest.approx(side / 2, abs=8))
    for x, y in ((0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99)):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        settle(page)
        inside = page.locator("[data-panel='0']").get_by_test_id("glass").bounding_box()
        assert inside["x"] >= box["x"] - 1
        assert inside["y"] >= box["y"] - 1
        assert inside["x"] + inside["width"] <= box["x"] + box["width"] + 1
        assert inside["y"] + inside["height"] <= box["y"] + box["height"] + 1
    press(page, "m", "m")
    expect(glass).to_be_hidden()


def test_nothing_is_sent_while_dragging_windowing_zooming_or_turning(
    page: Page, film: Locator, sent: Sent
) -> None:
    parcel = max(sent.down)
    press(page, "w")
    up = len(sent.up)
    drag(page, film, (0.3, 0.3), (0.6, 0.6))
    page.mouse.wheel(0, -300)
    press(page, "p", "x", "r", "m", "m", "m", "h", "c", "b")
    drag(page, film, (0.3, 0.3), (0.3, 0.3))
    box = film.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.down()
    for step in range(10):
        page.mouse.move(box["x"] + 50 + 10 * step, box["y"] + 60 + 10 * step)
        settle(page)
    assert len(sent.up) == up
    expect(page.get_by_text("run 1", exact=True)).to_be_visible()
    sent.down.clear()
    page.mouse.up()
    in_python(page, "Box")
    assert len(sent.up) == up + 1
    assert sum(sent.down) < parcel / 10, "a mark must not send the film again"


def test_broken_marks_from_a_browser_are_refused_and_leave_the_screen(
    page: Page, film: Locator
) -> None:
    draw_box(page, film)
    in_python(page, "Box")
    page.evaluate(
        """() => {
          const shared = globalThis[Symbol.for("cxr-triage.film-viewer")];
          const good = {id: "good", kind: "point", label: "", place: [10, 20]};
          shared.posts.get("bed").hand("first", [
            good, {...good, id: "far", place: [1e9, 0]}, {...good, id: "long",
            label: "x".repeat(81)}, {...good, kind: "script"}, "rubbish", null]);
        }"""
    )
    expect(page.get_by_text("marks [")).to_contain_text("good")
    assert [mark["id"] for mark in in_python(page, "Point")] == ["good"]
    expect(page.get_by_test_id("mark")).to_have_text(["1 Point"])


def test_rotating_by_key_does_not_run_the_page_again(page: Page, film: Locator) -> None:
    press(page, "r")
    assert state(page)["turns"] == 1
    draw_box(page, film)
    in_python(page, "Box")
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()
    page.get_by_test_id("mark").focus()
    page.keyboard.press("r")
    settle(page)
    assert state(page)["turns"] == 2
    expect(page.get_by_text("run 2", exact=True)).to_be_visible()


def test_a_second_finger_zooms_and_drops_what_the_first_was_drawing(
    page: Page, film: Locator
) -> None:
    press(page, "b")
    box = film.bounding_box()
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *spots: tuple[float, float]) -> None:
        points = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": number}
            for number, (x, y) in enumerate(spots)
        ]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        settle(page)

    fingers("touchStart", (100, 100))
    fingers("touchMove", (160, 160))
    fingers("touchStart", (160, 160), (200, 200))
    fingers("touchMove", (120, 120), (260, 260))
    fingers("touchEnd", (120, 120))
    fingers("touchMove", (180, 180))
    fingers("touchEnd")
    assert state(page)["zoom"] > 1.5
    assert in_browser(page) == []
    fingers("touchStart", (100, 100))
    fingers("touchMove", (160, 190))
    fingers("touchEnd")
    in_python(page, "Box")
