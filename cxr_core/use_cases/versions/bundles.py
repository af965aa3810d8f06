"""Versions leave and arrive as bundles: administrators only, every one in the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from cxr_core.domain import Role
from cxr_core.errors import DataError
from cxr_core.inference.runtime import start_backend
from cxr_core.registry.bundle import Importer, export_bundle
from cxr_core.registry.catalogue import load_version
from cxr_core.store.version_rows import NewVersion, Origin
from cxr_core.use_cases.access import require

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.registry.bundle import Parcel
    from cxr_core.registry.catalogue import Catalogue
    from cxr_core.registry.manifest import Manifest
    from cxr_core.store.audit_log import AuditLog
    from cxr_core.store.versions import VersionStore
    from cxr_core.use_cases.versions.versions import Versions


@dataclass(frozen=True, slots=True)
class Bundles:
    """Exports and imports versions of this machine; `threads` are those of the networks."""

    store: VersionStore
    audit: AuditLog
    versions: Versions
    catalogue: Catalogue
    threads: int = 0

    def export(self, actor: Actor | None, name: str, out: IO[bytes]) -> Parcel:
        """Write a version as a bundle.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError, ModelError, StorageError
            When there is no such version, it is damaged, or the bundle cannot be written.
        """
        who = require(actor, Role.ADMINISTRATOR, "export versions").name
        parcel = export_bundle(self.catalogue.folder_of(name), out)
        self.audit.append(who, "Export version", name, {"digest": parcel.digest})
        return parcel

    def take(
        self,
        actor: Actor | None,
        bundle: Path | IO[bytes],
        report: Callable[[str, int, int], None],
        line: str | None = None,
    ) -> str:
        """Verify a bundle and accept it as a candidate; return the version's name.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When a version has its name already.
        ModelError
            When anything about it is not as it should be; nothing is left behind then.
        StorageError
            When the disk or the database refuses.
        """
        who = require(actor, Role.ADMINISTRATOR, "import versions").name
        self.versions.settle()
        versions = self.catalogue.versions
        if versions is None:
            raise DataError("This program has no folder for versions; set CXR_DATA_DIR.")
        importer = Importer(versions, self._verify, report)
        arrival = {"origin": Origin.IMPORTED.value, "line": line, "by": who}
        manifest = importer.take(bundle, arrival)
        new = NewVersion(
            manifest.name,
            line or manifest.architecture,
            Origin.IMPORTED,
            manifest.weights_sha256,
        )
        self.store.register(who, new)
        return manifest.name

    def _verify(self, folder: Path, manifest: Manifest) -> None:
        if manifest.name in {entry.name for entry in self.catalogue.bundled()}:
            raise DataError(f"There is a bundled version {manifest.name!r} already.")
        start_backend(self.threads)
        load_version(folder, manifest)
