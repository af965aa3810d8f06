"""Accounts, sign-in and sessions, on both kinds of database."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError
from cxr_core.store.audit_log import AuditFilter, AuditLog
from cxr_core.store.tables import SESSIONS, USERS
from cxr_core.use_cases.access import DEMO, TERMINAL
from cxr_core.use_cases.accounts.accounts import valid_name
from cxr_core.use_cases.accounts.identities import Identities, Identity
from cxr_core.use_cases.accounts.passwords import Passwords, check_password, one_time_password
from cxr_core.use_cases.accounts.people import People, people_of
from cxr_core.use_cases.accounts.sessions import (
    BELIEF_SECONDS,
    IDLE_SECONDS,
    LONGEST_SECONDS,
    Sessions,
    token_digest,
)
from cxr_core.use_cases.accounts.signing_in import FIRST, LOCK_SECONDS, MOST_FAILURES

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.store.database import Database

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
READER = Actor("rita", Role.READER)
OWN = "an own password of ada"


@pytest.fixture
def people(database: Database) -> People:
    return people_of(database, passwords=CHEAP)


@pytest.fixture
def ada(people: People) -> str:
    """An administrator with an own password; her token."""
    return enter(people, "ada", Role.ADMINISTRATOR)


def enter(people: People, name: str, role: Role) -> str:
    once = people.accounts.add(TERMINAL, name, role)
    token = people.signing_in.sign_in(name, once).token
    return people.signing_in.change_password(token, "", OWN).token


def shift(database: Database, column: sa.Column[float], seconds: float) -> None:
    """Let a time have been so much earlier."""
    with database.transaction() as connection:
        connection.execute(sa.update(column.table).values({column: column - seconds}))


def actions(database: Database, **only: str) -> list[str]:
    return [each.action for each in AuditLog(database).entries(only=AuditFilter(**only))][::-1]


def test_without_accounts_everybody_is_the_demo_user_and_the_database_is_empty(
    people: People, database: Database
) -> None:
    people.signing_in.invite_first()
    assert people.sessions.actor_of(None) == DEMO
    assert people.accounts.all(TERMINAL) == []
    with pytest.raises(AccessError, match="demo mode"):
        people.accounts.add(DEMO, "ada", Role.ADMINISTRATOR)


def test_the_first_administrator_comes_in_once_and_ends_the_demo_for_all(
    people: People, database: Database
) -> None:
    old = people.signing_in.invite_first()
    once = people.signing_in.invite_first()
    for name, password in ((FIRST, old), ("root", once), (FIRST, "")):
        with pytest.raises(AccessError):
            people.signing_in.sign_in(name, password)
    entry = people.signing_in.sign_in(FIRST, once)
    assert entry.must_change
    assert not people.sessions.is_claimed()
    claimed = people.signing_in.change_password(entry.token, "", OWN)
    assert people.sessions.actor_of(None) is None
    assert people.sessions.actor_of(entry.token) is None
    assert people.sessions.actor_of(claimed.token) == Actor(FIRST, Role.ADMINISTRATOR)
    with pytest.raises(AccessError):
        people.signing_in.sign_in(FIRST, once)
    told = ["user.added", "user.authentication.login", "user.authentication.failure"]
    assert actions(database, actor=FIRST) == told


def test_of_two_who_claim_at_once_one_is_first(people: People) -> None:
    once = people.signing_in.invite_first()
    one, other = (people.signing_in.sign_in(FIRST, once).token for _ in range(2))
    people.signing_in.change_password(one, "", OWN)
    with pytest.raises(AccessError, match="not signed in"):
        people.signing_in.change_password(other, "", "quite another password")


def test_a_one_time_password_opens_nothing_but_the_choice_of_an_own_one(
    people: People, ada: str
) -> None:
    once = people.accounts.add(TERMINAL, "Rita", Role.READER)
    entry = people.signing_in.sign_in(" RITA ", once)
    assert entry.must_change
    assert people.sessions.actor_of(entry.token) is None
    for bad in ("short", once):
        with pytest.raises(AccessError):
            people.signing_in.change_password(entry.token, "", bad)
    token = people.signing_in.change_password(entry.token, "", OWN).token
    assert people.sessions.actor_of(token) == READER
    assert people.sessions.visitor(entry.token) is None


def test_only_the_hash_of_a_token_and_of_a_password_is_kept(
    people: People, ada: str, database: Database
) -> None:
    with database.transaction() as connection:
        (session,) = connection.execute(sa.select(SESSIONS)).mappings().all()
        (user,) = connection.execute(sa.select(USERS)).mappings().all()
    assert session["digest"] == token_digest(ada)
    assert ada not in str(dict(session))
    assert user["password_hash"].startswith("$argon2id$")
    told = str(AuditLog(database).entries())
    assert OWN not in told
    assert ada not in told


@pytest.mark.parametrize("act", ["unknown", "wrong", "disabled"])
def test_every_refusal_is_the_same_sentence(people: People, ada: str, act: str) -> None:
    once = people.accounts.add(TERMINAL, "rita", Role.READER)
    if act == "disabled":
        people.accounts.disable(TERMINAL, "rita")
    name, password = ("nobody" if act == "unknown" else "rita"), once
    with pytest.raises(AccessError) as caught:
        people.signing_in.sign_in(name, "wrong password" if act == "wrong" else password)
    assert "do not let you in" in str(caught.value)
    assert name not in str(caught.value)


def test_an_unknown_name_is_hashed_too_and_not_written_down(
    database: Database, ada: str
) -> None:
    verified: list[str] = []

    class Counting(Passwords):
        def matches(self, kept: str | None, password: str) -> bool:
            verified.append(password)
            return CHEAP.matches(kept, password)

    watched = people_of(database, passwords=Counting())
    with pytest.raises(AccessError):
        watched.signing_in.sign_in("typed-here-by-mistake", "wrong")
    assert verified == ["wrong"]
    assert "typed-here-by-mistake" not in str(AuditLog(database).entries())


def test_five_wrong_passwords_lock_for_fifteen_minutes(
    people: People, ada: str, database: Database
) -> None:
    for _ in range(MOST_FAILURES):
        with pytest.raises(AccessError):
            people.signing_in.sign_in("ada", "wrong password")
    with pytest.raises(AccessError):
        people.signing_in.sign_in("ada", OWN)
    assert people.accounts.all(TERMINAL)[0].state == "locked"
    assert people.sessions.actor_of(ada) is not None  # who is inside stays inside
    shift(database, USERS.c.locked_until, LOCK_SECONDS)
    assert not people.signing_in.sign_in("ada", OWN).must_change
    told = actions(database, actor="ada")
    assert told.count("user.authentication.failure") == MOST_FAILURES
    assert told.count("user.authentication.lockout") == 1


def test_a_right_password_forgives_the_wrong_ones_before(people: People, ada: str) -> None:
    for _ in range(3):
        for _ in range(MOST_FAILURES - 1):
            with pytest.raises(AccessError):
                people.signing_in.sign_in("ada", "wrong password")
        people.signing_in.sign_in("ada", OWN)


def test_many_guesses_at_once_do_not_pass_the_lock(people: People, ada: str) -> None:
    def guess() -> None:
        with pytest.raises(AccessError):
            people.signing_in.sign_in("ada", "wrong password")

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(AccessError):
        people.signing_in.sign_in("ada", OWN)


@pytest.mark.parametrize(
    ("column", "seconds"),
    [(SESSIONS.c.last_used, IDLE_SECONDS), (SESSIONS.c.expires, LONGEST_SECONDS)],
)
def test_a_session_ends_when_it_is_not_used_and_in_any_case(
    people: People, ada: str, database: Database, column: sa.Column[float], seconds: float
) -> None:
    shift(database, column, seconds - 60)
    people.sessions.forget()
    assert people.sessions.actor_of(ada) is not None
    shift(database, column, 61)
    people.sessions.forget()
    assert people.sessions.actor_of(ada) is None


def test_use_prolongs_a_session_and_looking_does_not(
    people: People, ada: str, database: Database
) -> None:
    shift(database, SESSIONS.c.last_used, IDLE_SECONDS - 60)
    people.sessions.forget()
    assert people.sessions.actor_of(ada) is not None
    assert people.sessions.actor_of(ada, is_use=True) is not None
    shift(database, SESSIONS.c.last_used, 120)
    people.sessions.forget()
    assert people.sessions.actor_of(ada) is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda people: people.accounts.disable(TERMINAL, "rita"),
        lambda people: people.accounts.reset(TERMINAL, "rita"),
        lambda people: people.accounts.change_role(TERMINAL, "rita", Role.ADMINISTRATOR),
    ],
)
def test_what_changes_a_persons_rights_ends_the_sessions_at_once(
    people: People, ada: str, change: Callable[[People], object]
) -> None:
    token = enter(people, "rita", Role.READER)
    assert people.sessions.actor_of(token) == READER
    change(people)
    assert people.sessions.actor_of(token) is None
    assert people.sessions.actor_of(ada) is not None


def test_what_another_process_changes_is_seen_within_seconds(
    people: People, ada: str, database: Database
) -> None:
    token = enter(people, "rita", Role.READER)
    moment = [0.0]
    here = Sessions(database, lambda: moment[0])
    assert here.actor_of(token) == READER
    people.accounts.disable(TERMINAL, "rita")
    moment[0] += BELIEF_SECONDS
    assert here.actor_of(token) is None


def test_an_own_new_password_ends_the_other_sessions(people: People, ada: str) -> None:
    other = people.signing_in.sign_in("ada", OWN).token
    with pytest.raises(AccessError):
        people.signing_in.change_password(ada, "wrong password", "an even better password")
    token = people.signing_in.change_password(ada, OWN, "an even better password").token
    assert people.sessions.actor_of(other) is None
    assert people.sessions.actor_of(ada) is None
    assert people.sessions.actor_of(token) is not None


def test_signing_out_ends_one_session_only(people: People, ada: str) -> None:
    other = people.signing_in.sign_in("ada", OWN).token
    people.sessions.sign_out(ada)
    people.sessions.sign_out("never given out")
    assert people.sessions.actor_of(ada) is None
    assert people.sessions.actor_of(other) is not None


def test_the_last_enabled_administrator_stays(people: People, ada: str) -> None:
    for act in (
        lambda: people.accounts.disable(TERMINAL, "ada"),
        lambda: people.accounts.change_role(TERMINAL, "ada", Role.READER),
    ):
        with pytest.raises(AccessError, match="last enabled administrator"):
            act()
    people.accounts.add(TERMINAL, "eva", Role.ADMINISTRATOR)
    people.accounts.disable(TERMINAL, "ada")
    with pytest.raises(AccessError, match="last enabled administrator"):
        people.accounts.disable(TERMINAL, "eva")


def test_two_administrators_who_demote_each_other_leave_one(people: People, ada: str) -> None:
    people.accounts.add(TERMINAL, "eva", Role.ADMINISTRATOR)
    refused: list[AccessError] = []

    def demote(name: str) -> None:
        try:
            people.accounts.change_role(TERMINAL, name, Role.READER)
        except AccessError as error:
            refused.append(error)

    threads = [threading.Thread(target=demote, args=(name,)) for name in ("ada", "eva")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    roles = [each.role for each in people.accounts.all(TERMINAL)]
    assert roles.count(Role.ADMINISTRATOR) == 1


@pytest.mark.parametrize("actor", [None, READER])
def test_nobody_but_administrators_keeps_accounts_or_reads_the_log(
    people: People, ada: str, actor: Actor | None
) -> None:
    for act in (
        lambda: people.accounts.all(actor),
        lambda: people.accounts.add(actor, "eve", Role.ADMINISTRATOR),
        lambda: people.accounts.disable(actor, "ada"),
        lambda: people.accounts.enable(actor, "ada"),
        lambda: people.accounts.reset(actor, "ada"),
        lambda: people.accounts.change_role(actor, "rita", Role.ADMINISTRATOR),
        lambda: people.audit.entries(actor, AuditFilter()),
        lambda: people.audit.choices(actor),
        lambda: people.audit.verify(actor),
    ):
        with pytest.raises(AccessError):
            act()
    assert [each.name for each in people.accounts.all(TERMINAL)] == ["ada"]


def test_every_change_is_in_the_log_with_who_did_it(
    people: People, ada: str, database: Database
) -> None:
    who = people.sessions.actor_of(ada)
    people.accounts.add(who, "rita", Role.READER)
    people.accounts.reset(who, "rita")
    people.accounts.change_role(who, "rita", Role.ADMINISTRATOR)
    people.accounts.change_role(who, "rita", Role.ADMINISTRATOR)
    people.accounts.disable(who, "rita")
    people.accounts.enable(who, "rita")
    entries = people.audit.entries(who, AuditFilter(actor="ada"))
    assert [each.action for each in entries if each.subject == "rita"][::-1] == [
        "user.added",
        "user.password.reset",
        "user.role.changed",
        "user.disabled",
        "user.enabled",
    ]
    assert people.audit.verify(who).fault == ""
    actors, known = people.audit.choices(who)
    assert {"ada", "terminal"} <= set(actors)
    assert "user.disabled" in known


def test_a_name_is_taken_once_and_a_reader_is_not_the_first(people: People) -> None:
    with pytest.raises(AccessError, match="no administrator yet"):
        people.accounts.add(TERMINAL, "rita", Role.READER)
    people.accounts.add(TERMINAL, "ada", Role.ADMINISTRATOR)
    with pytest.raises(AccessError, match="already"):
        people.accounts.add(TERMINAL, "ADA", Role.READER)
    with pytest.raises(AccessError, match="no account"):
        people.accounts.disable(TERMINAL, "nobody")


@pytest.mark.parametrize(
    "name", ["", "a b", "<b>", "ada\n", "x" * 101, "demo", "terminal", "ä"]
)
def test_what_cannot_be_a_name_is_refused(name: str) -> None:

    with pytest.raises(AccessError, match="cannot be a name"):
        valid_name(name.replace("\n", "\n\nb"))


@pytest.mark.parametrize(
    "password", ["", "elevenchars", "x" * 257, "ada.ada.ada.", "aaaaaaaaaaaa"]
)
def test_what_is_easily_guessed_is_no_password(password: str) -> None:
    with pytest.raises(AccessError, match="new password"):
        check_password("ada.", password)


def test_one_time_passwords_differ_and_are_long_enough() -> None:
    made = {one_time_password() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        check_password("ada", each)


def test_a_password_is_hashed_anew_when_the_parameters_change(
    people: People, ada: str, database: Database
) -> None:
    costly = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    people_of(database, passwords=costly).signing_in.sign_in("ada", OWN)
    with database.transaction() as connection:
        kept = connection.execute(sa.select(USERS.c.password_hash)).scalar_one()
    assert "m=16,t=2" in kept
    people.signing_in.sign_in("ada", OWN)


def test_a_person_of_the_organisation_is_found_by_mail_once_and_by_subject_ever_after(
    people: People, ada: str, database: Database
) -> None:
    once = people.accounts.add(TERMINAL, "rita@example.org", Role.READER)
    known = Identity("https://id.example.org", "7", "Rita@Example.org")
    token = people.identities.sign_in(known).token
    assert people.sessions.actor_of(token) == Actor("rita@example.org", Role.READER)
    with pytest.raises(AccessError):  # the unused one-time password is no second way in
        people.signing_in.sign_in("rita@example.org", once)
    people.accounts.reset(TERMINAL, "rita@example.org")
    moved = Identity("https://id.example.org", "7", "rita.new@example.org")
    assert people.sessions.actor_of(people.identities.sign_in(moved).token) is not None
    for stranger in (
        Identity("https://id.example.org", "8", "rita@example.org"),
        Identity("https://other.example.org", "7", ""),
        Identity("https://id.example.org", "9", ""),
    ):
        with pytest.raises(AccessError, match="no account"):
            people.identities.sign_in(stranger)
    people.accounts.disable(TERMINAL, "rita@example.org")
    with pytest.raises(AccessError, match="disabled"):
        people.identities.sign_in(known)
    told = actions(database, actor="rita@example.org")
    assert told[:2] == ["user.linked", "user.authentication.login"]
    assert told[-1] == "user.authentication.failure"


def test_strangers_of_the_organisation_become_what_the_settings_say(
    people: People, database: Database
) -> None:
    open_door = Identities(database, people.sessions, Role.READER)
    bob = Identity("https://id.example.org", "5", "bob@example.org")
    with pytest.raises(AccessError):  # an installation without administrator stays as it is
        open_door.sign_in(bob)
    people.accounts.add(TERMINAL, "ada", Role.ADMINISTRATOR)
    token = open_door.sign_in(bob).token
    assert people.sessions.actor_of(token) == Actor("bob@example.org", Role.READER)
    with pytest.raises(AccessError):  # without a verified address nobody is named
        open_door.sign_in(Identity("https://id.example.org", "6", ""))
