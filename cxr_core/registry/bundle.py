"""A version as one zip: its files, and their digests in `bundle.json`.

The same version gives the same bytes: members are stored in the order of their names, without
times. What comes in is believed in nothing: names are of a list, sizes are bounded before and
while they are unpacked, digests are compared, JSON is parsed and nothing is ever unpickled or
executed.
"""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from cxr_core.errors import ModelError, StorageError
from cxr_core.registry.folders import VERSION_FILES, incoming, note_arrival, sha256_of
from cxr_core.registry.manifest import (
    MANIFEST_NAME,
    WEIGHTS_NAME,
    Manifest,
    is_version_name,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

BUNDLE_NAME = "bundle.json"
MOST_BYTES = 2**30
_FORMAT = 1
_MOST_TEXT_BYTES = 32 * 2**20
_MOST_INDEX_BYTES = 2**16
_MOST_RATIO = 200
_CHUNK = 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_EXECUTES = (".keras", ".h5", ".hdf5", ".pkl", ".pickle", ".pt", ".pth", ".joblib", ".py")
_ENCRYPTED = 0x1 | 0x40
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeError,
)
_NEEDED = (MANIFEST_NAME, WEIGHTS_NAME)


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a bundle says that it holds: digest and bytes of each file, and of all together."""

    name: str
    files: Mapping[str, tuple[str, int]]
    digest: str


def export_bundle(folder: Path, out: IO[bytes]) -> Parcel:
    """Write a version as a bundle.

    Raises
    ------
    ModelError
        When its manifest or its weights are missing.
    StorageError
        When a file cannot be read or the bundle not written.
    """
    manifest = read_manifest(folder)
    present = [name for name in sorted(VERSION_FILES) if (folder / name).is_file()]
    if missing := [name for name in _NEEDED if name not in present]:
        raise ModelError(f"{folder.name} has no {missing[0]} and cannot be exported.")
    try:
        files = {
            name: (sha256_of(folder / name), (folder / name).stat().st_size) for name in present
        }
        if files[WEIGHTS_NAME][0] != manifest.weights_sha256:
            raise ModelError(
                f"{folder.name}/{WEIGHTS_NAME} is not the file of its manifest. Restore it."
            )
        parcel = Parcel(manifest.name, files, _digest(files))
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, BUNDLE_NAME, _index(parcel))
            for name in present:
                _add(archive, name, (folder / name).read_bytes())
    except OSError as error:
        raise StorageError(
            f"Cannot export {folder.name}: {error.strerror or error}."
        ) from error
    return parcel


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes bundles into `versions`; `verify` loads what was unpacked and asks its canary.

    `report` hears a sentence, bytes done and bytes in all.
    """

    versions: Path
    verify: Callable[[Path, Manifest], object]
    report: Callable[[str, int, int], None]

    def take(self, bundle: Path | IO[bytes], arrival: Mapping[str, Any]) -> Manifest:
        """Unpack, verify and accept a bundle; `arrival` is noted beside it.

        Raises
        ------
        ModelError
            When anything about it is not as it should be. Nothing is left behind.
        DataError
            When a version has its name already.
        StorageError
            When the disk refuses.
        """
        try:
            with zipfile.ZipFile(bundle) as archive:
                members = _members(archive)
                parcel = _read_index(archive, members)
                with incoming(self.versions, parcel.name) as folder:
                    self._unpack(archive, parcel, folder)
                    self.report("Asking its canary", 0, 1)
                    manifest = self._verified(folder, parcel)
                    note_arrival(folder, {**arrival, "bundle": parcel.digest})
        except _DAMAGE as error:
            raise ModelError(f"The bundle is damaged or no zip: {error}.") from error
        except OSError as error:
            raise StorageError(f"The bundle cannot be read: {error.strerror}.") from error
        self.report("Asking its canary", 1, 1)
        return manifest

    def _unpack(self, archive: zipfile.ZipFile, parcel: Parcel, folder: Path) -> None:
        total = sum(size for _, size in parcel.files.values())
        done = 0
        for name, (sha256, size) in parcel.files.items():
            digest, held = hashlib.sha256(), 0
            with archive.open(name) as source, (folder / name).open("wb") as target:
                for chunk in _chunks(source):
                    held += len(chunk)
                    if held > size:
                        raise ModelError(f"{name} in the bundle is longer than it says.")
                    digest.update(chunk)
                    target.write(chunk)
                    self.report("Unpacking", done + held, total)
            if (digest.hexdigest(), held) != (sha256, size):
                raise ModelError(
                    f"{name} in the bundle is not the file that it was: its SHA-256 differs. "
                    "Export the version again."
                )
            done += held

    def _verified(self, folder: Path, parcel: Parcel) -> Manifest:
        manifest = read_manifest(folder)
        if manifest.name != parcel.name:
            raise ModelError(
                f"The bundle is of {parcel.name!r}, its manifest of {manifest.name!r}."
            )
        if parcel.files[WEIGHTS_NAME] != (manifest.weights_sha256, manifest.weights_bytes):
            raise ModelError("The weights in the bundle are not those of its manifest.")
        for name in parcel.files:
            if name.endswith(".json"):
                _table(folder / name)
        self.verify(folder, manifest)
        return manifest


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.create_system = 3  # Unix, also where it is written elsewhere: the same bytes
    member.external_attr = (stat.S_IFREG | 0o644) << 16
    archive.writestr(member, data)


def _index(parcel: Parcel) -> bytes:
    told = {
        "format": _FORMAT,
        "name": parcel.name,
        "files": {
            name: {"sha256": sha256, "bytes": size}
            for name, (sha256, size) in parcel.files.items()
        },
        "digest": parcel.digest,
    }
    return (json.dumps(told, indent=2) + "\n").encode()


def _digest(files: Mapping[str, tuple[str, int]]) -> str:
    lines = [f"{sha256} {size} {name}\n" for name, (sha256, size) in sorted(files.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Look at the list of members before any of them is opened."""
    found = archive.infolist()
    allowed = (BUNDLE_NAME, *VERSION_FILES)
    if len(found) > len(allowed):
        raise ModelError(
            f"The bundle has {len(found):,} members; expected at most {len(allowed)}."
        )
    members: dict[str, zipfile.ZipInfo] = {}
    for member in found:
        _check_name(member.orig_filename, allowed)
        if member.filename in members:
            raise ModelError(f"The bundle holds {member.filename} twice.")
        _check_member(member)
        members[member.filename] = member
    if missing := [name for name in (BUNDLE_NAME, *_NEEDED) if name not in members]:
        raise ModelError(f"The bundle has no {missing[0]}. It is no bundle of a version.")
    if sum(member.file_size for member in found) > MOST_BYTES:
        raise ModelError(f"The bundle unpacks to more than {MOST_BYTES:,} bytes.")
    return members


def _check_name(name: str, allowed: tuple[str, ...]) -> None:
    if name in allowed:
        return
    told = repr(name[:80])
    if name.lower().endswith(_EXECUTES):
        raise ModelError(
            f"The bundle holds {told}, which can run code when it is loaded. Versions are "
            "numbers and text: export it from this program."
        )
    if name.startswith("/") or ".." in name or "\\" in name or ":" in name:
        raise ModelError(f"The bundle leads out of its folder: {told}.")
    raise ModelError(f"The bundle holds {told}; expected only {', '.join(allowed)}.")


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise ModelError(f"{name} in the bundle is a link or no file; expected a plain file.")
    if member.flag_bits & _ENCRYPTED:
        raise ModelError(f"{name} in the bundle is encrypted; expected it open.")
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise ModelError(f"{name} in the bundle is compressed in a way that is not read.")
    most = MOST_BYTES if name == WEIGHTS_NAME else _MOST_TEXT_BYTES
    most = _MOST_INDEX_BYTES if name == BUNDLE_NAME else most
    if member.file_size > most:
        raise ModelError(
            f"{name} in the bundle has {member.file_size:,} bytes; expected at most {most:,}."
        )
    if member.file_size > _MOST_RATIO * max(member.compress_size, 1):
        raise ModelError(
            f"{name} in the bundle unpacks to {_MOST_RATIO} times its size or more, as a bomb "
            "does."
        )


def _read_index(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> Parcel:
    with archive.open(BUNDLE_NAME) as stream:
        data = stream.read(_MOST_INDEX_BYTES + 1)
    try:
        if len(data) > _MOST_INDEX_BYTES:
            raise ValueError("too long")
        table = json.loads(data)
        if table["format"] != _FORMAT:
            raise ValueError(f"its format is {table['format']!r}")
        files = {
            str(name): (str(each["sha256"]), int(each["bytes"]))
            for name, each in table["files"].items()
        }
        parcel = Parcel(str(table["name"]), files, str(table["digest"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{BUNDLE_NAME} is not an index of a bundle: {error}.") from error
    if not is_version_name(parcel.name):
        raise ModelError(f"The bundle is of {parcel.name[:80]!r}, which is no name.")
    held = {name: each.file_size for name, each in members.items() if name != BUNDLE_NAME}
    if held != {name: size for name, (_, size) in files.items()}:
        raise ModelError(f"{BUNDLE_NAME} does not list what the bundle holds.")
    if _digest(files) != parcel.digest:
        raise ModelError(f"{BUNDLE_NAME} was changed: its digest is not that of its list.")
    return parcel


def _table(path: Path) -> None:
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path.name} in the bundle is not JSON.") from error
    if not isinstance(table, dict):
        raise ModelError(f"{path.name} in the bundle is not a table.")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
