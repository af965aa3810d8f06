"""Versions of this machine: handed in once, known whatever died, told with their lineage."""

from __future__ import annotations

import io
import json
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from cxr_core.domain import Actor, FilmFile, Role
from cxr_core.errors import AccessError, DataError, ModelError, StorageError
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.folders import is_protected, protect
from cxr_core.store.database import open_database
from cxr_core.store.version_rows import Origin, VersionState
from cxr_core.use_cases.reading import ReadingService
from cxr_core.use_cases.versions.promoting import Wish
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.answered import Scene, finished_run, scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.store.database import Database

ADA = Actor("ada", Role.ADMINISTRATOR)
READER = Actor("ben", Role.READER)
REASON = "The films of our ward are portable ones."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    finished_run(folder / "models", "nova", 1)
    finished_run(folder / "runs", "mine", 2)
    return folder


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'data' / 'cxr.db'}")
    yield opened
    opened.close()


@pytest.fixture
def ward(made: Path, tmp_path: Path, embedded: Database) -> Scene:
    return scene(shutil.copytree(made, tmp_path / "ward"), embedded)


def rows(ward: Scene) -> dict[str, tuple[str, str]]:
    return {each.name: (each.state.value, each.line) for each in ward.desk.versions.all(READER)}


def test_a_finished_run_is_handed_in_with_its_lineage(ward: Scene) -> None:
    run = ward.folder / "runs" / "mine"
    manifest = json.loads((run / "manifest.json").read_text())
    manifest |= {
        "started_from": "nova, version test",
        "recipe": {"name": "last-block"},
        "data_manifest": "a" * 64,
        "code_version": "0.1.0",
        "metrics": {"accuracy": 0.9, "accuracy_95": [0.85, 0.95], "manifest": "b" * 64},
    }
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert ward.desk.versions.register(ADA, run, job="job-7") == "mine"
    [champion, mine] = ward.desk.versions.all(READER)
    assert (champion.name, champion.origin) == ("nova", Origin.BUNDLED)
    assert (mine.state, mine.line, mine.job) == (VersionState.CANDIDATE, "nova", "job-7")
    assert (mine.accuracy, mine.accuracy_95) == (0.9, (0.85, 0.95))
    lineage = mine.lineage
    assert (lineage.parent, lineage.started_by) == ("nova", "ada")
    assert (lineage.recipe, lineage.data_manifest) == ("last-block", "a" * 64)
    assert mine.size_bytes > 400_000
    assert json.loads((run / "manifest.json").read_text()) == manifest


def test_a_run_that_is_handed_in_again_is_the_same_version(ward: Scene) -> None:
    run = ward.folder / "runs" / "mine"
    for _ in range(2):
        assert ward.desk.versions.register(ADA, run, job="job-7") == "mine"
    assert rows(ward) == {"nova": ("champion", "nova"), "mine": ("candidate", "nova")}
    other = finished_run(ward.folder / "others", "mine", 5)
    with pytest.raises(DataError, match="already"):
        ward.desk.versions.register(ADA, other)
    bundled = finished_run(ward.folder / "others", "nova", 6)
    with pytest.raises(DataError, match="bundled version 'nova'"):
        ward.desk.versions.register(ADA, bundled)
    with pytest.raises(DataError, match="no name of a line"):
        ward.desk.versions.register(ADA, run, line="../x")


def test_a_run_that_is_not_whole_leaves_nothing(ward: Scene) -> None:
    run = ward.folder / "runs" / "mine"
    (run / "weights.safetensors").write_bytes(b"half")
    with pytest.raises(ModelError, match="not the file of its manifest"):
        ward.desk.versions.register(ADA, run)
    assert list((ward.folder / "versions").iterdir()) == []
    assert list(rows(ward)) == ["nova"]


def test_a_full_disk_leaves_nothing(ward: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cxr_core.registry.folders.write_through", no_space)
    with pytest.raises(StorageError, match="No space left"):
        ward.desk.versions.register(ADA, ward.folder / "runs" / "mine")
    assert list((ward.folder / "versions").iterdir()) == []


def test_what_a_dead_process_left_is_understood(ward: Scene) -> None:
    versions = ward.folder / "versions"
    whole = shutil.copytree(ward.folder / "runs" / "mine", versions / "mine")
    (whole / "arrival.json").write_text('{"line": "ward", "origin": "imported", "job": null}')
    half = shutil.copytree(whole, versions / "half")
    (half / "manifest.json").unlink()
    (versions / "nova").mkdir()
    remarks = ward.desk.versions.settle()
    assert rows(ward) == {"nova": ("champion", "nova"), "mine": ("candidate", "ward")}
    assert [each.origin for each in ward.desk.versions.all(READER)][-1] is Origin.IMPORTED
    told = " ".join(remarks)
    assert "mine was found whole and is a candidate now" in told
    assert "half has no manifest.json" in told
    assert "has the name of a bundled version" in told
    assert ward.desk.versions.overview(READER).remarks == tuple(remarks)


def test_a_lost_folder_is_told_and_not_forgotten(ward: Scene, embedded: Database) -> None:
    ward.desk.versions.register(ADA, ward.folder / "runs" / "mine")
    shutil.rmtree(ward.folder / "versions" / "mine")
    later = scene(ward.folder, embedded)
    assert "its folder is gone" in later.desk.versions.settle()[0]
    [_, mine] = later.desk.versions.all(READER)
    assert "gone" in mine.problem


def test_a_promotion_cut_short_is_finished_at_the_next_start(
    ward: Scene, embedded: Database
) -> None:
    ward.desk.versions.register(ADA, ward.folder / "runs" / "mine")
    folder = ward.folder / "versions" / "mine"
    protect(folder)  # and then the process died, before the row was written
    scene(ward.folder, embedded).desk.versions.settle()
    assert not is_protected(folder)
    ward.desk.promoter.promote(ADA, Wish("mine", reason=REASON))
    for path in folder.iterdir():
        path.chmod(0o644)
    scene(ward.folder, embedded).desk.versions.settle()
    assert is_protected(folder)


def test_a_bundle_goes_out_and_comes_in_elsewhere(
    ward: Scene, made: Path, tmp_path: Path
) -> None:
    ward.desk.versions.register(ADA, ward.folder / "runs" / "mine")
    stream = io.BytesIO()
    with pytest.raises(AccessError):
        ward.desk.bundles.export(READER, "mine", stream)
    ward.desk.bundles.export(ADA, "mine", stream)
    database = open_database(f"sqlite:///{tmp_path / 'elsewhere' / 'cxr.db'}")
    shutil.copytree(made / "models", tmp_path / "elsewhere" / "models")
    elsewhere = scene(tmp_path / "elsewhere", database)
    with pytest.raises(AccessError):
        elsewhere.desk.bundles.take(READER, stream, lambda *_: None)
    assert elsewhere.desk.bundles.take(ADA, stream, lambda *_: None, line="ward") == "mine"
    assert rows(elsewhere)["mine"] == ("candidate", "ward")
    with pytest.raises(DataError, match="already"):
        elsewhere.desk.bundles.take(ADA, stream, lambda *_: None)
    elsewhere.desk.bundles.export(ADA, "nova", stream := io.BytesIO())
    with pytest.raises(DataError, match=r"already|bundled"):
        ward.desk.bundles.take(ADA, stream, lambda *_: None)
    database.close()


def test_no_reading_fails_while_champions_change(ward: Scene) -> None:
    ward.desk.versions.register(ADA, ward.folder / "runs" / "mine")
    reading = ReadingService(ward.serving, InProcess())
    data = png_bytes(synthetic_chest(90, 80, seed=1))
    films = [FilmFile(str(number), lambda: data) for number in range(3)]
    spoke: list[set[str]] = []
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                found = list(reading.read(films, batch=1))
                spoke.append({each.predictions[0].model.version for each in found})
        except BaseException as error:  # noqa: BLE001 - the test tells of all
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for _ in range(6):
        ward.desk.promoter.promote(ADA, Wish("mine", reason=REASON))
        before = len(spoke)
        while len(spoke) < before + 4 and not faults:
            done.wait(0.01)
        ward.desk.promoter.rollback(ADA, "nova")
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    assert {"mine"} in spoke
    assert {"test"} in spoke
    assert all(len(each) == 1 for each in spoke)
