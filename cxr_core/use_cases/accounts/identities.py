"""Coming in with an account of an organisation (OIDC).

A person is known by issuer and subject, which never change. The first time, an account that an
administrator has made beforehand is found by the verified e-mail address, which is its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import AccessError
from cxr_core.store.audit_log import append_audit
from cxr_core.store.users import (
    find_subject,
    find_user,
    has_administrator,
    insert_user,
    update_user,
)
from cxr_core.use_cases.accounts.accounts import valid_name
from cxr_core.use_cases.accounts.signing_in import Entry

if TYPE_CHECKING:
    import sqlalchemy as sa

    from cxr_core.store.database import Database
    from cxr_core.store.users import User
    from cxr_core.use_cases.accounts.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Identity:
    """What a provider vouches for. `email` is "" unless the provider has verified it."""

    issuer: str
    subject: str
    email: str

    @property
    def key(self) -> str:
        """Issuer and subject as one; an issuer is an address and has no space."""
        return f"{self.issuer} {self.subject}"


class Identities:
    """The door for people whom a provider vouches for.

    `role` is what unknown people become; None: they are refused.
    """

    def __init__(self, database: Database, sessions: Sessions, role: Role | None) -> None:
        self._database = database
        self._sessions = sessions
        self._role = role

    def sign_in(self, identity: Identity) -> Entry:
        """Let a person in.

        Raises
        ------
        AccessError
            When there is no account for the person, or it is disabled.
        """
        with self._database.transaction() as connection:
            user = find_subject(connection, identity.key)
            if user is None:
                user = self._linked(connection, identity) or self._added(connection, identity)
            fault = _fault(identity, user)
            token = ""
            if user is not None and not fault:
                if user.must_change:  # a one-time password would stay a second way in
                    update_user(connection, user.id, password_hash=None, must_change=False)
                token = self._sessions.open(connection, user, "organisation")
            else:
                name = user.name if user else "unknown"
                told = {"reason": "disabled" if user else "no account", "how": "organisation"}
                append_audit(connection, name, "user.authentication.failure", name, told)
        if fault:
            raise AccessError(fault)
        self._sessions.forget()
        return Entry(token, must_change=False)

    def _linked(self, connection: sa.Connection, identity: Identity) -> User | None:
        """Find the account that bears the e-mail address, and write down whose it is now."""
        user = find_user(connection, identity.email.lower(), hold=True)
        if user is None or user.subject is not None or user.is_disabled:
            return user if user and user.is_disabled else None
        update_user(connection, user.id, subject=identity.key)
        detail = {"issuer": identity.issuer}
        append_audit(connection, user.name, "user.linked", user.name, detail)
        return find_user(connection, user.name)

    def _added(self, connection: sa.Connection, identity: Identity) -> User | None:
        """Make an account for a stranger, where the settings say so."""
        if self._role is None or not identity.email:
            return None
        if self._role is not Role.ADMINISTRATOR and not has_administrator(connection):
            return None
        name = valid_name(identity.email)
        if find_user(connection, name) is not None:
            return None  # it is linked to somebody else
        now = self._database.now(connection)
        user = insert_user(connection, name, self._role, now, subject=identity.key)
        detail = {"role": self._role.value, "how": "organisation"}
        append_audit(connection, name, "user.added", name, detail)
        return user


def _fault(identity: Identity, user: User | None) -> str:
    if user is not None:
        return f"The account {user.name} is disabled. Ask an administrator." * user.is_disabled
    who = f"{identity.email} has" if identity.email else "You have"
    return (
        f"{who} no account here. Ask an administrator to add one whose name is your e-mail "
        "address."
    )
