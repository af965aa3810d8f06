"""What reads films: the champion of each line, renewed without a restart."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from cxr_core.domain import FilmFile
from cxr_core.errors import DataError, ModelError, StorageError
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.catalogue import Catalogue
from cxr_core.registry.folders import seal_of
from cxr_core.registry.manifest import read_manifest
from cxr_core.registry.serving import Assignment, Line, Serving
from cxr_core.use_cases.reading import ReadingService
from tests.synthetic import png_bytes, synthetic_chest
from tests.tiny import tiny_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CLASSES = ("normal", "pneumonia", "covid19")
THRESHOLDS = {
    "temperature": 4.0,
    "conformal": {"level": 0.9, "threshold": 1.0, "by_class": {}},
    "operating_points": {},
    "films": 90,
    "patients": 80,
    "manifest": "0" * 64,
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    tiny_version(folder / "models", "nova", CLASSES, "nova", 1)
    for seed, name in enumerate(("old", "new"), start=2):
        tiny_version(folder / "versions", name, CLASSES, "nova", seed)
    return folder


class Desk:
    """Says what serves, and can be told otherwise; time passes only here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = Catalogue(folder / "models", versions=folder / "versions")
        self.lines: Sequence[Line] | None = None
        self.fault = ""
        self.asked = 0
        self.now = 0.0
        self.serving = Serving(self.catalogue, self.answer, lambda: self.now)

    def answer(self) -> Sequence[Line] | None:
        self.asked += 1
        if self.fault:
            raise StorageError(self.fault)
        return self.lines

    def serve(self, *names: str, calibration: dict[str, object] | None = None) -> None:
        """Let versions serve the one line, the first of them now; a second passes."""
        choices = tuple(self.assigned(name, calibration) for name in names)
        self.lines = [Line("nova", choices)]
        self.now += 1.0

    def assigned(self, name: str, calibration: dict[str, object] | None) -> Assignment:
        if name == "nova":
            return Assignment(name, calibration=calibration, is_bundled=True)
        folder = self.folder / "versions" / name
        seal = seal_of(folder, read_manifest(folder).weights_sha256)
        return Assignment(name, seal, calibration)

    def served(self) -> list[tuple[str, str]]:
        return [(each.ref.name, each.ref.version) for each in self.serving.load()]


@pytest.fixture
def desk(made: Path, tmp_path: Path) -> Desk:
    return Desk(shutil.copytree(made, tmp_path / "made"))


def films(count: int) -> list[FilmFile]:
    data = png_bytes(synthetic_chest(90, 80, seed=1))
    return [FilmFile(str(number), lambda: data) for number in range(count)]


def test_where_nothing_was_decided_the_bundled_versions_serve(desk: Desk) -> None:
    assert desk.served() == [("nova", "test")]
    assert desk.serving.words() == ["nova test"]
    assert desk.serving.load(["new"])[0].ref.name == "new"


def test_a_promotion_takes_effect_with_the_next_film_and_so_does_its_way_back(
    desk: Desk,
) -> None:
    reading = ReadingService(desk.serving, InProcess())
    spoke = []
    for name in ("nova", "new", "nova"):
        desk.serve(name)
        (film,) = reading.read(films(1))
        spoke.append(film.predictions[0])
    assert [each.model.name for each in spoke] == ["nova"] * 3
    assert [each.model.version for each in spoke] == ["test", "new", "test"]
    assert spoke[0].probabilities == spoke[2].probabilities != spoke[1].probabilities


def test_a_reading_under_way_ends_with_the_version_it_began_with(desk: Desk) -> None:
    desk.serve("old")
    reading = ReadingService(desk.serving, InProcess()).read(films(6), batch=2)
    versions = [next(reading).predictions[0].model.version]
    desk.serve("new", "old")
    assert desk.served() == [("nova", "new")]
    versions += [each.predictions[0].model.version for each in reading]
    assert versions == ["old"] * 6


def test_promoted_thresholds_are_served_instead_of_the_folders(desk: Desk) -> None:
    desk.serve("new")
    (plain,) = ReadingService(desk.serving, InProcess()).read(films(1))
    assert "uncalibrated" in plain.triage.flags
    desk.serve("new", calibration=THRESHOLDS)
    (calibrated,) = ReadingService(desk.serving, InProcess()).read(films(1))
    assert "uncalibrated" not in calibrated.triage.flags
    before, after = plain.predictions[0], calibrated.predictions[0]
    assert max(after.probabilities) < max(before.probabilities)
    assert set(after.prediction_set) == set(CLASSES)


def test_who_serves_is_asked_for_once_a_second(desk: Desk) -> None:
    desk.serve("nova")
    for _ in range(50):
        desk.serving.load()
        desk.now += 0.01
    assert desk.asked == 1
    desk.now += 1.0
    desk.serving.load()
    assert desk.asked == 2
    desk.serving.refresh()
    desk.serving.load()
    assert desk.asked == 3


def test_a_database_that_does_not_answer_stops_nobody(desk: Desk) -> None:
    desk.serve("new")
    assert desk.served() == [("nova", "new")]
    desk.fault = "it is locked"
    desk.now += 5.0
    assert desk.served() == [("nova", "new")]
    assert "it is locked" in desk.serving.problems()["database"]
    desk.fault = ""
    desk.now += 1.0
    assert desk.serving.problems() == {}


@pytest.mark.parametrize("damage", ["weights.safetensors", "manifest.json", "folder"])
def test_a_damaged_champion_is_replaced_by_the_one_before_and_that_is_said(
    desk: Desk, damage: str
) -> None:
    desk.serve("new", "old", "nova", calibration=None)
    assert desk.served() == [("nova", "new")]
    folder = desk.folder / "versions" / "new"
    if damage == "folder":
        shutil.move(folder, desk.folder / "away")
    else:
        kept = (folder / damage).read_bytes()
        (folder / damage).write_bytes(kept[:-1] + b" ")
    assert desk.served() == [("nova", "old")]
    assert "old serves instead" in desk.serving.problems()["nova"]
    if damage == "folder":
        shutil.move(desk.folder / "away", folder)
    else:
        (folder / damage).write_bytes(kept)
    assert desk.served() == [("nova", "new")]
    assert desk.serving.problems() == {}


def test_a_version_exchanged_for_a_whole_other_one_is_not_served(desk: Desk) -> None:
    desk.serve("new", "nova")
    assert desk.served() == [("nova", "new")]
    shutil.rmtree(desk.folder / "versions" / "new")
    tiny_version(desk.folder / "versions", "new", CLASSES, "nova", seed=9)
    assert desk.served() == [("nova", "test")]
    assert "not what was promoted" in desk.serving.problems()["nova"]


def test_a_line_of_which_nothing_is_left_is_told_while_the_others_read(desk: Desk) -> None:
    desk.lines = [
        Line("lost", (Assignment("absent"),)),
        Line("nova", (desk.assigned("nova", None),)),
    ]
    assert desk.served() == [("nova", "test")]
    assert "absent" in desk.serving.problems()["lost"]
    with pytest.raises(ModelError, match="lost cannot be served"):
        desk.serving.load(["lost"])
    desk.lines = [desk.lines[0]]
    desk.now += 1.0
    with pytest.raises(ModelError, match="No version that serves"):
        desk.serving.load()


def test_a_name_is_a_line_or_a_version(desk: Desk) -> None:
    desk.serve("new", "nova", calibration=THRESHOLDS)
    (line,), (champion,), (other,) = (
        desk.serving.load([name]) for name in ("nova", "new", "old")
    )
    assert line.ref == champion.ref
    assert (line.ref.name, line.ref.version) == ("nova", "new")
    assert champion.manifest.calibration is not None
    assert (other.ref.name, other.ref.version) == ("old", "test")
    assert desk.serving.serves("new")
    assert not desk.serving.serves("old")
    assert desk.serving.words() == ["nova new"]
    with pytest.raises(DataError, match=r"no model 'absent'.*nova"):
        desk.serving.load(["absent"])


def test_while_one_reader_asks_the_others_go_on_with_the_last_answer(desk: Desk) -> None:
    desk.serve("nova")
    assert desk.served() == [("nova", "test")]
    asking, answered = threading.Event(), threading.Event()
    answer = desk.serving._ask

    def slowly() -> Sequence[Line] | None:
        asking.set()
        answered.wait(10.0)
        return answer()

    desk.serving._ask = slowly
    desk.serve("new")
    one = threading.Thread(target=desk.serving.lines)
    one.start()
    asking.wait(10.0)
    assert desk.served() == [("nova", "test")]
    answered.set()
    one.join()
    assert desk.served() == [("nova", "new")]
