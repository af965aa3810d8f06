"""`users` and `audit`: accounts from the terminal, and the log of what was done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from cxr_core.cli import main
from cxr_core.services import build_services
from cxr_core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(words)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


def password_in(said: str) -> str:
    (line,) = [each for each in said.splitlines() if each.startswith("password")]
    return line.split()[1]


def test_the_printed_password_signs_in_once_to_choose_an_own_one(run: Run) -> None:
    status, said, _ = run("users", "add", "Ada", "--role", "administrator")
    assert status == 0
    door = build_services(Settings.from_environment()).people().signing_in
    assert door.sign_in("ada", password_in(said)).must_change


def test_accounts_are_listed_as_json_and_changed_one_by_one(run: Run) -> None:
    run("users", "add", "ada", "--role", "administrator")
    first = password_in(run("users", "add", "rita")[1])
    assert first != password_in(run("users", "reset", "rita")[1])
    for words in (("role", "rita", "administrator"), ("disable", "ada")):
        assert run("users", *words) == (0, "", "")
    rows = json.loads(run("users", "list", "--json")[1])
    assert [(each["name"], each["role"], each["state"]) for each in rows] == [
        ("ada", "administrator", "disabled"),
        ("rita", "administrator", "new password due"),
    ]
    assert run("users", "enable", "ada")[0] == 0
    assert "ada   administrator  new password due" in run("users", "list")[1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("add", "rita"), "no administrator yet"),
        (("add", "<b>", "--role", "administrator"), "cannot be a name"),
        (("disable", "nobody"), "There is no account nobody"),
    ],
)
def test_what_cannot_be_done_says_why(run: Run, words: tuple[str, ...], expected: str) -> None:
    status, said, talk = run("users", *words)
    assert (status, said) == (4, "")
    assert talk.startswith("forbidden: ")
    assert expected in talk


def test_the_log_names_the_terminal_and_is_whole_until_somebody_tampers(run: Run) -> None:
    run("users", "add", "ada", "--role", "administrator")
    run("users", "add", "rita")
    rows = json.loads(run("audit", "list", "--action", "user.added", "--json")[1])
    assert [(each["actor"], each["subject"]) for each in rows] == [
        ("terminal", "rita"),
        ("terminal", "ada"),
    ]
    assert run("audit", "list", "--actor", "nobody")[1].count("\n") == 1
    status, said, _ = run("audit", "verify")
    assert status == 0
    head = said.split("head     ")[1][:64]
    run("users", "reset", "rita")
    assert run("audit", "verify", "--head", head)[0] == 0
    assert run("audit", "verify", "--head", "f" * 64)[0] == 1
    assert run("audit", "verify", "--head", "short")[0] == 2
    with build_services(Settings.from_environment()).database().transaction() as connection:
        connection.execute(sa.text("DROP TRIGGER audit_no_update"))
        connection.execute(sa.text("UPDATE audit SET actor = 'eve' WHERE seq = 1"))
    status, said, _ = run("audit", "verify")
    assert status == 1
    assert "Entry 1 was changed" in said


def test_settings_say_where_they_came_from_and_no_password() -> None:
    environment = {
        "CXR_DATABASE_URL": "postgresql://ada:se@cret@host/cxr?Password=secret&x=1",
        "CXR_OIDC_ROLE": "reader",
        "CXR_JOBS": " ",
    }
    told = {
        name: (value, origin)
        for name, value, origin in Settings.from_environment(environment).told(environment)
    }
    address, origin = told["CXR_DATABASE_URL"]
    assert address == "postgresql://ada:***@host/cxr?Password=***&x=1"
    assert origin == "environment"
    assert told["CXR_OIDC_ROLE"] == ("reader", "environment")
    assert told["CXR_JOBS"][1] == told["CXR_THREADS"][1] == "default"
