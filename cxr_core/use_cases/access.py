"""Who may do what: asked by every use case, whatever menu or page led there."""

from __future__ import annotations

from typing import assert_never

from cxr_core.domain import Actor, Role
from cxr_core.errors import AccessError

# Who can run commands on this machine owns the data folder already.
TERMINAL = Actor("terminal", Role.ADMINISTRATOR)
# While there are no accounts, whoever sits at this machine.
DEMO = Actor("demo", Role.ADMINISTRATOR)


def require(actor: Actor | None, role: Role, doing: str) -> Actor:
    """Return the actor, once the role suffices.

    `doing` completes "You may not ...".

    Raises
    ------
    AccessError
        When nobody is signed in, or the role is too small.

    >>> require(Actor("ada", Role.ADMINISTRATOR), Role.READER, "read films").name
    'ada'
    """
    if actor is None:
        raise AccessError(f"Nobody is signed in; expected somebody who may {doing}. Sign in.")
    if not _suffices(actor.role, role):
        raise AccessError(
            f"{actor.name} is a {actor.role.value} and may not {doing}; expected an "
            f"{role.value}. Ask an administrator."
        )
    return actor


def _suffices(has: Role, needs: Role) -> bool:
    match has:
        case Role.ADMINISTRATOR:
            return True
        case Role.READER:
            return needs is Role.READER
        case _:
            assert_never(has)
