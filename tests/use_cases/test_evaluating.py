"""A version is judged on films as they are read, and calibrated on others."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets.splits import Split
from cxr_core.domain import FilmFile
from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.calibration import parse_calibration
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.preparing import InProcess
from cxr_core.registry.catalogue import Catalogue, LoadedModel
from cxr_core.registry.manifest import read_manifest
from cxr_core.use_cases.evaluating import Judge, Judgement, judge_films
from cxr_core.use_cases.reading import read_films
from cxr_core.use_cases.retraining import record_judgement
from cxr_core.use_cases.seen import tokens
from tests.tiny import tiny_version
from tests.use_cases.labelled import CLASSES, collected, hospitals, labelled

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.datasets.collection import LabelledFilm

QUICK = Options(resamples=40)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    models = tmp_path_factory.mktemp("models")
    tiny_version(models, "tiny", CLASSES, seed=3)
    (loaded,) = Catalogue(models).load()
    return loaded


def judge(model: LoadedModel, seen: frozenset[str] | None = None) -> Judge:
    return Judge(model, seen, Limits(), lambda *_: None, QUICK)


@pytest.fixture(scope="module")
def judgement(model: LoadedModel) -> Judgement:
    return judge(model).judge_collection(*hospitals(), Split.TEST)


def test_films_are_judged_by_what_a_reading_says_of_them(model: LoadedModel) -> None:
    films = [labelled("normal", "hill", 1), labelled("covid19", "lake", 2, sex="F", view="PA")]
    judged = judge_films(model, films, Limits(), lambda *_: None)
    files = [FilmFile(film.name, film.load) for film in films]
    readings = list(read_films(files, [model], InProcess()))
    for place, reading in enumerate(readings):
        told = reading.predictions[0]
        np.testing.assert_allclose(judged.cases.logits[place], told.logits, atol=1e-4)
    assert judged.names == ("hill-normal-1.png", "lake-covid19-2.png")
    assert judged.cases.truth.tolist() == [0, 2]
    assert judged.cases.sources == ("hill", "lake")
    assert (judged.cases.sexes, judged.cases.views) == (("", "F"), ("", "PA"))
    assert judged.cases.ages == (None, None)


def test_features_are_those_that_enter_the_head(model: LoadedModel) -> None:
    judged = judge_films(model, [labelled("normal", "hill", 1)], Limits(), lambda *_: None)
    assert judged.features.shape == (1, 512)
    assert judged.features.dtype == np.float32
    assert judged.features.std() > 0


def broken(film: LabelledFilm) -> LabelledFilm:
    return replace(film, load=lambda: b"no film")


def test_a_film_that_is_refused_is_counted_and_shifts_nothing(model: LoadedModel) -> None:
    first, second, third = (labelled(name, "hill", 5) for name in CLASSES)
    judged = judge_films(model, [first, broken(second), third], Limits(), lambda *_: None)
    assert (judged.refused, judged.places) == (1, (0, 2))
    assert judged.cases.truth.tolist() == [0, 2]
    (alone,) = judge_films(model, [third], Limits(), lambda *_: None).cases.logits
    np.testing.assert_allclose(judged.cases.logits[1], alone, atol=1e-4)
    with pytest.raises(DataError, match="None of the films could be read"):
        judge_films(model, [broken(first)], Limits(), lambda *_: None)


def test_a_judgement_is_calibrated_on_validation_films_only(judgement: Judgement) -> None:
    evaluation = judgement.evaluation
    assert evaluation.films == judgement.test.cases.logits.shape[0] == 36
    assert judgement.validation.names == tuple(
        f"{source}-{label}-{number}.png"
        for source in ("hill", "lake")
        for label in CLASSES
        for number in range(12, 16)
    )
    assert evaluation.calibration.films == 24
    assert evaluation.calibration.manifest == judgement.manifest
    record = json.loads(json.dumps(judgement.as_dict(), allow_nan=False))
    assert parse_calibration(record["calibration"], CLASSES) == evaluation.calibration


def test_the_headline_says_what_the_evaluation_says(judgement: Judgement) -> None:
    told, evaluation = judgement.headline(), judgement.evaluation
    assert told["accuracy"] == round(evaluation.accuracy.value, 4)
    assert told["accuracy_95"] == [
        round(evaluation.accuracy.low, 4),
        round(evaluation.accuracy.high, 4),
    ]
    assert told["auc"]["covid19"] == round(evaluation.per_class[2].auc.value, 4)
    assert set(told["accuracy_by_source"]) == {"hill", "lake"}
    assert (told["films"], told["patients"], told["refused"]) == (36, 36, 0)


def test_nothing_is_calibrated_on_the_films_that_are_judged(model: LoadedModel) -> None:
    found = judge(model).judge_collection(*hospitals(per_class=2), Split.VALIDATION)
    assert found.evaluation.films == 24
    assert found.validation is None
    assert found.evaluation.calibration is None
    assert found.headline()["expected_calibration_error"] is not None


def test_a_patient_who_is_judged_does_not_calibrate(model: LoadedModel) -> None:
    films = [(labelled("normal", "hill", number), Split.TEST) for number in range(3)]
    films += [
        (labelled("normal", "hill", number, group=f"hill/normal{number % 6}"), Split.VALIDATION)
        for number in range(10, 16)
    ]
    found = judge(model).judge_collection(*collected(films), Split.TEST)
    groups = set(found.validation.cases.groups)
    assert groups == {"hill/normal3", "hill/normal4", "hill/normal5"}
    assert "There are 3 validation films" in found.evaluation.remarks[0]


def test_patients_whom_the_version_has_seen_are_left_out_and_counted(
    model: LoadedModel,
) -> None:
    manifest, collection = hospitals(per_class=3)
    seen = frozenset(tokens("", "hill/normal4"))
    found = judge(model, seen).judge_collection(manifest, collection, Split.TEST)
    assert found.left_out_as_seen == 1
    assert "hill/normal4" not in found.test.cases.groups
    assert found.evaluation.films == 17


def test_a_judgement_that_is_recorded_is_what_the_version_is_served_by(
    judgement: Judgement, tmp_path: Path
) -> None:
    folder = tiny_version(tmp_path, "tiny", CLASSES, seed=3)
    path = folder / "manifest.json"
    told = {"title": "Tiny", "command": "none", "training_minutes": 0.0, "code_version": "0"}
    path.write_text(json.dumps(json.loads(path.read_text()) | told))
    record_judgement(folder, judgement)
    (model,) = Catalogue(tmp_path).load()
    assert model.manifest.calibration == judgement.evaluation.calibration
    film = labelled("normal", "hill", 1)
    (reading,) = read_films([FilmFile(film.name, film.load)], [model], InProcess())
    assert "uncalibrated" not in reading.triage.flags
    assert "calibrated on 24 validation films" in (folder / "card.md").read_text()
    # Judged again without validation films, it keeps what it has.
    bare = replace(judgement, evaluation=replace(judgement.evaluation, calibration=None))
    record_judgement(folder, bare)
    assert read_manifest(folder).calibration == model.manifest.calibration
