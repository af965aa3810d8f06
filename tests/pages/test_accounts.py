"""The frame, the Admin page and the door as scripts and functions, without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import streamlit as st
from starlette.requests import Request
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.testing.v1 import AppTest

from cxr_core.domain import Role
from cxr_core.errors import AccessError, StorageError
from cxr_core.use_cases.access import TERMINAL
from pages.components import session
from pages.components.account.refusal import show_script_error
from pages.components.server.address import is_from_here, is_loopback, local_path
from pages.components.server.door import trouble_page
from pages.components.server.headers import content_security_policy
from pages.components.server.messages import hear
from pages.components.server.start import greet
from tests.pages.shown import markup, notes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = "correct horse battery"


@pytest.fixture
def visit(
    repository: Path, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[AppTest]:
    """The application on an empty store, without models."""
    monkeypatch.setenv("CXR_MODELS_DIR", str(tmp_path / "none"))
    st.cache_resource.clear()
    yield AppTest.from_file(str(repository / "app.py"), default_timeout=60)
    st.cache_resource.clear()


def signed_in(name: str, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an account, and let the browser have its cookie."""
    people = session.services().people()
    once = people.signing_in.sign_in(name, people.accounts.add(TERMINAL, name, role)).token
    token = people.signing_in.change_password(once, "", OWN).token
    cookies = {session.COOKIE: token}
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _: cookies))


def words(page: AppTest) -> str:
    shown = [*page.markdown, *page.caption, *page.info, *page.success, *page.error, *page.code]
    return " ".join([markup(page), *notes(page), *(str(each.value) for each in shown)])


def test_without_a_server_the_demo_says_so_and_adds_nobody(visit: AppTest) -> None:
    visit.run()
    assert not visit.exception
    assert "Single-user demo mode" in words(visit)
    visit.switch_page("pages/admin.py").run()
    assert "There are no accounts yet" in words(visit)
    assert "Add" not in [each.label for each in visit.button]


def test_nobody_sees_a_page_once_there_are_accounts(visit: AppTest) -> None:
    session.services().people().accounts.add(TERMINAL, "ada", Role.ADMINISTRATOR)
    session.services().people().sessions.forget()
    visit.run()
    assert not visit.exception
    assert [each.value for each in visit.title] == ["You are signed out"]
    assert "film_shelf" not in visit.session_state


def test_a_reader_triages_and_is_refused_the_admin_page(
    visit: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("ada", Role.ADMINISTRATOR, monkeypatch)
    signed_in("rita", Role.READER, monkeypatch)
    visit.run()
    assert visit.session_state.film_shelf.owner == "rita"
    visit.session_state.has_frame = True
    visit.switch_page("pages/admin.py").run()
    assert not visit.exception
    assert [each.value for each in visit.title] == ["For administrators"]
    assert len(visit.text_input) == 0


def test_an_administrator_adds_changes_and_sees_it_in_the_log(
    visit: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("ada", Role.ADMINISTRATOR, monkeypatch)
    visit.run().switch_page("pages/admin.py").run()
    (name,) = visit.text_input
    name.set_value("rita")
    press(visit, "Add")
    assert "One-time password of **rita**" in words(visit)
    (once,) = [each.value for each in visit.code]
    assert session.services().people().signing_in.sign_in("rita", once).must_change
    press(visit, "I have passed it on")
    assert once not in words(visit)
    visit.selectbox(key="admin_chosen").set_value("rita").run()
    press(visit, "Disable now")
    press(visit, "Enable")
    press(visit, "Make administrator now")
    press(visit, "Reset the password now")
    (again,) = [each.value for each in visit.code]
    assert again != once
    account = session.services().people().accounts.all(TERMINAL)[1]
    assert (account.name, account.role, account.is_disabled) == (
        "rita",
        Role.ADMINISTRATOR,
        False,
    )
    visit.segmented_control(key="admin_section").set_value("audit").run()
    press(visit, "Verify the whole log")
    assert "The log is whole" in words(visit)
    assert "user.role.changed" in words(visit)
    assert once not in words(visit)
    visit.segmented_control(key="admin_section").set_value("settings").run()
    assert "CXR_DATA_DIR" in words(visit)


def test_a_button_pressed_after_the_role_was_lost_does_nothing(
    visit: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("eva", Role.ADMINISTRATOR, monkeypatch)
    signed_in("ada", Role.ADMINISTRATOR, monkeypatch)
    visit.run().switch_page("pages/admin.py").run()
    accounts = session.services().people().accounts
    visit.selectbox(key="admin_chosen").set_value("eva").run()
    accounts.change_role(TERMINAL, "ada", Role.READER)
    press(visit, "Disable now")
    assert not visit.exception
    assert [each.value for each in visit.title] == ["You are signed out"]
    assert not any(each.is_disabled for each in accounts.all(TERMINAL))


def test_once_the_session_has_ended_a_message_is_but_a_wish_to_see_the_page(
    visit: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("ada", Role.ADMINISTRATOR, monkeypatch)
    token = st.context.cookies[session.COOKIE]
    message = BackMsg()
    message.rerun_script.page_name = "admin"
    message.rerun_script.fragment_id = "progress"
    message.rerun_script.widget_states.widgets.add().id = "admin_Disable"
    data = message.SerializeToString()
    upload = BackMsg()
    upload.file_urls_request.request_id = "1"
    assert hear(data, token) == data
    assert hear(upload.SerializeToString(), token) is not None
    session.services().people().sessions.sign_out(token)
    for ended in (token, None, "never given out"):
        left = BackMsg.FromString(hear(data, ended) or b"").rerun_script
        assert left.page_name == "admin"
        assert not left.fragment_id
        assert not left.widget_states.widgets
        assert hear(upload.SerializeToString(), ended) is None


@pytest.mark.parametrize("kind", ["clear_cache", "debug_shutdown_runtime", "load_git_info"])
def test_nobody_clears_the_servers_caches_from_a_browser(visit: AppTest, kind: str) -> None:
    message = BackMsg(**{kind: True})
    assert hear(message.SerializeToString(), None) is None


def press(page: AppTest, label: str) -> None:
    (button,) = [each for each in page.button if each.label == label]
    button.click()
    page.run()
    assert not page.exception


@pytest.mark.parametrize("address", ["", "0.0.0.0", "::", "192.0.2.1", "cxr.example.org"])
def test_without_accounts_other_addresses_are_refused(visit: AppTest, address: str) -> None:
    with pytest.raises(AccessError, match="users add NAME --role administrator"):
        greet(address)
    session.services().people().accounts.add(TERMINAL, "ada", Role.ADMINISTRATOR)
    session.services().people().sessions.forget()
    assert "Sign in with your account" in greet(address)


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("LocalHost.", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:192.0.2.1", False),
        ("localhost.example.org", False),
        ("0.0.0.0", False),
        (None, False),
    ],
)
def test_only_this_machines_own_names_are_loopback(host: str | None, is_own: bool) -> None:
    assert is_loopback(host) is is_own


@pytest.mark.parametrize(
    ("client", "headers", "is_here"),
    [
        (("127.0.0.1", 1), {"host": "localhost:8501"}, True),
        (("::1", 1), {"host": "[::1]:8501"}, True),
        (("192.0.2.1", 1), {"host": "localhost:8501"}, False),
        (("127.0.0.1", 1), {"host": "rebound.example.org:8501"}, False),
        (("127.0.0.1", 1), {"host": "localhost", "x-forwarded-for": "127.0.0.1"}, False),
        (("127.0.0.1", 1), {"host": "localhost", "forwarded": "for=x"}, False),
        (("127.0.0.1", 1), {"host": "[bad"}, False),
        (None, {"host": "localhost"}, False),
    ],
)
def test_the_demo_believes_only_direct_requests_for_its_own_name(
    client: tuple[str, int] | None, headers: dict[str, str], is_here: bool
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert is_from_here({"type": "http", "client": client, "headers": raw}) is is_here


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "data",
        "//elsewhere.org",
        "///elsewhere.org",
        "/\\elsewhere.org",
        "https://elsewhere.org",
        "javascript:alert(1)",
        "/data\r\nSet-Cookie: x=y",
        "/\t/elsewhere.org",
        "/@elsewhere.org",
    ],
)
def test_the_way_on_never_leads_elsewhere(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


def test_a_path_of_the_application_is_a_way_on() -> None:
    for wanted in ("/data", "/review?film=3&x=%2F", "/"):
        assert local_path(wanted) == wanted


def test_no_inline_script_runs_but_streamlits_own() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy().split("; "))
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert policy["script-src"].count("'sha256-") >= 1
    assert policy["default-src"] == "'self'"
    assert not any("http" in sources for sources in policy.values())


def test_only_our_own_errors_are_shown_as_they_are() -> None:
    assert not show_script_error(ValueError("with a file's name in it"))


def test_strangers_do_not_learn_what_is_wrong_with_the_database() -> None:
    request = Request({"type": "http", "path": "/sign-in", "headers": [], "server": ("x", 80)})
    answer = trouble_page(request, StorageError("The database at /srv/cxr.db refuses"))
    assert answer.status_code == 503
    assert b"/srv" not in bytes(answer.body)
