"""The audit log, as administrators read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.store.audit_log import AuditLog
from cxr_core.use_cases.access import require

if TYPE_CHECKING:
    from cxr_core.domain import Actor
    from cxr_core.store.audit_log import AuditCheck, AuditEntry, AuditFilter
    from cxr_core.store.database import Database

PAGE = 100


class AuditTrail:
    """Reading and checking; nobody writes through here."""

    def __init__(self, database: Database) -> None:
        self._log = AuditLog(database)

    def entries(
        self,
        actor: Actor | None,
        wanted: AuditFilter,
        before: int | None = None,
        most: int = PAGE,
    ) -> list[AuditEntry]:
        """Return the newest entries first; those older than entry `before`, where given.

        Raises
        ------
        AccessError
            When the actor is no administrator; so do all the others.
        """
        require(actor, Role.ADMINISTRATOR, "read the audit log")
        return self._log.entries(most, before, wanted)

    def choices(self, actor: Actor | None) -> tuple[list[str], list[str]]:
        """Return the actors and the actions that occur."""
        require(actor, Role.ADMINISTRATOR, "read the audit log")
        return self._log.choices()

    def verify(self, actor: Actor | None, expected_head: str | None = None) -> AuditCheck:
        """Walk the whole chain; a head that was noted elsewhere must still stand in it.

        Raises
        ------
        DataError
            When `expected_head` is not a hash.
        """
        require(actor, Role.ADMINISTRATOR, "verify the audit log")
        return self._log.verify(expected_head)
