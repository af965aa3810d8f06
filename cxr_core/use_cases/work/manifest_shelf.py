"""The manifests that can be trained on: the one in force, and those before it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.manifest import HEADER_NAME, load_manifest
from cxr_core.errors import DataError, StorageError

if TYPE_CHECKING:
    from cxr_core.datasets.manifest import Manifest

_DIGITS = 16


@dataclass(frozen=True, slots=True)
class ShelvedManifest:
    """A manifest and where it lies; `is_in_force` is what everything else uses."""

    manifest: Manifest
    path: Path
    is_in_force: bool

    @property
    def digest(self) -> str:
        """What it is known by."""
        return self.manifest.digest


class ManifestShelf:
    """Manifests: `in_force`, and the folders under `earlier`, each with one."""

    def __init__(self, in_force: Path, earlier: Path) -> None:
        self._in_force = in_force
        self._earlier = earlier
        self._kept: dict[Path, tuple[int, Manifest]] = {}
        self._lock = threading.Lock()

    def all(self) -> list[ShelvedManifest]:
        """Return the one in force, then the earlier ones that can be read.

        Raises
        ------
        DataError
            When the one in force is damaged.
        """
        found = []
        if (self._in_force / HEADER_NAME).is_file():
            found.append(ShelvedManifest(self._read(self._in_force), self._in_force, True))
        digests = {each.digest for each in found}
        for header in sorted(self._earlier.glob(f"*/{HEADER_NAME}"), reverse=True):
            try:
                manifest = self._read(header.parent)
            except DataError:
                continue  # nobody asked for it by name; a training that does is told
            if manifest.digest not in digests:
                digests.add(manifest.digest)
                found.append(ShelvedManifest(manifest, header.parent, False))
        return found

    def find(self, digest: str) -> ShelvedManifest:
        """Return the manifest of that digest.

        Raises
        ------
        DataError
            When there is none.
        """
        for each in self.all():
            if each.digest == digest:
                return each
        raise DataError(
            f"The manifest {digest[:_DIGITS]} that was meant is not here any more: the films "
            "were curated again since. Order the training again."
        )

    def put_by(self) -> None:
        """Keep a copy of the one in force, before another takes its place.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        if not (self._in_force / HEADER_NAME).is_file():
            return
        try:
            place = self._earlier / self._read(self._in_force).digest[:_DIGITS]
        except DataError:
            return  # a damaged one is no loss
        if place.exists():
            return
        try:
            self._earlier.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=self._earlier))
            shutil.copytree(self._in_force, draft / "manifest")
            (draft / "manifest").rename(place)
            draft.rmdir()
        except OSError as error:
            raise StorageError(f"Cannot keep {self._in_force}: {error.strerror}.") from error

    def _read(self, folder: Path) -> Manifest:
        try:
            stamp = (folder / HEADER_NAME).stat().st_mtime_ns
        except OSError as error:
            raise DataError(f"{folder} holds no manifest. Curate again.") from error
        with self._lock:
            kept = self._kept.get(folder)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        manifest = load_manifest(folder)
        with self._lock:
            self._kept[folder] = (stamp, manifest)
        return manifest
