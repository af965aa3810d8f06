"""Coming in: names and passwords, the first administrator, and an own password.

Whether a name is unknown, an account closed or a password wrong, the answer is the same and
takes as long: nobody learns who has an account here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import AccessError
from cxr_core.store.audit_log import append_audit
from cxr_core.store.users import (
    delete_sessions_of,
    find_user,
    held_administrators,
    insert_user,
    update_user,
)
from cxr_core.use_cases.accounts.passwords import Passwords, check_password, one_time_password
from cxr_core.use_cases.accounts.sessions import Visitor, new_token, token_digest

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cxr_core.store.database import Database
    from cxr_core.store.users import User
    from cxr_core.use_cases.accounts.sessions import Sessions

FIRST = "admin"  # the name under which the first administrator comes in
MOST_FAILURES, LOCK_SECONDS = 5, 900.0
_REFUSED = (
    "This name and this password do not let you in. After five wrong passwords an account is "
    "locked for 15 minutes."
)
_FIRST_VISITOR = Visitor(FIRST, Role.ADMINISTRATOR, must_change=True)


@dataclass(frozen=True, slots=True)
class Entry:
    """The way in: a token for the cookie. `must_change`: it opens nothing but that form."""

    token: str
    must_change: bool


class SigningIn:
    """The door of one database. One object serves all threads of a process."""

    def __init__(
        self, database: Database, sessions: Sessions, passwords: Passwords | None = None
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._passwords = passwords or Passwords()
        self._first = ""  # digest of what the terminal printed
        self._claims: set[str] = set()  # digests of the tokens that it opened

    def invite_first(self) -> str:
        """Return a one-time password for the first administrator, `FIRST`.

        It is kept in this process alone, and the one before is void. Until somebody has come
        in with it and chosen an own password, the database knows nobody.
        """
        password = one_time_password()
        self._claims.clear()
        self._first = token_digest(password)
        return password

    def visitor(self, token: str | None) -> Visitor | None:
        """Return who holds a token, the first administrator to be included."""
        if token and token_digest(token) in self._claims and not self._sessions.is_claimed():
            return _FIRST_VISITOR
        return self._sessions.visitor(token)

    def sign_in(self, name: str, password: str) -> Entry:
        """Let a person in.

        Raises
        ------
        AccessError
            When the person is not let in.
        """
        if not self._sessions.is_claimed() and self._is_first(name, password):
            token = new_token()
            self._claims.add(token_digest(token))
            return Entry(token, must_change=True)
        proved = self._prove(name.strip().lower(), password)
        with self._database.transaction() as connection:
            user = _unchanged(connection, proved)
            token = self._sessions.open(connection, user, "password")
        return Entry(token, user.must_change)

    def change_password(self, token: str | None, current: str, new: str) -> Entry:
        """Choose an own password; all sessions of the person end but the one returned.

        `current` is not looked at where a one-time password was just used.

        Raises
        ------
        AccessError
            When nobody is signed in, `current` is wrong, or `new` is too easily guessed.
        """
        who = self.visitor(token)
        if who is None:
            raise AccessError("You are not signed in any more. Sign in again.")
        check_password(who.name, new)
        if who is _FIRST_VISITOR:
            return self._claim(new)
        if who.must_change:
            with self._database.transaction() as connection:
                proved = find_user(connection, who.name)
        else:
            proved = self._prove(who.name, current)
        if proved is None or self._passwords.matches(proved.password_hash, new):
            raise AccessError("That is the password you came with. Choose another one.")
        hashed = self._passwords.hashed(new)
        with self._database.transaction() as connection:
            user = _unchanged(connection, proved)
            update_user(connection, user.id, password_hash=hashed, must_change=False)
            delete_sessions_of(connection, user.id)
            append_audit(connection, user.name, "user.password.changed", user.name)
            opened = self._sessions.open(connection, user, "new password")
        self._sessions.forget()
        return Entry(opened, must_change=False)

    def _is_first(self, name: str, password: str) -> bool:
        is_right = hmac.compare_digest(token_digest(password.strip()), self._first)
        return name.strip().lower() == FIRST and is_right

    def _claim(self, password: str) -> Entry:
        """Make the first account; from then on everybody signs in."""
        hashed = self._passwords.hashed(password)
        with self._database.transaction() as connection:
            if held_administrators(connection) or find_user(connection, FIRST) is not None:
                raise AccessError("Accounts are on already. Sign in with yours.")
            now = self._database.now(connection)
            role = Role.ADMINISTRATOR
            user = insert_user(connection, FIRST, role, now, password_hash=hashed)
            told = {"role": role.value, "how": "first sign-in"}
            append_audit(connection, FIRST, "user.added", FIRST, told)
            token = self._sessions.open(connection, user, "new password")
        self._claims.clear()
        self._first = ""
        self._sessions.forget()
        return Entry(token, must_change=False)

    def _prove(self, name: str, password: str) -> User:
        """Return the account, once the password is right; note it where it is not."""
        with self._database.transaction() as connection:
            user = find_user(connection, name)
        kept = user.password_hash if user else None
        is_right = self._passwords.matches(kept, password)
        renewed = kept
        if is_right and kept is not None and self._passwords.is_outdated(kept):
            renewed = self._passwords.hashed(password)
        with self._database.transaction() as connection:
            found = find_user(connection, name, hold=True)
            now = self._database.now(connection)
            fault = _fault(found, kept, now, is_right=is_right)
            if found is not None and not fault:
                update_user(
                    connection,
                    found.id,
                    failures=0,
                    locked_until=None,
                    password_hash=renewed,
                )
                found = find_user(connection, name)
            else:
                _note_failure(connection, found, fault, now)
        if found is None or fault:
            raise AccessError(_REFUSED)
        return found


def _unchanged(connection: sa.Connection, proved: User) -> User:
    """Hold an account, unless somebody changed it since the password was looked at."""
    user = find_user(connection, proved.name, hold=True)
    if user is None or user.is_disabled or user.password_hash != proved.password_hash:
        raise AccessError("The account was changed at this moment. Sign in again.")
    return user


def _fault(user: User | None, kept: str | None, now: float, *, is_right: bool) -> str:
    """Why a person is not let in, for the audit log; "" where nothing speaks against it."""
    if user is None:
        return "unknown name"
    if user.is_disabled:
        return "disabled"
    if user.locked_until is not None and user.locked_until > now:
        return "locked"
    if user.password_hash is None:
        return "has no password"
    return "" if is_right and user.password_hash == kept else "wrong password"


def _note_failure(connection: sa.Connection, user: User | None, fault: str, now: float) -> None:
    """Count a wrong password. What was typed as a name is not kept: it may be a password."""
    name = "unknown" if user is None else user.name
    if fault == "locked":
        return  # or a machine that guesses on would fill the log
    append_audit(connection, name, "user.authentication.failure", name, {"reason": fault})
    if user is None or fault != "wrong password":
        return
    failures = user.failures + 1
    if failures < MOST_FAILURES:
        update_user(connection, user.id, failures=failures)
        return
    update_user(connection, user.id, failures=0, locked_until=now + LOCK_SECONDS)
    told = {"minutes": LOCK_SECONDS / 60}
    append_audit(connection, name, "user.authentication.lockout", name, told)
