"""Bytes in, reading out: in order, one bad film never stopping the others."""

from __future__ import annotations

import io
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from cxr_core.domain import FilmFile, Priority
from cxr_core.errors import AccessError, FileTooLarge, ModelError
from cxr_core.evaluation.cases import softmax
from cxr_core.imaging import preparing
from cxr_core.imaging.archive import read_member
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases import intake
from cxr_core.use_cases.intake import films_of_bytes, films_of_paths
from cxr_core.use_cases.reading import ReadingService
from tests.synthetic import dicom_bytes, png_bytes, synthetic_chest
from tests.tiny import tiny_version

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.domain import Radiograph
    from cxr_core.imaging.archive import ArchiveLimits


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ReadingService:
    models = tmp_path_factory.mktemp("models")
    tiny_version(models, "one", ("normal", "pneumonia", "covid19"), seed=1)
    tiny_version(models, "two", ("calm", "storm"), "resnet50", seed=2)
    return ReadingService(Catalogue(models), InProcess())


@pytest.fixture(scope="module")
def chest() -> np.ndarray:
    return synthetic_chest(300, 260, seed=4)


def files(*contents: bytes) -> list[FilmFile]:
    return [FilmFile(f"film-{n}", lambda data=data: data) for n, data in enumerate(contents)]


def zip_bytes(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_films_come_back_in_order_and_a_bad_one_says_why(service, chest) -> None:
    good, bad = png_bytes(chest), b"not a film"
    readings = list(service.read(files(good, bad, good, b"", good), batch=2))
    assert [reading.name for reading in readings] == [f"film-{n}" for n in range(5)]
    codes = [reading.refusal.code if reading.refusal else None for reading in readings]
    assert codes == [None, "unsupported_format", None, "empty_file", None]
    assert all(len(reading.predictions) == 2 for reading in readings if not reading.refusal)


def test_each_model_answers_with_its_own_classes(service, chest) -> None:
    (reading,) = service.read(files(png_bytes(chest)))
    first, second = reading.predictions
    assert first.classes == ("normal", "pneumonia", "covid19")
    assert second.classes == ("calm", "storm")
    for prediction in reading.predictions:
        assert sum(prediction.probabilities) == pytest.approx(1.0, abs=1e-5)
        assert prediction.heatmaps.shape[0] == len(prediction.classes)
        assert prediction.label == prediction.prediction_set[0]


def test_the_same_film_reads_the_same_in_every_encoding(service, chest) -> None:
    variants = [
        png_bytes(chest, bits=16),
        png_bytes(chest, bits=8),
        dicom_bytes(chest),
        dicom_bytes(chest, is_inverted=True),
    ]
    readings = list(service.read(files(*variants)))
    for model in range(2):
        rows = [reading.predictions[model].probabilities for reading in readings]
        np.testing.assert_allclose(rows, np.broadcast_to(rows[0], np.shape(rows)), atol=1e-3)


def test_one_film_alone_and_in_a_batch_read_the_same(service, chest) -> None:
    data = png_bytes(chest)
    (alone,) = service.read(files(data))
    batch = list(service.read(files(data, data, data), batch=3))
    for reading in batch:
        assert reading.predictions[0].probabilities == pytest.approx(
            alone.predictions[0].probabilities, abs=1e-5
        )


def test_a_childs_film_is_flagged_unless_the_version_knows_children(service, chest) -> None:
    import pydicom

    dataset = pydicom.dcmread(io.BytesIO(dicom_bytes(chest)))
    dataset.PatientAge = "004Y"
    stream = io.BytesIO()
    dataset.save_as(stream)
    (reading,) = service.read(files(stream.getvalue()))
    assert "child_film" in reading.triage.flags


def test_reading_order_puts_refused_films_last(service, chest) -> None:
    readings = list(service.read(files(b"x", png_bytes(chest))))
    assert [bool(each.refusal) for each in sorted(readings, key=lambda r: r.sort_key)] == [
        False,
        True,
    ]


def test_zip_members_are_named_and_a_refused_archive_is_one_film(service, chest) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("b/film.png", png_bytes(chest))
        archive.writestr("a.txt", "hello")
    found = list(films_of_bytes("scan.zip", stream.getvalue()))
    assert [file.name for file in found] == ["scan.zip!a.txt", "scan.zip!b/film.png"]
    readings = list(service.read(found))
    assert [bool(reading.refusal) for reading in readings] == [True, False]
    (refused,) = service.read(films_of_bytes("bad.zip", stream.getvalue()[:60]))
    assert refused.name == "bad.zip"
    assert refused.refusal.code == "unsafe_archive"


def test_folders_are_listed_by_path_without_hidden_files(tmp_path: Path) -> None:
    for name in ("b.png", "a/z.png", ".hidden.png", ".cache/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1234")
    names = [file.name for file in films_of_paths([str(tmp_path)], 100)]
    assert names == [str(tmp_path / "a/z.png"), str(tmp_path / "b.png")]


def test_a_missing_path_and_a_huge_file_are_rows_of_their_own(service, tmp_path: Path) -> None:
    huge = tmp_path / "huge.png"
    huge.write_bytes(b"\0" * 2000)
    found = films_of_paths([str(tmp_path / "gone.png"), str(huge)], max_bytes=1000)
    assert [r.refusal.code for r in service.read(found)] == ["not_found", "file_too_large"]


def test_what_is_no_regular_file_is_a_row_and_is_never_opened(service, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    found = films_of_paths([str(tmp_path), "/dev/zero"], max_bytes=1000)
    refusals = [reading.refusal for reading in service.read(found)]
    assert [refusal.code for refusal in refusals] == ["not_found", "not_found"]
    assert all("not a regular file" in refusal.message for refusal in refusals)


def test_a_file_that_grows_is_read_up_to_the_limit_only(tmp_path: Path) -> None:
    path = tmp_path / "film.png"
    path.write_bytes(b"1234")
    (film,) = films_of_paths([str(path)], max_bytes=10)
    path.write_bytes(b"1" * 11)
    with pytest.raises(FileTooLarge):
        film.load()


def test_an_archive_without_films_is_a_row_of_its_own(service) -> None:
    for members in ({}, {".hidden": b"x", "__MACOSX/a.png": b"x"}):
        (reading,) = service.read(films_of_bytes("empty.zip", zip_bytes(members)))
        assert (reading.name, reading.refusal.code) == ("empty.zip", "unsupported_format")
        assert "holds no films" in reading.refusal.message


def test_a_large_member_is_refused_by_itself(service, chest, tmp_path: Path) -> None:
    film = png_bytes(chest)
    data = zip_bytes({"a.png": film, "b.png": film + bytes(9000)})
    (tmp_path / "scan.zip").write_bytes(data)
    limit = len(film) + 1000
    for found in (
        films_of_bytes("scan.zip", data, max_bytes=limit),
        films_of_paths([str(tmp_path)], limit),
    ):
        good, large = service.read(found)
        assert good.refusal is None
        assert large.refusal.code == "file_too_large"


def test_films_of_a_zip_are_unpacked_when_they_are_loaded(monkeypatch) -> None:
    unpacked = []

    def spy(data: bytes, member: zipfile.ZipInfo, limits: ArchiveLimits) -> bytes:
        unpacked.append(member.filename)
        return read_member(data, member, limits)

    monkeypatch.setattr(intake, "read_member", spy)
    first, second = films_of_bytes("scan.zip", zip_bytes({"a": b"1", "b": b"2"}))
    assert unpacked == []
    assert (second.load(), first.load(), unpacked) == (b"2", b"1", ["b", "a"])


@pytest.mark.parametrize("step", ["small_view", "prepare"])
@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (MemoryError(), "decoder_failed"),
        (RecursionError(), "decoder_failed"),
        (cv2.error("Insufficient memory"), "decoder_failed"),
        (ValueError(), "corrupt_image"),
    ],
    ids=repr,
)
def test_a_film_that_fails_late_never_stops_the_others(
    service, chest, monkeypatch, step, failure, code
) -> None:
    done = getattr(preparing, step)

    def fail(film: Radiograph, *rest: object) -> object:
        if film.provenance.rows == 300:
            raise failure
        return done(film, *rest)

    monkeypatch.setattr(preparing, step, fail)
    first, second = service.read(files(png_bytes(chest), png_bytes(chest[:200])))
    assert first.refusal.code == code
    assert first.provenance.rows == 300
    assert len(second.predictions) == 2


def test_a_model_named_twice_runs_once(service, chest) -> None:
    (read,) = service.read(files(png_bytes(chest)), ["two", "one", "two"])
    assert [prediction.model.name for prediction in read.predictions] == ["two", "one"]


def calibrated(folder: Path, **conformal: Any) -> None:
    """Let a version say that it was calibrated."""
    path = folder / "manifest.json"
    table = json.loads(path.read_text())
    table["calibration"] = {
        "temperature": 4.0,
        "conformal": {"level": 0.9, "threshold": 0.6} | conformal,
        "operating_points": {},
        "films": 90,
        "patients": 80,
        "manifest": "abc",
    }
    path.write_text(json.dumps(table))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> ReadingService:
    """Three versions with the same weights: uncalibrated, strict and lenient."""
    models = tmp_path_factory.mktemp("calibrated")
    classes = ("normal", "pneumonia", "covid19")
    tiny_version(models, "plain", classes, seed=1)
    calibrated(tiny_version(models, "strict", classes, seed=1), threshold=0.0)
    own = {"normal": 1.0, "pneumonia": 1.0, "covid19": 1.0}
    calibrated(tiny_version(models, "wide", classes, seed=1), by_class=own)
    return ReadingService(Catalogue(models), InProcess())


def test_a_calibrated_version_speaks_at_its_temperature(known, chest) -> None:
    (reading,) = known.read(files(png_bytes(chest)), ["plain", "strict"])
    plain, strict = reading.predictions
    assert plain.logits == strict.logits
    for prediction, temperature in ((plain, 1.0), (strict, 4.0)):
        (expected,) = softmax(np.array([prediction.logits]), temperature)
        assert prediction.probabilities == pytest.approx(tuple(expected))
    assert max(strict.probabilities) < max(plain.probabilities)


def test_the_prediction_set_is_that_of_the_calibration_and_never_empty(known, chest) -> None:
    (reading,) = known.read(files(png_bytes(chest)), ["strict", "wide"])
    strict, wide = reading.predictions
    assert strict.prediction_set == (strict.label,)
    assert sorted(wide.prediction_set) == sorted(wide.classes)
    assert wide.prediction_set[0] == wide.label


def test_only_a_version_without_calibration_is_flagged(known, chest) -> None:
    data = png_bytes(chest)
    flagged = {
        names: "uncalibrated" in next(known.read(files(data), list(names))).triage.flags
        for names in (("strict",), ("strict", "wide"), ("plain",), ("strict", "plain"))
    }
    assert list(flagged.values()) == [False, False, True, True]


def test_a_film_is_unread_when_the_prediction_set_is_too_wide(known, chest) -> None:
    data = png_bytes(chest)
    (wide,) = known.read(files(data), ["wide"])
    assert wide.triage.priority is Priority.UNREAD
    assert "rule nothing out" in wide.triage.reason
    (strict,) = known.read(files(data), ["strict"])
    assert strict.triage.priority is not Priority.UNREAD


def test_a_calibration_that_cannot_be_true_stops_its_version_only(tmp_path: Path) -> None:
    folder = tiny_version(tmp_path, "bad", ("calm", "storm"))
    calibrated(folder, threshold=7)
    (entry,) = Catalogue(tmp_path).entries()
    assert entry.manifest is None
    assert "bad/manifest.json: calibration threshold is 7; expected a number" in entry.problem
    with pytest.raises(ModelError, match="calibration threshold"):
        Catalogue(tmp_path).load(["bad"])


def test_nobody_reads_or_looks_at_a_film_without_being_signed_in(tmp_path: Path) -> None:
    reading = ReadingService(Catalogue(tmp_path), InProcess())
    with pytest.raises(AccessError):
        reading.read_for(None, [])
    with pytest.raises(AccessError):
        reading.look_for(None, b"")
