"""What a training says of itself: its card, its headline, and what it refuses to begin."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cxr_core.cli import command_parser
from cxr_core.cli import train as train_command
from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.evaluation.assessment import assess
from cxr_core.evaluation.bootstrap import Options
from cxr_core.evaluation.cases import Cases
from cxr_core.imaging.decode import Limits
from cxr_core.recipes.recipe import load_recipe
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases import retraining
from cxr_core.use_cases.card import write_card
from cxr_core.use_cases.collecting import Films
from cxr_core.use_cases.evaluating import Judge, Judgement
from cxr_core.use_cases.retraining import Order, train_version
from cxr_core.use_cases.seen import tokens
from tests.datasets.releases import curated, write_releases
from tests.tiny import tiny_version

COMMAND = "python -m cxr_core train vgg16 --manifest films --out small"
KERMANY = {"kermany": "1 to 5 years"}
ADULTS = {"train": {"normal": {"cohen": 9}, "covid19": {"cohen": 4}}}
MIXED = {
    "train": {
        "normal": {"kermany": 9, "nih": 2},
        "pneumonia": {"kermany": 8, "cohen": 3},
        "covid19": {"cohen": 4, "covid-cxnet": 7},
    },
    "test": {"covid19": {"hannover": 2}},
}


def order(folder: Path, **changes: Any) -> Order:
    recipe = replace(load_recipe("vgg16"), **changes)
    store = FilmStore(folder.parent / "cache", Limits())
    films = Films(folder.parent / "absent", None, store)
    return Order(recipe, films, folder, "2026-01-02", COMMAND)


@pytest.mark.parametrize("name", ["my model", ".hidden", "x" * 65, "größe"])
def test_a_folder_whose_name_no_version_may_have_is_refused_before_reading(
    tmp_path: Path, name: str
) -> None:
    said: list[object] = []
    with pytest.raises(DataError, match="--out"):
        train_version(order(tmp_path / name), Limits(), said.append)
    assert said == []


def test_the_working_folder_lends_its_own_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small").mkdir()
    monkeypatch.chdir(tmp_path / "small")
    said: list[object] = []
    with pytest.raises(DataError, match="not a manifest"):
        train_version(order(Path()), Limits(), said.append)
    assert said
    words = "train /home/me/mine.toml --manifest /data/films --out . --scale 0.5"
    command = train_command._command(command_parser().parse_args(words.split()))
    assert command.endswith("train mine.toml --manifest films --out small --scale 0.5")


def test_the_command_of_a_version_has_every_choice_and_no_path(tmp_path: Path) -> None:
    typed = (
        "train basu2020 --manifest /data/films --out /home/me/small --run vgg16 --run resnet50 "
        "--scheme fold:1/5 --scale 0.5 --start /home/me/earlier --stage-a /home/me/mine.toml "
        "--start-scale 0.1"
    )
    command = train_command._command(command_parser().parse_args(typed.split()))
    expected = typed.replace("/data/", "").replace("/home/me/", "")
    assert command == f"python -m cxr_core {expected}"


def test_an_unknown_network_is_refused_before_reading(tmp_path: Path) -> None:
    said: list[object] = []
    with pytest.raises(DataError, match="vgg16"):
        train_version(order(tmp_path / "small", network="lenet"), Limits(), said.append)
    assert said == []


def test_a_manifest_without_the_recipes_classes_is_refused_before_training(
    tmp_path: Path,
) -> None:
    films = curated(write_releases(tmp_path / "data", patients=6), tmp_path / "manifest")
    asked = order(tmp_path / "small", classes=("fungal", "other_disease"))
    with pytest.raises(DataError, match="No film of the manifest is fungal"):
        train_version(replace(asked, films=films), Limits(), lambda event: None)
    assert [path.name for path in (tmp_path / "small").iterdir()] == ["events.jsonl"]


def test_children_count_only_when_every_class_was_learnt_from_them() -> None:
    classes = ("normal", "pneumonia", "covid19")
    some = retraining._children(classes, MIXED["train"], KERMANY)
    assert some == {
        "trained_on_children": False,
        "children": "1 to 5 years, normal and pneumonia only",
    }
    assert retraining._children(classes[:2], MIXED["train"], KERMANY) == {
        "trained_on_children": True,
        "children": "1 to 5 years, every class",
    }
    none = retraining._children(classes, ADULTS["train"], KERMANY)
    assert none == {"trained_on_children": False, "children": "none"}


def card(tmp_path: Path, data: dict[str, Any], left_out: int = 0, **more: Any) -> str:
    cases = Cases(
        classes=("normal", "covid19"),
        logits=np.array([[2.0, 0.0], [0.0, 2.0], [1.0, 0.0]]),
        truth=np.array([0, 1, 1]),
        groups=("one", "two", "two"),
        sources=("a", "a", "a"),
    )
    judged = replace(assess(cases, options=Options(resamples=20)), refused=2)
    table = {
        "name": "small",
        "version": "2026-01-02",
        "title": "A small one",
        "data": data,
        "children_sources": KERMANY,
        "metrics": Judgement(judged, {}, "abc", "patients", Split.TEST, left_out).headline(),
        "command": COMMAND,
        "training_minutes": 3.0,
        "code_version": "0",
        **more,
    }
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(table))
    return " ".join(write_card(path).split())


def test_a_card_says_of_a_source_only_what_its_data_hold(tmp_path: Path) -> None:
    mixed = card(tmp_path, MIXED)
    assert "films of children (1 to 5 years) of kermany are normal and pneumonia only" in mixed
    assert "COVID-19 only: covid-cxnet, hannover." in mixed
    assert "no patient id" in mixed
    assert "NIH" in mixed
    adults = card(tmp_path, ADULTS)
    assert "Films of children in training: not known." in adults
    for word in ("films of children (", "COVID-19 only", "patient id", "NIH", "hospital"):
        assert word not in adults
    assert "not calibrated" in adults


def test_a_card_does_not_flatter(tmp_path: Path) -> None:
    text = card(tmp_path, MIXED)
    assert "not counted: 2." in text
    assert "draws the 2 patients again, each with all films" in text
    assert "no film of a patient with a film in training or validation" in text
    assert "No patient" not in text


def test_a_card_says_whether_its_version_is_calibrated(tmp_path: Path) -> None:
    fitted = {"temperature": 1.5, "films": 90, "conformal": {"level": 0.9}}
    text = card(tmp_path, ADULTS, calibration=fitted)
    assert "not calibrated" not in text
    assert "calibrated on 90 validation films, at temperature 1.50" in text
    assert "90% of films like these" in text


def test_a_card_of_a_version_judged_by_film_says_so(tmp_path: Path, repository: Path) -> None:
    table = json.loads((repository / "models" / "vgg16" / "manifest.json").read_text())
    table["metrics"].pop("patients", None)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(table))
    text = " ".join(write_card(path).split())
    assert "treats films as independent, although some patients have several" in text


def test_a_card_says_what_was_left_out_as_seen(tmp_path: Path) -> None:
    assert "Left out" not in card(tmp_path, MIXED)
    assert "films too: 7." in card(tmp_path, MIXED, left_out=7)


def test_a_version_is_not_judged_on_patients_whom_it_has_seen(tmp_path: Path) -> None:
    films = curated(write_releases(tmp_path / "data"), tmp_path / "manifest")
    tiny_version(tmp_path / "models", "tiny", ("normal", "pneumonia", "covid19"))
    (model,) = Catalogue(tmp_path / "models").load()
    plain = Judge(model, None, Limits(), lambda *_: None).judge(films, Split.TEST)
    assert plain.left_out_as_seen is None
    table = load_manifest(films.manifest)
    test = [film for film in table.used() if film.split is Split.TEST]
    several = next(
        film.patient
        for film in test
        if sum(other.patient == film.patient for other in test) > 1
    )
    seen = frozenset(tokens("", several))
    strict = Judge(model, seen, Limits(), lambda *_: None).judge(films, Split.TEST)
    assert strict.left_out_as_seen == sum(film.patient == several for film in test)
    assert strict.evaluation.films == plain.evaluation.films - strict.left_out_as_seen
    everything = frozenset().union(*(tokens(film.sha256, film.patient) for film in test))
    with pytest.raises(DataError, match="no film of a patient whom tiny has not seen"):
        Judge(model, everything, Limits(), lambda *_: None).judge(films, Split.TEST)
