"""Rows of people and of their sessions, in and out. What they mean is the use cases' business.

Times are seconds since 1970 by the database's clock.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from cxr_core.domain import Role
from cxr_core.store.tables import SESSIONS, USERS

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class User:
    """An account. `password_hash` is Argon2's, `subject` an OIDC issuer and subject."""

    id: int
    name: str
    role: Role
    password_hash: str | None
    subject: str | None
    must_change: bool
    is_disabled: bool
    failures: int
    locked_until: float | None
    created: float
    last_seen: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in: `digest` is the SHA-256 of its token."""

    digest: str
    user: User
    created: float
    last_used: float
    expires: float


def find_user(connection: sa.Connection, name: str, *, hold: bool = False) -> User | None:
    """Return an account; `hold` keeps others from changing it until the transaction ends."""
    wanted = sa.select(USERS).where(USERS.c.name == name)
    row = connection.execute(wanted.with_for_update() if hold else wanted).mappings().first()
    return None if row is None else _user(row)


def find_subject(connection: sa.Connection, subject: str) -> User | None:
    """Return the account of an OIDC issuer and subject, held until the transaction ends."""
    wanted = sa.select(USERS).where(USERS.c.subject == subject).with_for_update()
    row = connection.execute(wanted).mappings().first()
    return None if row is None else _user(row)


def all_users(connection: sa.Connection) -> list[User]:
    """Return every account by name."""
    rows = connection.execute(sa.select(USERS).order_by(USERS.c.name)).mappings()
    return [_user(row) for row in rows]


def held_administrators(connection: sa.Connection) -> list[User]:
    """Return the enabled administrators, held: of two who demote each other, one waits."""
    wanted = sa.select(USERS).where(_IS_ADMINISTRATOR).order_by(USERS.c.id).with_for_update()
    return [_user(row) for row in connection.execute(wanted).mappings()]


def has_administrator(connection: sa.Connection) -> bool:
    """Tell whether an enabled administrator exists."""
    wanted = sa.select(USERS.c.id).where(_IS_ADMINISTRATOR).limit(1)
    return connection.execute(wanted).first() is not None


def insert_user(
    connection: sa.Connection, name: str, role: Role, created: float, **values: object
) -> User:
    """Add an account; what is not given is empty."""
    usual: dict[str, object] = {"must_change": False, "is_disabled": False, "failures": 0}
    told = usual | values | {"name": name, "role": role.value, "created": created}
    row = connection.execute(sa.insert(USERS).values(told).returning(USERS)).mappings().one()
    return _user(row)


def update_user(connection: sa.Connection, user_id: int, **values: object) -> None:
    """Change columns of an account."""
    connection.execute(sa.update(USERS).where(USERS.c.id == user_id).values(values))


def insert_session(
    connection: sa.Connection, digest: str, user_id: int, now: float, expires: float
) -> None:
    """Add a session, and forget those of everybody that have ended."""
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.expires <= now))
    told = {"digest": digest, "user_id": user_id, "expires": expires}
    connection.execute(sa.insert(SESSIONS).values(created=now, last_used=now, **told))


def find_session(connection: sa.Connection, digest: str) -> Session | None:
    """Return a session with its account, ended or not."""
    wanted = (
        sa.select(SESSIONS, *[column.label(f"of_{column.name}") for column in USERS.c])
        .join(USERS, USERS.c.id == SESSIONS.c.user_id)
        .where(SESSIONS.c.digest == digest)
    )
    row = connection.execute(wanted).mappings().first()
    if row is None:
        return None
    user = _user({each.name: row[f"of_{each.name}"] for each in fields(User)})
    return Session(row["digest"], user, row["created"], row["last_used"], row["expires"])


def touch_session(connection: sa.Connection, session: Session, now: float) -> None:
    """Note that a session was used."""
    used = sa.update(SESSIONS).where(SESSIONS.c.digest == session.digest)
    connection.execute(used.values(last_used=now))
    update_user(connection, session.user.id, last_seen=now)


def delete_session(connection: sa.Connection, digest: str) -> None:
    """Forget one session."""
    connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.digest == digest))


def delete_sessions_of(connection: sa.Connection, user_id: int) -> int:
    """Forget all sessions of an account; return how many there were."""
    gone = connection.execute(sa.delete(SESSIONS).where(SESSIONS.c.user_id == user_id))
    return int(gone.rowcount)


_IS_ADMINISTRATOR = sa.and_(
    USERS.c.role == Role.ADMINISTRATOR.value, USERS.c.is_disabled == sa.false()
)


def _user(row: Mapping[str, Any] | sa.RowMapping) -> User:
    told = {each.name: row[each.name] for each in fields(User)}
    return User(**{**told, "role": Role(told["role"])})
