"""Coming in through the door, in a real browser and past it: what each mode lets through."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests
import sqlalchemy as sa
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cxr_core.domain import Role
from cxr_core.services import build_services
from cxr_core.settings import Settings
from cxr_core.store.tables import SESSIONS
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.accounts.sessions import BELIEF_SECONDS, IDLE_SECONDS
from cxr_core.use_cases.accounts.signing_in import MOST_FAILURES
from tests.browser.accessibility import serious_faults
from tests.browser.provider import running_provider, write_secrets
from tests.browser.serving import ROOT, served_app
from tests.browser.test_main_job import drop, open_review
from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from cxr_core.services import Services

MINUTE = 60_000
OWN = "correct horse battery"
HELD_PAGES = ("admin", "retrain", "health")  # those for administrators only


@dataclass(frozen=True, slots=True)
class House:
    """A server with accounts, and the same store from inside."""

    url: str
    services: Services
    tokens: dict[str, str]

    def context(self, browser: Browser, name: str) -> BrowserContext:
        """A browser in which this person has signed in already."""
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        cookie = {"name": "cxr_session", "value": self.tokens[name], "url": self.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        return context


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with an administrator, readers, and an organisation's provider."""
    folder = tmp_path_factory.mktemp("house")
    services = build_services(Settings.from_environment({"CXR_DATA_DIR": str(folder / "data")}))
    accounts = services.people().accounts
    roles = {"ada": Role.ADMINISTRATOR, "rex": Role.READER, "rex.two": Role.READER}
    tokens = {}
    for name, role in roles.items():
        once = services.people().signing_in.sign_in(name, accounts.add(TERMINAL, name, role))
        opened = services.people().signing_in.change_password(once.token, "", OWN)
        tokens[name] = opened.token
    accounts.add(TERMINAL, "rita@example.org", Role.READER)
    accounts.add(TERMINAL, "adele@example.org", Role.ADMINISTRATOR)
    with running_provider() as issuer:
        told = {
            "STREAMLIT_SECRETS_FILES": str(write_secrets(folder / "secrets.toml", issuer)),
            "CXR_MODELS_DIR": str(folder / "none"),
        }
        with served_app(folder, **told) as url:
            yield House(url, services, tokens)


def sign_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def choose_password(page: Page) -> None:
    page.get_by_label("New password").fill(OWN)
    page.get_by_label("The same again").fill(OWN)
    page.get_by_role("button", name="Keep this password").click()


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible(timeout=MINUTE)


def test_the_first_start_prints_a_password_that_ends_the_demo_for_everybody(
    browser: Browser, tmp_path: Path
) -> None:
    with served_app(tmp_path, CXR_MODELS_DIR=str(tmp_path / "none")) as url:
        (once,) = re.findall(r"password +(\S+)", (tmp_path / "app.log").read_text())
        here = browser.new_context(viewport={"width": 800, "height": 900})
        other = browser.new_context()
        with here, other:
            page, bystander = here.new_page(), other.new_page()
            for each in (page, bystander):
                each.goto(f"{url}/performance")
                heading(each, "Performance")
                expect(each.get_by_text("Single-user demo mode")).to_be_visible()
            assert serious_faults(page) == []
            page.get_by_role("link", name="Switch accounts on").click()
            sign_in(page, "admin", "not the password")
            expect(page.get_by_role("alert")).to_contain_text("do not let you in")
            sign_in(page, "admin", once)
            heading(page, "Choose a password")
            assert serious_faults(page) == []
            choose_password(page)
            heading(page, "Triage")
            expect(page.get_by_text("Single-user demo mode")).to_have_count(0)
            bystander.wait_for_timeout(1000 * BELIEF_SECONDS)
            bystander.get_by_role("link", name="Data").click()
            heading(bystander, "You are signed out")
            bystander.get_by_role("link", name="Sign in").click()
            assert bystander.url == f"{url}/sign-in?next=%2Fdata"
            sign_in(bystander, "admin", once)
            expect(bystander.get_by_role("alert")).to_be_visible()


def test_without_accounts_no_other_address_than_this_machines_own_is_served(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    result = subprocess.run(
        [*command, "--server.headless", "true", "--server.address", "0.0.0.0"],
        cwd=ROOT,
        env={**os.environ, "CXR_DATA_DIR": str(tmp_path), "STREAMLIT_SERVER_PORT": "0"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert result.returncode > 0
    assert "users add NAME --role administrator" in result.stderr
    assert "Traceback" not in result.stderr + result.stdout


def test_the_demo_answers_no_other_name_and_no_proxy(app_url: str) -> None:
    for strange in (
        {"Host": "rebound.example.org"},
        {"X-Forwarded-For": "192.0.2.7"},
        {"Forwarded": "for=192.0.2.7"},
    ):
        answer = requests.get(app_url, headers=strange, timeout=10)
        assert answer.status_code == 403
        assert "users add" in answer.text


def test_nothing_but_the_door_is_open_to_strangers(house: House) -> None:
    for path in ("/", "/data", "/admin?x=1", "/password"):
        answer = requests.get(
            house.url + path,
            headers={"Accept": "text/html"},
            allow_redirects=False,
            timeout=10,
        )
        assert answer.status_code == 303, path
        assert answer.headers["location"].split("?")[0] == "/sign-in"
    for path in ("/_stcore/metrics", "/media/x.png", "/component/x", "/_stcore/agent/mcp"):
        assert requests.get(house.url + path, timeout=10).status_code == 401, path
    put = requests.put(f"{house.url}/_stcore/upload_file/a/b", data=b"x", timeout=10)
    assert put.status_code == 401
    for path in ("/_stcore/health", "/sign-in", "/favicon.png"):
        assert requests.get(house.url + path, timeout=10).status_code == 200
    for cookie in ("", "cxr_session=nonsense"):
        with pytest.raises(InvalidStatus), socket_to(house, cookie):
            pass


def test_the_policy_for_browsers_forbids_nothing_that_the_pages_need(
    page: Page, app_url: str, tmp_path: Path
) -> None:
    forbidden: list[str] = []
    page.on(
        "console",
        lambda message: forbidden.append(message.text) if "Policy" in message.text else None,
    )
    page.on("pageerror", lambda error: forbidden.append(str(error)))
    film = tmp_path / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(300, 260)))
    drop(page, app_url, [film])
    open_review(page, "film.png")
    page.goto(f"{app_url}/performance")
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible(timeout=MINUTE)
    for path in ("data", "admin"):
        page.goto(f"{app_url}/{path}")
        heading(page, path.capitalize())
    # The policy is in force: what a page would do that was tampered with is stopped.
    page.evaluate(
        "() => { const s = document.createElement('script'); s.src = "
        "'https://elsewhere.example.org/x.js'; document.head.append(s) }"
    )
    page.wait_for_timeout(300)
    assert [each for each in forbidden if "elsewhere" not in each] == []
    assert len(forbidden) == 1


def test_metrics_are_for_administrators(house: House) -> None:
    address = f"{house.url}/_stcore/metrics"
    told = [
        requests.get(address, cookies={"cxr_session": house.tokens[name]}, timeout=10)
        for name in ("rex", "ada")
    ]
    assert [each.status_code for each in told] == [403, 200]


def test_every_answer_says_what_a_browser_may_do_with_it(house: House) -> None:
    for path in ("/sign-in", "/", "/_stcore/health", "/media/x.png"):
        headers = requests.get(house.url + path, timeout=10).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"


def test_a_form_of_another_site_is_refused_and_the_way_on_stays_here(house: House) -> None:
    form = {"name": "rex", "password": OWN, "next": "//elsewhere.example.org/"}
    for origin in ({}, {"Origin": "https://elsewhere.example.org"}, {"Origin": "null"}):
        for path in ("/sign-in", "/password", "/sign-out"):
            cookies = {"cxr_session": house.tokens["rex"]}
            answer = requests.post(
                house.url + path, form, headers=origin, cookies=cookies, timeout=10
            )
            assert answer.status_code == 403, path
    own = {"Origin": house.url, "X-Forwarded-Proto": "https"}
    answer = requests.post(
        f"{house.url}/sign-in", form, headers=own, allow_redirects=False, timeout=10
    )
    assert answer.headers["location"] == "/"
    kept = answer.headers["set-cookie"]
    for word in ("HttpOnly", "SameSite=lax", "Secure", "Path=/"):
        assert word in kept


def test_an_administrator_adds_a_reader_who_signs_in_where_they_wanted_to_go(
    house: House, browser: Browser
) -> None:
    with house.context(browser, "ada") as context, browser.new_context() as other:
        page = context.new_page()
        page.goto(f"{house.url}/admin")
        heading(page, "Admin")
        page.get_by_label("Name or e-mail").fill("New.Reader")
        page.get_by_role("button", name="Add", exact=True).click()
        once = page.get_by_text(re.compile(r"^\w{5}(-\w{5}){3}$"))
        expect(once).to_be_visible(timeout=MINUTE)
        assert serious_faults(page) == []
        reader = other.new_page()
        reader.goto(f"{house.url}/performance")
        sign_in(reader, "new.reader", once.inner_text())
        choose_password(reader)
        heading(reader, "Performance")
        assert reader.url == f"{house.url}/performance"
        reader.get_by_role("button", name="new.reader").click()
        expect(reader.get_by_text("Signed in as new.reader, reader")).to_be_visible()
        reader.get_by_role("link", name="Sign out").click()
        reader.get_by_role("button", name="Sign out").click()
        heading(reader, "Sign in")
        reader.goto(f"{house.url}/performance")
        heading(reader, "Sign in")
        page.get_by_role("radio", name="Audit").click(force=True)
        expect(page.get_by_text("user.authentication.logout").first).to_be_visible()
        page.get_by_role("button", name="Verify the whole log").click()
        expect(page.get_by_text("The log is whole")).to_be_visible(timeout=MINUTE)


def test_a_reader_reaches_no_administrators_page_by_menu_or_address(
    house: House, browser: Browser
) -> None:
    with house.context(browser, "rex") as context:
        page = context.new_page()
        for path in HELD_PAGES:
            page.goto(f"{house.url}/{path}")
            heading(page, "For administrators")
            expect(page.get_by_role("link", name="Triage").first).to_be_visible()
            for name in HELD_PAGES:
                expect(page.get_by_role("link", name=name.capitalize())).to_have_count(0)


@pytest.mark.parametrize("name", ["rex", "ada"])
def test_past_the_browser_too_only_administrators_get_their_page(
    house: House, name: str
) -> None:
    """Ask the WebSocket for the page itself, with what a page might have left in a session."""
    asked = BackMsg()
    asked.rerun_script.page_name = "admin"
    state = asked.rerun_script.widget_states.widgets.add()
    state.id, state.bool_value = "has_frame", True
    told = said_by(house, f"cxr_session={house.tokens[name]}", asked)
    assert ("Add an account" in told) == (name == "ada")
    assert ("For administrators" in told) == (name == "rex")


def test_who_is_disabled_in_mid_visit_does_nothing_more(house: House, browser: Browser) -> None:
    accounts = house.services.people().accounts
    with house.context(browser, "rex.two") as context:
        page = context.new_page()
        page.goto(f"{house.url}/data")
        heading(page, "Data")
        accounts.disable(TERMINAL, "rex.two")
        page.wait_for_timeout(1000 * BELIEF_SECONDS)
        page.get_by_role("link", name="Triage").click()
        heading(page, "You are signed out")
        expect(page.get_by_role("link", name="Performance")).to_have_count(0)
        page.goto(f"{house.url}/data")
        heading(page, "Sign in")


def test_a_session_without_use_ends(house: House, browser: Browser) -> None:
    with house.context(browser, "ada") as context:
        page = context.new_page()
        page.goto(f"{house.url}/data")
        heading(page, "Data")
        held = house.services.people().signing_in.sign_in("ada", OWN).token
        with house.services.database().transaction() as connection:
            earlier = sa.update(SESSIONS).values(last_used=SESSIONS.c.last_used - IDLE_SECONDS)
            connection.execute(earlier)
        page.wait_for_timeout(1000 * BELIEF_SECONDS)
        page.get_by_role("link", name="Triage").click()
        heading(page, "You are signed out")
        assert house.services.people().sessions.actor_of(held) is None
    house.tokens["ada"] = house.services.people().signing_in.sign_in("ada", OWN).token


def test_wrong_passwords_lock_an_account(house: House, page: Page) -> None:
    once = house.services.people().accounts.add(TERMINAL, "locked", Role.READER)
    page.goto(house.url)
    for _ in range(MOST_FAILURES):
        sign_in(page, "locked", "wrong password")
        expect(page.get_by_role("alert")).to_contain_text("15 minutes")
    sign_in(page, "locked", once)
    expect(page.get_by_role("alert")).to_contain_text("15 minutes")


def test_the_organisations_people_come_in_as_what_they_were_added(
    house: House, browser: Browser
) -> None:
    with browser.new_context() as context, browser.new_context() as other:
        page = context.new_page()
        page.goto(f"{house.url}/data")
        through_the_provider(page, "rita")
        heading(page, "Data")
        assert page.url == f"{house.url}/data"
        page.get_by_role("button", name="rita").click()
        expect(page.get_by_text("rita@example.org, reader")).to_be_visible()
        page.goto(f"{house.url}/admin")
        heading(page, "For administrators")
        assert [each["name"] for each in context.cookies() if "user" in each["name"]] == []
        house.services.people().accounts.disable(TERMINAL, "rita@example.org")
        page.wait_for_timeout(1000 * BELIEF_SECONDS)
        page.goto(f"{house.url}/data")
        through_the_provider(page, "rita")
        expect(page.get_by_role("alert")).to_contain_text("disabled")
        page = other.new_page()
        page.goto(f"{house.url}/admin")
        through_the_provider(page, "adele")
        heading(page, "Admin")


@pytest.mark.parametrize("person", ["stranger", "pretender"])
def test_the_organisations_people_without_an_account_are_told_so(
    house: House, page: Page, person: str
) -> None:
    page.goto(house.url)
    through_the_provider(page, person)
    expect(page.get_by_role("alert")).to_contain_text("no account here")
    page.get_by_role("link", name="Try again").click()
    heading(page, "Sign in")


def through_the_provider(page: Page, person: str) -> None:
    page.get_by_role("link", name="Sign in with your organisation's account").click()
    page.get_by_role("link", name=person, exact=True).click()


def socket_to(house: House, cookie: str):
    address = house.url.replace("http://", "ws://") + "/_stcore/stream"
    return connect(
        address,
        origin=house.url,
        subprotocols=["streamlit", "PLACEHOLDER"],
        additional_headers={"Cookie": cookie},
        max_size=None,
    )


def said_by(house: House, cookie: str, asked: BackMsg) -> str:
    """All that the server says, as text, until it has run the script for the last time."""
    told: list[str] = []
    with socket_to(house, cookie) as socket:
        socket.send(asked.SerializeToString())
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                message = ForwardMsg.FromString(socket.recv(timeout=3))
            except TimeoutError:
                break
            told.append(str(message))
    return "".join(told)
