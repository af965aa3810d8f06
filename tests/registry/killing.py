"""Processes that promote, take back, hand in and import without end, until they are killed.

What is killed is files and rows, so no network is built here: a version counts as loaded when
its weights are those of its manifest. A child is forked from a server that has everything
imported, so that it works within milliseconds of its start.
"""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import multiprocessing
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from safetensors.numpy import save

from cxr_core.domain import ModelRef
from cxr_core.errors import DataError, ModelError
from cxr_core.registry.bundle import export_bundle
from cxr_core.registry.catalogue import Catalogue, LoadedModel, load_arrays, read_weights
from cxr_core.registry.folders import clear_leftovers, is_protected
from cxr_core.registry.manifest import read_manifest
from cxr_core.registry.serving import Serving, load_assigned
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.database import Database, open_database
from cxr_core.store.version_rows import VersionState
from cxr_core.store.versions import VersionStore
from cxr_core.use_cases.access import TERMINAL
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.versions.answers import AnswerStore
from cxr_core.use_cases.versions.bundles import Bundles
from cxr_core.use_cases.versions.gatekeeping import Gatekeeper
from cxr_core.use_cases.versions.promoting import Promoter, Wish
from cxr_core.use_cases.versions.roster import lines_of
from cxr_core.use_cases.versions.settling import settle
from cxr_core.use_cases.versions.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.process import BaseProcess

    from cxr_core.datasets.film_store import FilmStore
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.manifest import Manifest

BUNDLED = ("first", "second")
_REASON = "It is promoted to be killed meanwhile."
_ARRIVALS = 2  # of each child, so that the disk does not fill


class Verified(Catalogue):
    """A catalogue that checks weights and builds no network."""

    def _built(self, folder: Path, manifest: Manifest) -> LoadedModel:
        load_arrays(read_weights(folder, manifest), folder.name)
        ref = ModelRef(manifest.name, manifest.version, manifest.weights_sha256)
        return LoadedModel(ref, manifest, engine=None)  # type: ignore[arg-type]


class Unpacked(Bundles):
    """Bundles that are verified without a network."""

    def _verify(self, folder: Path, manifest: Manifest) -> None:
        load_arrays(read_weights(folder, manifest), folder.name)


@dataclass(frozen=True, slots=True, eq=False)
class Bench:
    """A registry over `folder` and a database, without networks."""

    folder: Path
    database: Database

    @property
    def catalogue(self) -> Verified:
        return Verified(self.folder / "models", versions=self.folder / "versions")

    def wired(self) -> tuple[Versions, Promoter, Unpacked]:
        store, catalogue = VersionStore(self.database), self.catalogue
        serving = Serving(catalogue, lambda: lines_of(store.roster(), catalogue.bundled()))
        versions = Versions(store, catalogue, serving)
        limits: Limits = None  # type: ignore[assignment]
        films: FilmStore = None  # type: ignore[assignment]
        answers = AnswerStore(self.folder / "answers", limits)
        gate = Gatekeeper(catalogue, answers, Films(self.folder / "none", None, films))
        return (
            versions,
            Promoter(store, versions, catalogue, serving, gate),
            Unpacked(store, AuditLog(self.database), versions, catalogue),
        )


def lay_out(folder: Path) -> None:
    """Write two bundled versions of two lines."""
    for seed, name in enumerate(BUNDLED):
        write_version(folder / "models" / name, seed)


def write_version(folder: Path, seed: int, architecture: str = "nova") -> Path:
    """Write a version whose weights are no network's: whole to all that do not build it."""
    weights = np.random.default_rng(seed).normal(size=2000).astype(np.float32)
    data = save({"noise": weights})
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(data)
    table = {
        "format": 1,
        "name": folder.name,
        "version": "test",
        "architecture": architecture,
        "classes": ["normal", "ill"],
        "input_size": 64,
        "normalisation": "film",
        "weights": {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
        "canary": {"probabilities": [[0.5, 0.5], [0.5, 0.5]]},
    }
    (folder / "manifest.json").write_text(json.dumps(table), "utf-8")
    return folder


def work(folder: Path, url: str, number: int) -> None:
    """Change versions without end; a telltale file grows with each deed that was done."""
    bench = Bench(folder, open_database(url))
    random = np.random.default_rng(number)
    with (folder / "deeds.txt").open("a") as telltale:
        for deed in itertools.count():
            try:
                _do(bench, random, f"v{number}-{deed}" if deed < _ARRIVALS else "")
            except (DataError, ModelError):
                continue  # serves already, or nothing is before it
            telltale.write(".")
            telltale.flush()


def _do(bench: Bench, random: np.random.Generator, new: str) -> None:
    versions, promoter, bundles = bench.wired()
    if new and random.random() < 0.5:
        run = write_version(bench.folder / "runs" / new, int(random.integers(1e9)))
        versions.register(TERMINAL, run, line=str(random.choice(BUNDLED)))
        shutil.rmtree(run)
    elif new:
        run = write_version(bench.folder / "runs" / new, int(random.integers(1e9)))
        stream = io.BytesIO()
        export_bundle(run, stream)
        shutil.rmtree(run)
        bundles.take(TERMINAL, stream, lambda *_: None, line=str(random.choice(BUNDLED)))
    elif random.random() < 0.6:
        names = [each.name for each in versions.all(TERMINAL)]
        wish = Wish(str(random.choice(names)), str(random.choice(BUNDLED)), _REASON)
        promoter.promote(TERMINAL, wish)
    else:
        promoter.rollback(TERMINAL, str(random.choice(BUNDLED)))


def killed(folder: Path, url: str, count: int, seed: int = 0) -> Iterator[float]:
    """Let a child work and kill it at a random moment, so often; yield the seconds of each."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.registry.killing"])
    random = np.random.default_rng(seed)
    for number in range(count):
        child: BaseProcess = context.Process(target=work, args=(folder, url, number))
        before = deeds(folder)
        child.start()
        try:
            _wait_for_deeds(child, folder, before + int(random.integers(0, 8)))
            seconds = float(random.uniform(0.0, 0.06))
            child.join(seconds)
        finally:
            child.kill()
            child.join()
        if child.exitcode != -9:
            raise RuntimeError(f"The child ended by itself with {child.exitcode}.")
        yield seconds


def deeds(folder: Path) -> int:
    """How many deeds were done so far."""
    path = folder / "deeds.txt"
    return path.stat().st_size if path.exists() else 0


def _wait_for_deeds(child: BaseProcess, folder: Path, wanted: int) -> None:
    deadline = time.monotonic() + 60.0
    while deeds(folder) < wanted and child.is_alive() and time.monotonic() < deadline:
        time.sleep(0.001)


def faults(folder: Path, url: str) -> list[str]:
    """Bring folders and rows together as a start does, and say what is not as it must be."""
    database = open_database(url)
    try:
        return list(_faults(Bench(folder, database)))
    finally:
        database.close()


def _faults(bench: Bench) -> Iterator[str]:
    store, catalogue = VersionStore(bench.database), bench.catalogue
    versions = bench.folder / "versions"
    yield from _unmatched_before(store, versions)
    clear_leftovers(versions, least_age=0.0)
    yield from (each for each in settle(store, catalogue) if "found whole" not in each)
    roster = store.roster()
    champions = roster.champions()
    if [each.line for each in champions] != list(BUNDLED):
        yield f"champions are {[(each.line, each.name) for each in champions]}"
    for line in lines_of(roster, catalogue.bundled()):
        load_assigned(catalogue, line.name, line.choices[0])  # raises where it is not whole
        newest = next(each for each in roster.promotions if each.line == line.name)
        if newest.version != line.choices[0].version:
            yield f"{line.name} is served by another version than was promoted last"
    names = {each.name for each in roster.versions}
    arrived = {path.name for path in versions.iterdir()} if versions.is_dir() else set()
    if arrived != names - set(BUNDLED):
        yield f"folders and rows differ by {arrived ^ (names - set(BUNDLED))}"
    served = {each.version for each in roster.promotions}
    for row in roster.versions:
        folder = catalogue.folder_of(row.name)
        manifest = read_manifest(folder)
        read_weights(folder, manifest)
        if manifest.weights_sha256 != row.weights_sha256:
            yield f"{row.name} has other weights than its row"
        if row.name not in BUNDLED and is_protected(folder) is not (row.name in served):
            yield f"{row.name} is sealed and never served, or served and is not sealed"
        if row.state is VersionState.CHAMPION and row.name not in served:
            yield f"{row.name} serves and was never promoted"
    check = AuditLog(bench.database).verify()
    if check.fault:
        yield check.fault


def _unmatched_before(store: VersionStore, versions: Path) -> Iterator[str]:
    """A row without a folder would be a version that a reader could be promised in vain."""
    for row in store.roster().versions:
        if row.name not in BUNDLED and not (versions / row.name / "manifest.json").is_file():
            yield f"{row.name} has a row and no folder"
