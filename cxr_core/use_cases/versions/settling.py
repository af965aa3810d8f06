"""Bring folders and rows together at the start: what a dead process left is understood."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cxr_core.errors import CxrError, ModelError
from cxr_core.registry.folders import (
    ARRIVAL_NAME,
    clear_leftovers,
    is_protected,
    protect,
    sha256_of,
    unprotect,
    version_folders,
)
from cxr_core.registry.manifest import (
    MANIFEST_NAME,
    WEIGHTS_NAME,
    is_version_name,
    read_manifest,
)
from cxr_core.store.version_rows import NewVersion, Origin, VersionState
from cxr_core.use_cases.versions.roster import new_version

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.registry.catalogue import Catalogue
    from cxr_core.store.version_rows import Roster
    from cxr_core.store.versions import VersionStore

PROGRAM = "program"  # who does it, in the audit log


def settle(store: VersionStore, catalogue: Catalogue) -> list[str]:
    """Make every version known once, and say what is left over, in sentences.

    Bundled versions become champions of lines that have none. A whole version without a row,
    whose process died before it could say so, becomes a candidate; a damaged one is told of
    and never served. Versions that served are read-only, others are not.

    Raises
    ------
    StorageError
        When the database does not answer.
    """
    remarks: list[str] = []
    bundled = [new_version(entry) for entry in catalogue.bundled()]
    store.install(PROGRAM, [each for each in bundled if each is not None])
    versions = catalogue.versions
    if versions is None:
        return remarks
    removed = clear_leftovers(versions)
    if removed:
        remarks.append(f"{len(removed)} half-made versions of dead processes were removed.")
    roster = store.roster()
    taken = {entry.name for entry in catalogue.bundled()}
    for folder in version_folders(versions):
        if folder.name in taken:
            remarks.append(
                f"{folder} has the name of a bundled version, which is used instead."
            )
        elif roster.version(folder.name) is None:
            remarks.append(_adopt(store, folder))
    remarks += _without_folders(roster, versions)
    _set_modes(roster, versions)
    return remarks


def found_version(folder: Path) -> NewVersion:
    """Read off a version's folder what the store wants to know of it.

    Raises
    ------
    ModelError
        When its manifest or its weights are damaged.
    """
    manifest = read_manifest(folder)
    if manifest.name != folder.name:
        raise ModelError(f"{folder.name} says that its name is {manifest.name!r}.")
    try:
        weights = sha256_of(folder / WEIGHTS_NAME)
    except OSError as error:
        raise ModelError(f"{folder.name}/{WEIGHTS_NAME} cannot be read.") from error
    if weights != manifest.weights_sha256:
        raise ModelError(f"{folder.name}/{WEIGHTS_NAME} is not the file of its manifest.")
    line, origin, job = _arrival(folder)
    return NewVersion(folder.name, line or manifest.architecture, origin, weights, job)


def _adopt(store: VersionStore, folder: Path) -> str:
    try:
        store.register(PROGRAM, found_version(folder))
    except CxrError as error:
        return f"{folder} is no whole version and is not used. {error}"
    return f"{folder.name} was found whole and is a candidate now."


def _arrival(folder: Path) -> tuple[str, Origin, str | None]:
    """Return line, origin and job as they were noted; trained, where nothing was."""
    try:
        told = json.loads((folder / ARRIVAL_NAME).read_text(encoding="utf-8"))
        line = str(told.get("line") or "")
        job = told.get("job")
        return (
            line if is_version_name(line) else "",
            Origin(told.get("origin", Origin.TRAINED)),
            None if job is None else str(job),
        )
    except (OSError, ValueError, AttributeError, RecursionError):
        return "", Origin.TRAINED, None


def _without_folders(roster: Roster, versions: Path) -> list[str]:
    return [
        f"{row.name} is a {row.state.value} of {row.line}, but its folder is gone. Restore it."
        for row in roster.versions
        if row.origin is not Origin.BUNDLED
        and not (versions / row.name / MANIFEST_NAME).exists()
    ]


def _set_modes(roster: Roster, versions: Path) -> None:
    """Finish what a process could not that died while it promoted."""
    served = {each.version for each in roster.promotions}
    for row in roster.versions:
        folder = versions / row.name
        if row.origin is Origin.BUNDLED or not (folder / MANIFEST_NAME).exists():
            continue
        if row.name in served and not is_protected(folder):
            protect(folder)
        is_waiting = row.name not in served and row.state is VersionState.CANDIDATE
        if is_waiting and is_protected(folder):
            unprotect(folder)
