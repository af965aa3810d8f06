"""Versions in their folders: listed afresh, loaded once, refused with a reason."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.domain import ModelRef
from cxr_core.errors import DataError, ModelError
from cxr_core.inference.canary import canary_batch
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import NETWORKS, build_network
from cxr_core.inference.runtime import spare_collector, start_backend
from cxr_core.inference.weights import load_into, shapes_of
from cxr_core.registry.folders import version_folders
from cxr_core.registry.manifest import (
    WEIGHTS_NAME,
    Manifest,
    is_version_name,
    read_manifest,
)
from cxr_core.registry.tensors import check_size, check_tensors

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cxr_core.inference.engine import Engine

_CANARY_TOLERANCE = 5e-3
_MOST_LOADED = 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A version's folder: its manifest, or why it cannot be used."""

    name: str
    folder: Path
    manifest: Manifest | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A verified version, ready to read films."""

    ref: ModelRef
    manifest: Manifest
    engine: Engine


class Catalogue:
    """Model versions: bundled ones under `folder`, others under `versions`; by name in each.

    A name belongs to one version; where both folders have it, it is the bundled one's. The
    networks that were asked for last are kept, `_MOST_LOADED` of them.
    """

    def __init__(self, folder: Path, threads: int = 0, versions: Path | None = None) -> None:
        self.folder = folder
        self.versions = versions
        self._threads = threads
        self._loaded: OrderedDict[Path, tuple[str, LoadedModel | ModelError]] = OrderedDict()
        self._lock = threading.Lock()

    def entries(self) -> list[Entry]:
        """List what is there now; a new folder needs no restart."""
        bundled = self.bundled()
        names = {entry.name for entry in bundled}
        arrived = [] if self.versions is None else version_folders(self.versions)
        return [*bundled, *(_entry(each) for each in arrived if each.name not in names)]

    def bundled(self) -> list[Entry]:
        """List the versions that came with the program."""
        if not self.folder.is_dir():
            return []
        folders = sorted(path for path in self.folder.iterdir() if path.is_dir())
        return [_entry(folder) for folder in folders if not folder.name.startswith(".")]

    def entry(self, name: str) -> Entry:
        """Return the version of that name.

        Raises
        ------
        DataError
            When there is none.
        """
        if is_version_name(name):
            for root in (self.folder, self.versions):
                if root is not None and (root / name).is_dir():
                    return _entry(root / name)
        known = [entry.name for entry in self.entries()]
        raise DataError(f"There is no model {name!r}; expected one of {known}.")

    def folder_of(self, name: str) -> Path:
        """Return the folder of a version that is there.

        Raises
        ------
        DataError
            When there is none of that name.
        """
        return self.entry(name).folder

    def load(self, names: Sequence[str] | None = None) -> list[LoadedModel]:
        """Load versions, every usable bundled one by default; each is verified once and kept.

        A version that fails is left out when `names` is None; `problems` says why.

        Raises
        ------
        DataError
            When a name asked for is not there.
        ModelError
            When a version asked for by name cannot be loaded, or none can.
        """
        if names is not None:
            return [self._load(entry) for entry in [self.entry(name) for name in names]]
        loaded = []
        for entry in self.bundled():
            try:
                loaded.append(self._load(entry))
            except ModelError:
                continue  # kept with its reason in problems()
        if not loaded:
            raise ModelError(
                f"No model under {self.folder} can be used. "
                "Run `python -m cxr_core models verify`."
            )
        return loaded

    def problems(self) -> dict[str, str]:
        """Why versions cannot be used, of those listed or tried so far."""
        found = {}
        for entry in self.entries():
            state = self._loaded.get(entry.folder)
            if entry.problem is not None:
                found[entry.name] = entry.problem
            elif state is not None and isinstance(state[1], ModelError):
                found[entry.name] = str(state[1])
        return found

    def _load(self, entry: Entry) -> LoadedModel:
        if entry.manifest is None:
            raise ModelError(entry.problem)
        stamp = _stamp(entry.folder)
        state = self._loaded.get(entry.folder)
        if state is None or state[0] != stamp:  # what is loaded waits for nothing being loaded
            with self._lock:
                state = self._loaded.get(entry.folder)
                if state is None or state[0] != stamp:
                    state = (stamp, self._built(entry.folder, entry.manifest))
                    self._loaded[entry.folder] = state
                    while len(self._loaded) > _MOST_LOADED:
                        self._loaded.popitem(last=False)
                    spare_collector()
        with contextlib.suppress(KeyError):  # made room for another in between
            self._loaded.move_to_end(entry.folder)
        if isinstance(state[1], ModelError):
            raise state[1]
        return state[1]

    def _built(self, folder: Path, manifest: Manifest) -> LoadedModel | ModelError:
        start_backend(self._threads)
        try:
            return load_version(folder, manifest)
        except ModelError as error:
            return error
        except (OSError, ValueError, TypeError) as error:
            return ModelError(f"{folder.name} cannot be built: {error}")


def load_version(folder: Path, manifest: Manifest) -> LoadedModel:
    """Build the architecture in code, fill in the weights, ask the canary.

    Nothing of a version is executed: its manifest is parsed, its weights are numbers.

    Raises
    ------
    ModelError
        When the weights are missing, are not those of the manifest, do not fit, or no longer
        give the recorded answers.
    """
    data = read_weights(folder, manifest)
    check_size(manifest.blueprint, len(data), folder.name)
    try:
        model = build_network(manifest.blueprint)
    except DataError as error:
        raise ModelError(f"{folder.name}: {error}") from error
    check_tensors(data, shapes_of(model), folder.name)
    load_into(model, load_arrays(data, folder.name))
    engine = KerasEngine(model, NETWORKS[manifest.architecture].heat_layer)
    answers = engine.run(
        canary_batch(manifest.input_size, manifest.normalisation)
    ).probabilities
    difference = float(np.abs(answers - np.asarray(manifest.canary)).max())
    if not difference <= _CANARY_TOLERANCE:
        raise ModelError(
            f"{folder.name} answers the canary batch {difference:.3f} away from its manifest; "
            f"expected at most {_CANARY_TOLERANCE}. The weights are not those that were tested."
        )
    ref = ModelRef(manifest.name, manifest.version, manifest.weights_sha256)
    return LoadedModel(ref, manifest, engine)


def read_weights(folder: Path, manifest: Manifest) -> bytes:
    """Read the weight file's bytes, once their size and SHA-256 are those of the manifest.

    Raises
    ------
    ModelError
        When they are not.
    """
    path = folder / WEIGHTS_NAME
    try:
        size = path.stat().st_size
        if size != manifest.weights_bytes:
            raise ModelError(
                f"{folder.name}/{WEIGHTS_NAME} has {size:,} bytes; the manifest says "
                f"{manifest.weights_bytes:,}. The file is damaged: restore it."
            )
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{folder.name}/{WEIGHTS_NAME} cannot be read.") from error
    if hashlib.sha256(data).hexdigest() != manifest.weights_sha256:
        raise ModelError(
            f"{folder.name}/{WEIGHTS_NAME} is not the file of the manifest (its SHA-256 "
            "differs). The file is damaged or was exchanged: restore it."
        )
    return data


def load_arrays(data: bytes, name: str) -> dict[str, np.ndarray]:
    """Parse safetensors bytes.

    Raises
    ------
    ModelError
        When they are not safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"{name}/{WEIGHTS_NAME} is not a safetensors file.") from error


def _entry(folder: Path) -> Entry:
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        return Entry(folder.name, folder, None, str(error))
    if manifest.name != folder.name:
        said = f"{folder.name} says its name is {manifest.name!r}; expected the folder's name."
        return Entry(folder.name, folder, None, said)
    return Entry(folder.name, folder, manifest, None)


def _stamp(folder: Path) -> str:
    """Changes whenever a file of the version does, so that a repair is noticed."""
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        states = [(path.name, path.stat()) for path in files]
    except OSError:
        return "gone"  # removed since it was listed; reading its weights says so
    return repr([(name, state.st_mtime_ns, state.st_size) for name, state in states])
