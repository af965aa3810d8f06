"""All that has to do with people, wired around one database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.use_cases.accounts.accounts import Accounts
from cxr_core.use_cases.accounts.audit_trail import AuditTrail
from cxr_core.use_cases.accounts.identities import Identities
from cxr_core.use_cases.accounts.passwords import Passwords
from cxr_core.use_cases.accounts.sessions import Sessions
from cxr_core.use_cases.accounts.signing_in import SigningIn

if TYPE_CHECKING:
    from cxr_core.domain import Role
    from cxr_core.store.database import Database


@dataclass(frozen=True, slots=True)
class People:
    """Accounts as administrators keep them, the doors, who is inside, and what they did."""

    accounts: Accounts
    signing_in: SigningIn
    identities: Identities
    sessions: Sessions
    audit: AuditTrail


def people_of(
    database: Database, oidc_role: Role | None = None, passwords: Passwords | None = None
) -> People:
    """Wire everything. `oidc_role` is what people become whom only their organisation knows."""
    passwords = passwords or Passwords()
    sessions = Sessions(database)
    return People(
        Accounts(database, passwords, sessions.forget),
        SigningIn(database, sessions, passwords),
        Identities(database, sessions, oidc_role),
        sessions,
        AuditTrail(database),
    )
