"""Version folders under the data folder: they arrive whole, and are sealed once they serve.

A folder is made under a name that begins with a dot, its files are written through to the disk,
and then it is renamed: whatever dies when, there is the whole version or none. The process that
makes it holds a lock on it, which the system lets go of when the process dies; so what a dead
one left is told from what a living one is still making.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError, ModelError, StorageError
from cxr_core.registry.atomic import write_json
from cxr_core.registry.manifest import MANIFEST_NAME, WEIGHTS_NAME, is_version_name

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION_FILES = (
    MANIFEST_NAME,
    WEIGHTS_NAME,
    "seen.txt",
    "evaluation.json",
    "audit.json",
    "card.md",
    "checklist.md",
    "ensemble.json",
    "environment.json",
    "LICENSE",
)
ARRIVAL_NAME = "arrival.json"  # how it came here, for whoever finds a folder without a row
_INCOMING = ".incoming-"
_BEGINNING_SECONDS = 60.0  # in which a maker may not have locked what it has just made
_CHUNK = 2**20
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Seal:
    """What a version was when it was promoted: SHA-256 of its weights and of its manifest."""

    weights_sha256: str
    manifest_sha256: str


@contextmanager
def incoming(versions: Path, name: str) -> Iterator[Path]:
    """Give an empty folder to make a version in; at the end it is there under its name.

    When an exception leaves, nothing is.

    Raises
    ------
    DataError
        When a version has the name already, or it is no name for one.
    StorageError
        When the disk refuses.
    """
    if not is_version_name(name):
        raise DataError(f"{name!r} is no name for a version; expected letters, digits, dots.")
    if (versions / name).exists():
        raise DataError(f"There is a version {name!r} already. Choose another name.")
    try:
        versions.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=versions))
        with _locked(draft):
            try:
                folder = draft / name
                folder.mkdir()
                yield folder
                _settle(folder)
                _rename(folder, versions / name)
                write_through(versions)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        words = error.strerror or str(error)
        raise StorageError(f"Cannot write a version to {versions}: {words}.") from error


def copy_version(source: Path, target: Path) -> None:
    """Copy what makes a version out of a run folder; the run's other files stay.

    Raises
    ------
    ModelError
        When the manifest or the weights are not there.
    """
    for name in VERSION_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
        elif name in {MANIFEST_NAME, WEIGHTS_NAME}:
            raise ModelError(f"{source} has no {name}; expected a finished run.")


def note_arrival(folder: Path, told: dict[str, Any]) -> None:
    """Write beside a version how it came here: origin, line, job, who."""
    write_json(folder / ARRIVAL_NAME, told)


def clear_leftovers(versions: Path, least_age: float = _BEGINNING_SECONDS) -> list[str]:
    """Remove what a process was making when it died; return what was removed."""
    removed = []
    for draft in sorted(versions.glob(f"{_INCOMING}*")) if versions.is_dir() else []:
        with contextlib.suppress(OSError):  # gone, or not ours to remove
            if time.time() - draft.stat().st_mtime < least_age:
                continue
            with _locked(draft):
                shutil.rmtree(draft)
                removed.append(draft.name)
    return removed


def version_folders(versions: Path) -> list[Path]:
    """Return the folders that arrived, by name."""
    if not versions.is_dir():
        return []
    return sorted(
        path for path in versions.iterdir() if path.is_dir() and is_version_name(path.name)
    )


def seal_of(folder: Path, weights_sha256: str) -> Seal:
    """Return what a version is now; `weights_sha256` is that of weights which were loaded.

    Raises
    ------
    ModelError
        When its manifest cannot be read.
    """
    try:
        data = (folder / MANIFEST_NAME).read_bytes()
    except OSError as error:
        raise ModelError(f"{folder.name}/{MANIFEST_NAME} cannot be read.") from error
    return Seal(weights_sha256, hashlib.sha256(data).hexdigest())


def protect(folder: Path) -> None:
    """Make a version's files read-only.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    _set_modes(folder, is_writable=False)


def unprotect(folder: Path) -> None:
    """Let a version be completed again: it never served.

    Raises
    ------
    StorageError
        When the disk refuses.
    """
    _set_modes(folder, is_writable=True)


def is_protected(folder: Path) -> bool:
    """Tell whether a version was made read-only, also to somebody whom modes do not stop."""
    try:
        return not (folder / MANIFEST_NAME).stat().st_mode & _WRITABLE
    except OSError:
        return False


def bytes_of(folder: Path) -> int:
    """Count what a version takes on the disk."""
    size = 0
    with contextlib.suppress(OSError):  # removed while it is counted
        for path in folder.iterdir():
            size += path.stat().st_size if path.is_file() else 0
    return size


def sha256_of(path: Path) -> str:
    """Digest a file a piece at a time.

    Raises
    ------
    OSError
        When it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def write_through(path: Path) -> None:
    """Have the system write a file, or a folder's list of names, to the disk.

    Raises
    ------
    OSError
        When it refuses.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _settle(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        write_through(path)
    write_through(folder)


def _rename(folder: Path, target: Path) -> None:
    """Rename; a folder that came in between under the same name is not replaced."""
    if target.exists():
        raise DataError(f"There is a version {target.name!r} already. Choose another name.")
    folder.rename(target)


@contextmanager
def _locked(draft: Path) -> Iterator[None]:
    """Hold a lock on a folder.

    Raises
    ------
    OSError
        When another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # Windows, where leftovers are known by their age alone
        yield
        return
    handle = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def _set_modes(folder: Path, *, is_writable: bool) -> None:
    try:
        for path in folder.iterdir():
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | stat.S_IWUSR if is_writable else mode & ~_WRITABLE
            if wanted != mode:
                path.chmod(wanted)
    except OSError as error:
        raise StorageError(
            f"Cannot change the modes of {folder}: {error.strerror or error}."
        ) from error
