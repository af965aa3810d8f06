"""Who is signed in now: random tokens in cookies, of which the database has the SHA-256.

A session ends after an hour without use and twelve hours at the latest, by the database's
clock. While there is no enabled administrator the installation is in demo mode: everybody is
`DEMO`, and nobody signs in.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.domain import Actor
from cxr_core.store.audit_log import append_audit
from cxr_core.store.users import (
    delete_session,
    find_session,
    has_administrator,
    insert_session,
    touch_session,
    update_user,
)
from cxr_core.use_cases.access import DEMO

if TYPE_CHECKING:
    from collections.abc import Callable

    import sqlalchemy as sa

    from cxr_core.domain import Role
    from cxr_core.store.database import Database
    from cxr_core.store.users import Session, User

IDLE_SECONDS, LONGEST_SECONDS = 3600.0, 12 * 3600.0
BELIEF_SECONDS = 2.0  # what was read of a session is believed for so long
_NOTE_USE_SECONDS = 60.0
_MOST_SEEN = 1000


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who holds a valid token. `must_change`: it opens nothing but the password form."""

    name: str
    role: Role
    must_change: bool


@dataclass(frozen=True, slots=True)
class _Seen:
    visitor: Visitor
    idle: float
    at: float


class Sessions:
    """The sessions of one database. One object serves all threads of a process.

    `clock` counts seconds, and only for what is believed without being read again.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._seen: dict[str, _Seen] = {}
        self._is_claimed = False
        self._unclaimed_until = float("-inf")

    def is_claimed(self) -> bool:
        """Tell whether accounts are on: an enabled administrator exists.

        Once true it stays so, since the last administrator cannot be disabled.
        """
        now = self._clock()
        if not self._is_claimed and now >= self._unclaimed_until:
            with self._database.transaction() as connection:
                self._is_claimed = has_administrator(connection)
            self._unclaimed_until = now + BELIEF_SECONDS
        return self._is_claimed

    def visitor(self, token: str | None, *, is_use: bool = False) -> Visitor | None:
        """Return who holds this token now; None when it is unknown or has ended.

        `is_use` says that the person did something, so that the session goes on.
        """
        if not token:
            return None
        digest, now = token_digest(token), self._clock()
        if (seen := self._seen.get(digest)) is not None:
            age = now - seen.at
            is_due = is_use and seen.idle + age >= _NOTE_USE_SECONDS
            if age < BELIEF_SECONDS and not is_due:
                return seen.visitor
        found = self._read(digest, is_use=is_use)
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        if found is None:
            self._seen.pop(digest, None)
            return None
        visitor, idle = found
        self._seen[digest] = _Seen(visitor, idle, now)
        return visitor

    def actor_of(self, token: str | None, *, is_use: bool = False) -> Actor | None:
        """Return who asks: in demo mode `DEMO`, None for nobody.

        Who still has to choose an own password is nobody.
        """
        if not self.is_claimed():
            return DEMO
        found = self.visitor(token, is_use=is_use)
        if found is None or found.must_change:
            return None
        return Actor(found.name, found.role)

    def open(self, connection: sa.Connection, user: User, how: str) -> str:
        """Begin a session inside the caller's transaction; return its token."""
        token = new_token()
        now = self._database.now(connection)
        insert_session(connection, token_digest(token), user.id, now, now + LONGEST_SECONDS)
        update_user(connection, user.id, last_seen=now)
        append_audit(
            connection, user.name, "user.authentication.login", user.name, {"how": how}
        )
        return token

    def sign_out(self, token: str | None) -> None:
        """End a session; nothing happens where there is none."""
        if not token:
            return
        digest = token_digest(token)
        with self._database.transaction() as connection:
            if (found := find_session(connection, digest)) is not None:
                delete_session(connection, digest)
                name = found.user.name
                append_audit(connection, name, "user.authentication.logout", name)
        self.forget()

    def forget(self) -> None:
        """Believe nothing any more that was read before."""
        self._seen.clear()
        self._unclaimed_until = float("-inf")

    def _read(self, digest: str, *, is_use: bool) -> tuple[Visitor, float] | None:
        with self._database.transaction() as connection:
            found = find_session(connection, digest)
            if found is None:
                return None
            now = self._database.now(connection)
            idle = now - found.last_used
            if _has_ended(found, now):
                delete_session(connection, digest)
                return None
            if is_use and idle >= _NOTE_USE_SECONDS:
                touch_session(connection, found, now)
                idle = 0.0
        user = found.user
        return Visitor(user.name, user.role, user.must_change), idle


def new_token() -> str:
    """Make 256 random bits for a cookie."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _has_ended(session: Session, now: float) -> bool:
    is_over = now >= session.expires or now - session.last_used >= IDLE_SECONDS
    return is_over or session.user.is_disabled
