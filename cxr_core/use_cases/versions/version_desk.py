"""All that is done with versions, over one database and one set of folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxr_core.store.audit_log import AuditLog
from cxr_core.store.versions import VersionStore
from cxr_core.use_cases.versions.bundles import Bundles
from cxr_core.use_cases.versions.promoting import Promoter
from cxr_core.use_cases.versions.versions import Versions

if TYPE_CHECKING:
    from cxr_core.registry.catalogue import Catalogue
    from cxr_core.registry.serving import Serving
    from cxr_core.store.database import Database
    from cxr_core.use_cases.versions.gatekeeping import Gatekeeper


@dataclass(frozen=True, slots=True)
class VersionDesk:
    """The versions, who changes champions, and how versions leave and arrive."""

    versions: Versions
    promoter: Promoter
    bundles: Bundles


def version_desk(
    database: Database, catalogue: Catalogue, serving: Serving, gate: Gatekeeper
) -> VersionDesk:
    """Wire them."""
    store = VersionStore(database)
    versions = Versions(store, catalogue, serving)
    return VersionDesk(
        versions,
        Promoter(store, versions, catalogue, serving, gate),
        Bundles(store, AuditLog(database), versions, catalogue),
    )
