"""Films, folders and zips on their way from a browser to the disk of the server."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests
from playwright.sync_api import expect

from cxr_core.domain import Role
from cxr_core.services import build_services
from cxr_core.settings import Settings
from cxr_core.use_cases.access import TERMINAL
from tests.browser.serving import served_app
from tests.browser.test_main_job import assert_fits_and_is_accessible
from tests.imaging.test_archive import zip_of
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.test_intake import files_under

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request, Route

MINUTE = 60_000
OWN = "correct horse battery"
FILMS = "**/films"


@dataclass(frozen=True, slots=True)
class Ward:
    """A server with accounts, the folder that it writes to, and who is signed in already."""

    url: str
    uploads: Path
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("ward")
    services = build_services(Settings.from_environment({"CXR_DATA_DIR": str(folder / "data")}))
    tokens = {}
    for name, role in {"ada": Role.ADMINISTRATOR, "rex": Role.READER}.items():
        people = services.people()
        once = people.signing_in.sign_in(name, people.accounts.add(TERMINAL, name, role))
        tokens[name] = people.signing_in.change_password(once.token, "", OWN).token
    with served_app(folder, CXR_JOBS="0", CXR_MAX_FILE_MB="1") as url:
        yield Ward(url, folder / "data" / "uploads", tokens)


@pytest.fixture
def page(browser: Browser, ward: Ward) -> Iterator[Page]:
    """Rex's window, at the empty worklist."""
    with browser.new_context(viewport={"width": 1440, "height": 900}) as context:
        cookie = {"name": "cxr_session", "value": ward.tokens["rex"], "url": ward.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.goto(ward.url)
        expect(page.get_by_test_id("upload")).to_be_visible(timeout=MINUTE)
        yield page


def film(seed: int = 0) -> bytes:
    return png_bytes(synthetic_chest(300, 260, seed=seed))


def letters(folder: Path, count: int) -> list[Path]:
    """Files that are no films, each another: they are refused at once."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"letter-{number:02d}.txt" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f"Dear colleague, this is number {number}.")
    return paths


def expect_rows(page: Page, count: int) -> None:
    read = page.locator("tr[data-state]:not([data-state=waiting])")
    expect(read).to_have_count(count, timeout=4 * MINUTE)


def follow(page: Page, name: str) -> None:
    """Go to another page, as a person does: a lost click is repeated.

    Streamlit loses a link that is followed in the moment in which the page runs itself again.
    """
    heading = page.get_by_role("heading", name=name, exact=True)
    for _ in range(6):
        page.get_by_role("link", name=name).click()
        with contextlib.suppress(AssertionError):
            expect(heading).to_be_visible(timeout=MINUTE // 4)
            return
    raise AssertionError(f"{name} was not opened")


def forget(page: Page) -> None:
    page.get_by_role("button", name="Clear the worklist").click()
    page.get_by_role("button", name="Forget them").click()
    expect(page.get_by_text("The worklist is empty")).to_be_visible(timeout=MINUTE)


def test_a_folder_comes_in_by_its_paths_without_what_is_hidden_and_goes_when_cleared(
    page: Page, ward: Ward, tmp_path: Path
) -> None:
    study = tmp_path / "study"
    letters(study, 20)
    letters(study / "second", 20)
    letters(study / "second" / "third", 19)
    letters(study / ".cache", 3)
    (study / "second" / ".DS_Store").write_bytes(b"x")
    (study / "film.png").write_bytes(film())
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(study)
    expect_rows(page, 60)
    name = page.get_by_role("row").filter(has_text="study/second/third/letter-18.txt")
    expect(name).to_have_count(1)
    expect(page.get_by_role("button", name="Review study/film.png")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="DS_Store")).to_have_count(0)
    assert len(files_under(ward.uploads)) == 60
    forget(page)
    assert files_under(ward.uploads) == []


def test_a_zip_is_dropped_beside_a_film_and_the_film_under_review_comes_from_the_disk(
    page: Page, tmp_path: Path
) -> None:
    data = zip_of({"inner/one.png": film(1), "two.png": film(2), "more.zip": zip_of({})})
    (tmp_path / "scan.zip").write_bytes(data)
    (tmp_path / "film.png").write_bytes(film(3))
    page.locator("input[type=file]").set_input_files(
        [tmp_path / "scan.zip", tmp_path / "film.png"]
    )
    expect_rows(page, 4)
    nested = page.get_by_role("row").filter(has_text="scan.zip!more.zip")
    expect(nested).to_contain_text("The member is a zip; expected a film")
    page.get_by_role("button", name="Review scan.zip!inner/one.png").click()
    viewer = page.locator("[data-testid=film-viewer][data-ready=true]")
    expect(viewer).to_be_visible(timeout=MINUTE)


def test_what_is_dropped_anywhere_on_the_page_is_taken(page: Page) -> None:
    page.evaluate("""() => {
      const held = new DataTransfer();
      for (const name of ["one.txt", "two.txt"]) held.items.add(new File([name], name));
      const told = { dataTransfer: held, bubbles: true, cancelable: true };
      document.querySelector("h1").dispatchEvent(new DragEvent("drop", told));
    }""")
    expect_rows(page, 2)


def test_what_is_too_large_is_a_row_and_is_not_sent(page: Page, tmp_path: Path) -> None:
    large, rar = tmp_path / "large.png", tmp_path / "films.rar"
    large.write_bytes(b"\x89PNG" + bytes(3 << 20))
    rar.write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(1000))
    sent: list[int] = []

    def note(route: Route) -> None:
        sent.append(len(route.request.post_data_buffer or b""))
        route.continue_()

    page.route(FILMS, note)
    page.locator("input[type=file]").set_input_files([large, rar])
    expect_rows(page, 2)
    row = page.get_by_role("row").filter(has_text="large.png")
    expect(row).to_contain_text("more than 1 MB")
    row = page.get_by_role("row").filter(has_text="films.rar")
    expect(row).to_contain_text("a rar archive; expected films, or a zip")
    assert sum(sent) < 10_000


def test_a_connection_that_fails_is_told_and_the_rest_goes_on_when_asked(
    page: Page, tmp_path: Path
) -> None:
    page.route(FILMS, lambda route: route.abort())
    page.locator("input[type=file]").set_input_files(letters(tmp_path, 9))
    stuck = page.locator("[data-testid=upload][data-state=failed]")
    expect(stuck).to_contain_text("The connection fails.", timeout=MINUTE)
    expect(stuck).to_contain_text("0 of 9 files")
    assert_fits_and_is_accessible(page)
    page.unroute(FILMS)
    page.get_by_role("button", name="Go on").click()
    expect_rows(page, 9)
    expect(page.locator("[data-testid=upload][data-state=idle]")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_what_is_not_sent_yet_can_be_cancelled(page: Page, tmp_path: Path) -> None:
    page.route(FILMS, lambda _: None)  # never answered
    page.locator("input[type=file]").set_input_files(letters(tmp_path, 9))
    expect(page.get_by_text("0 of 9 files")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("0 of 9 files")).to_be_hidden()
    page.unroute(FILMS)
    page.locator("input[type=file]").set_input_files(letters(tmp_path, 2))
    expect_rows(page, 2)


def test_films_go_on_coming_in_while_another_page_is_looked_at(
    page: Page, tmp_path: Path
) -> None:
    def slowly(route: Route) -> None:
        time.sleep(0.1)
        route.continue_()

    page.route(FILMS, slowly)
    page.locator("input[type=file]").set_input_files(letters(tmp_path, 30))
    follow(page, "Performance")
    follow(page, "Triage")
    expect_rows(page, 30)


def test_only_the_window_that_was_told_the_token_may_send_and_nothing_is_given_out(
    page: Page, ward: Ward, tmp_path: Path
) -> None:
    seen: list[Request] = []
    page.on("request", lambda each: seen.append(each) if each.method == "POST" else None)
    page.locator("input[type=file]").set_input_files(letters(tmp_path, 1))
    expect_rows(page, 1)
    (request,) = [each for each in seen if each.url.endswith("/films")]
    good = {
        "Origin": ward.url,
        "X-Upload-Token": request.headers["x-upload-token"],
        "X-Upload-Name": "a.png",
        "X-Upload-Size": "4",
        "Cookie": f"cxr_session={ward.tokens['rex']}",
    }

    def answer(**changes: str) -> int:
        headers = {**good, **{name.replace("_", "-"): text for name, text in changes.items()}}
        sent = requests.post(request.url, b"film", headers=headers, timeout=30)
        return sent.status_code

    assert answer(Origin="https://elsewhere.example") == 403
    assert answer(Origin="") == 403
    assert answer(X_Upload_Token="x" * 43) == 403
    assert answer(Cookie=f"cxr_session={ward.tokens['ada']}") == 403
    assert answer(Cookie="") == 401
    assert answer(X_Upload_Size="many") == 400
    assert answer(X_Upload_Size="5") == 400
    assert answer(X_Upload_Size="3") == 400
    before = len(files_under(ward.uploads))
    assert answer(X_Upload_Name="..%2F..%2Fetc%2Fpasswd") == 200
    assert len(files_under(ward.uploads)) == before + 1
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        asked = requests.request(method, request.url, headers=good, timeout=30)
        assert asked.status_code == 405
