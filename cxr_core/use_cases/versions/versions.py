"""The versions of this machine: which there are, where they come from, how they leave."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from cxr_core.domain import Role
from cxr_core.errors import DataError
from cxr_core.registry.atomic import write_json
from cxr_core.registry.folders import copy_version, incoming, note_arrival
from cxr_core.registry.manifest import MANIFEST_NAME, is_version_name, read_manifest
from cxr_core.store.version_rows import NewVersion, Origin, VersionState
from cxr_core.use_cases.access import require
from cxr_core.use_cases.versions.settling import found_version, settle
from cxr_core.use_cases.versions.version_facts import Overview, version_of

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.registry.catalogue import Catalogue, Entry
    from cxr_core.registry.manifest import Manifest
    from cxr_core.registry.serving import Serving
    from cxr_core.store.version_rows import PromotionRow, Roster
    from cxr_core.store.versions import VersionStore
    from cxr_core.use_cases.versions.version_facts import Version


class Versions:
    """Versions, bundled and arrived, and what the store says of them.

    The first use in a process brings folders and rows together (`settling`).
    """

    def __init__(self, store: VersionStore, catalogue: Catalogue, serving: Serving) -> None:
        self._store = store
        self._catalogue = catalogue
        self._serving = serving
        self._remarks: list[str] | None = None
        self._lock = threading.Lock()

    def settle(self) -> list[str]:
        """Make every version known, once a process; return sentences on what was found.

        Raises
        ------
        StorageError
            When the database does not answer.
        """
        with self._lock:
            if self._remarks is None:
                self._remarks = settle(self._store, self._catalogue)
                self._serving.refresh()
            return self._remarks

    def roster(self) -> Roster:
        """Return all rows at one moment."""
        self.settle()
        return self._store.roster()

    def overview(self, actor: Actor | None) -> Overview:
        """Return everything that there is to be seen, at one moment.

        Raises
        ------
        AccessError
            When nobody is signed in.
        """
        require(actor, Role.READER, "see the versions")
        roster = self.roster()
        entries = {entry.name: entry for entry in self._catalogue.entries()}
        found = [version_of(row, entries.get(row.name), roster) for row in roster.versions]
        order = (VersionState.CHAMPION, VersionState.CANDIDATE, VersionState.RETIRED)
        earlier = {
            row.line: [
                name for name in roster.earlier(row.line, row.name) if roster.version(name)
            ]
            for row in roster.champions()
        }
        return Overview(
            versions=tuple(
                sorted(found, key=lambda v: (v.line, order.index(v.state), -v.created))
            ),
            history=roster.promotions,
            before={line: names[0] for line, names in earlier.items() if names},
            remarks=tuple(self.settle()),
        )

    def all(self, actor: Actor | None) -> list[Version]:
        """Return every version, by line, champions first and then the newest.

        Raises
        ------
        AccessError
            When nobody is signed in.
        """
        return list(self.overview(actor).versions)

    def history(self, actor: Actor | None, line: str | None = None) -> list[PromotionRow]:
        """Return changes of champion, of one line or all, the newest first.

        Raises
        ------
        AccessError
            When nobody is signed in.
        """
        rows = self.overview(actor).history
        return [each for each in rows if line is None or each.line == line]

    def register(
        self,
        actor: Actor | None,
        folder: Path,
        line: str | None = None,
        job: str | None = None,
    ) -> str:
        """Copy a finished run in as a candidate, and return its name.

        `line` is what it shall serve as, by default its architecture. A run that was handed in
        before, as by a process that died then, is not copied again.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When another version has its name, or the line is no name.
        ModelError
            When the run is not whole.
        StorageError
            When the disk or the database refuses.
        """
        who = require(actor, Role.ADMINISTRATOR, "add versions").name
        self.settle()
        manifest = read_manifest(folder)
        told = line or manifest.architecture
        if not is_version_name(told):
            raise DataError(f"{told!r} is no name of a line; expected letters, digits, dashes.")
        if not self._is_here(manifest):
            self._bring(folder, manifest, {"line": told, "job": job, "by": who})
        new = NewVersion(manifest.name, told, Origin.TRAINED, manifest.weights_sha256, job)
        self._store.register(who, new)
        return manifest.name

    def retire(self, actor: Actor | None, name: str) -> None:
        """Let a version serve no longer; of the last champion of all this is refused.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When there is no such version, or it cannot be retired.
        """
        who = require(actor, Role.ADMINISTRATOR, "retire versions").name
        self.settle()
        self._store.retire(who, name)
        self._serving.refresh()

    def folder_of(self, name: str) -> Path:
        """Return a version's folder.

        Raises
        ------
        DataError
            When there is none.
        """
        return self._catalogue.folder_of(name)

    def _is_here(self, manifest: Manifest) -> bool:
        try:
            found: Entry = self._catalogue.entry(manifest.name)
        except DataError:
            return False
        here = found.manifest
        return here is not None and here.weights_sha256 == manifest.weights_sha256

    def _bring(self, folder: Path, manifest: Manifest, arrival: dict[str, Any]) -> None:
        versions = self._catalogue.versions
        if versions is None:
            raise DataError("This program has no folder for versions; set CXR_DATA_DIR.")
        if manifest.name in {entry.name for entry in self._catalogue.bundled()}:
            raise DataError(
                f"There is a bundled version {manifest.name!r}. Choose another name."
            )
        lineage = {"started_by": arrival["by"], "parent": self._parent(manifest)}
        with incoming(versions, manifest.name) as target:
            copy_version(folder, target)
            write_json(target / MANIFEST_NAME, {**manifest.record, **lineage})
            note_arrival(target, {**arrival, "origin": Origin.TRAINED.value})
            found_version(target)

    def _parent(self, manifest: Manifest) -> str:
        """Return the version that a training started from, "" where it was none of ours."""
        said = str(manifest.record.get("started_from") or "").partition(",")[0]
        known = {entry.name for entry in self._catalogue.entries()}
        return said if said in known else ""
