"""Accounts, as administrators keep them: who may come in, and as what.

An account is never deleted, only disabled: the audit log goes on naming it. Whatever changes
what a person may do also ends that person's sessions.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import AccessError
from cxr_core.store.audit_log import append_audit
from cxr_core.store.users import (
    all_users,
    delete_sessions_of,
    find_user,
    has_administrator,
    held_administrators,
    insert_user,
    update_user,
)
from cxr_core.use_cases.access import DEMO, TERMINAL, require
from cxr_core.use_cases.accounts.passwords import Passwords, one_time_password

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

    from cxr_core.domain import Actor
    from cxr_core.store.database import Database
    from cxr_core.store.users import User

_NAME = re.compile(r"[a-z0-9._@+-]{1,100}")
_TAKEN = {DEMO.name, TERMINAL.name, "unknown", "worker", "system"}  # other actors' names


@dataclass(frozen=True, slots=True)
class Account:
    """What administrators see of an account. Times are seconds since 1970."""

    name: str
    role: Role
    is_disabled: bool
    is_locked: bool
    must_change: bool
    has_password: bool
    is_linked: bool
    created: float
    last_seen: float | None

    @property
    def state(self) -> str:
        """One word or two: what hinders this person, if anything."""
        if self.is_disabled:
            return "disabled"
        if self.is_locked:
            return "locked"
        return "new password due" if self.must_change else "active"


class Accounts:
    """The accounts of one database.

    `forget` is called whenever what is known of signed-in people may have changed.
    """

    def __init__(
        self,
        database: Database,
        passwords: Passwords | None = None,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._passwords = passwords or Passwords()
        self._forget = forget

    def all(self, actor: Actor | None) -> list[Account]:
        """Return every account by name.

        Raises
        ------
        AccessError
            When the actor is no administrator; so do all the others.
        """
        require(actor, Role.ADMINISTRATOR, "see the accounts")
        with self._database.transaction() as connection:
            now = self._database.now(connection)
            return [_account(user, now) for user in all_users(connection)]

    def add(self, actor: Actor | None, name: str, role: Role) -> str:
        """Add an account; return its one-time password, which is kept nowhere.

        Raises
        ------
        AccessError
            When the name is taken or not one, or a reader shall be the first of all.
        """
        who = self._administrator(actor, "add accounts")
        name = valid_name(name)
        password = one_time_password()
        hashed = self._passwords.hashed(password)
        with self._database.transaction() as connection:
            if find_user(connection, name) is not None:
                raise AccessError(f"There is an account {name} already. Choose another name.")
            if role is not Role.ADMINISTRATOR and not has_administrator(connection):
                raise AccessError(
                    "There is no administrator yet. Add one first, with --role administrator."
                )
            now = self._database.now(connection)
            told = {"password_hash": hashed, "must_change": True}
            insert_user(connection, name, role, now, **told)
            append_audit(connection, who.name, "user.added", name, {"role": role.value})
        return password

    def disable(self, actor: Actor | None, name: str) -> None:
        """Shut an account and end its sessions.

        Raises
        ------
        AccessError
            When there is no such account, or nobody would be left to administer.
        """
        who = self._administrator(actor, "disable accounts")
        with self._changing(name) as (connection, user):
            _check_not_last(connection, user, "disabled")
            if not user.is_disabled:
                update_user(connection, user.id, is_disabled=True)
                ended = delete_sessions_of(connection, user.id)
                told = {"sessions_ended": ended}
                append_audit(connection, who.name, "user.disabled", user.name, told)

    def enable(self, actor: Actor | None, name: str) -> None:
        """Open an account again, with the password that it had.

        Raises
        ------
        AccessError
            When there is no such account.
        """
        who = self._administrator(actor, "enable accounts")
        with self._changing(name) as (connection, user):
            if user.is_disabled:
                told = {"is_disabled": False, "failures": 0, "locked_until": None}
                update_user(connection, user.id, **told)
                append_audit(connection, who.name, "user.enabled", user.name)

    def reset(self, actor: Actor | None, name: str) -> str:
        """Replace a password by a one-time password, lift a lock, and end the sessions.

        Raises
        ------
        AccessError
            When there is no such account.
        """
        who = self._administrator(actor, "reset passwords")
        password = one_time_password()
        hashed = self._passwords.hashed(password)
        with self._changing(name) as (connection, user):
            told = {"password_hash": hashed, "must_change": True}
            update_user(connection, user.id, failures=0, locked_until=None, **told)
            ended = delete_sessions_of(connection, user.id)
            counted = {"sessions_ended": ended}
            append_audit(connection, who.name, "user.password.reset", user.name, counted)
        return password

    def change_role(self, actor: Actor | None, name: str, role: Role) -> None:
        """Give an account another role, and end its sessions.

        Raises
        ------
        AccessError
            When there is no such account, or nobody would be left to administer.
        """
        who = self._administrator(actor, "change roles")
        with self._changing(name) as (connection, user):
            if role is user.role:
                return
            if role is not Role.ADMINISTRATOR:
                _check_not_last(connection, user, f"made a {role.value}")
            update_user(connection, user.id, role=role.value)
            ended = delete_sessions_of(connection, user.id)
            told = {"from": user.role.value, "to": role.value, "sessions_ended": ended}
            append_audit(connection, who.name, "user.role.changed", user.name, told)

    def _administrator(self, actor: Actor | None, doing: str) -> Actor:
        who = require(actor, Role.ADMINISTRATOR, doing)
        if who == DEMO:
            raise AccessError(
                f"In demo mode nobody has an account, so you cannot {doing}. Sign in as admin "
                "with the one-time password that the terminal printed; that ends demo mode."
            )
        return who

    @contextmanager
    def _changing(self, name: str) -> Iterator[tuple[sa.Connection, User]]:
        with self._database.transaction() as connection:
            # All administrators first, so that two who change each other wait in one order.
            held_administrators(connection)
            user = find_user(connection, valid_name(name), hold=True)
            if user is None:
                raise AccessError(f"There is no account {name}. `users list` shows all.")
            yield connection, user
        self._forget()


def valid_name(name: str) -> str:
    """Return a name as it is kept: in small letters.

    Raises
    ------
    AccessError
        When it is no name.
    """
    small = name.strip().lower()
    if not _NAME.fullmatch(small) or small in _TAKEN:
        raise AccessError(
            f"{name.strip()[:100]!r} cannot be a name; expected 1 to 100 small letters, digits "
            f"and . - _ + @, and none of {', '.join(sorted(_TAKEN))}."
        )
    return small


def _check_not_last(connection: sa.Connection, user: User, done: str) -> None:
    administrators = held_administrators(connection)
    if [each.id for each in administrators] == [user.id]:
        raise AccessError(
            f"{user.name} is the last enabled administrator and cannot be {done}. Add or "
            "enable another one first."
        )


def _account(user: User, now: float) -> Account:
    return Account(
        user.name,
        user.role,
        user.is_disabled,
        user.locked_until is not None and user.locked_until > now,
        user.must_change,
        user.password_hash is not None,
        user.subject is not None,
        user.created,
        user.last_seen,
    )
