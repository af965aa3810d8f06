"""`evaluate` as a person or a program calls it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cxr_core.cli import main
from cxr_core.datasets.manifest import load_manifest
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.seen import tokens, write_tokens
from tests.evaluation.reported import Outline, study_of
from tests.tiny import tiny_version
from tests.use_cases.judged import few_films, put

if TYPE_CHECKING:
    from pathlib import Path

CLASSES = ("normal", "pneumonia", "covid19")
HOSTILE = "<b>hostile</b>"
TOLD = {"title": HOSTILE, "command": "none", "training_minutes": 0.0, "code_version": "0"}
QUICK = ("--no-audit", "--no-sources-out")


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return few_films(tmp_path_factory.mktemp("films")).manifest


@pytest.fixture
def models(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """One tiny version, and a data folder of this test's own."""
    folder = tmp_path / "models"
    version = tiny_version(folder, "tiny", CLASSES, seed=3)
    path = version / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | TOLD))
    write_tokens(version, tokens("", "somebody else"))
    monkeypatch.setenv("CXR_MODELS_DIR", str(folder))
    monkeypatch.setenv("CXR_DATA_DIR", str(tmp_path / "data"))
    return folder


def evaluate(*arguments: object) -> int:
    return main(["evaluate", *map(str, arguments)])


def test_a_report_is_written_recorded_and_the_version_is_as_sound_as_before(
    models: Path, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "run" / "study.json", study_of(HOSTILE))
    out = tmp_path / "out"
    before = (models / "tiny" / "weights.safetensors").read_bytes()
    status = evaluate(
        "tiny", "--manifest", manifest, "--out", out, "--record", *QUICK,
        "--study", tmp_path / "run", "--prevalence", "covid19=0.05", "--sensitivity", "0.8",
    )  # fmt: skip
    told = capsys.readouterr()
    assert status == 0, told.err
    assert "Internal accuracy: 0." in told.out
    assert "External, source left out: not measured" in told.out
    assert told.out.rstrip().endswith(str(out / "report.html"))
    page = (out / "report.html").read_text("utf-8")
    outline = Outline(page)
    assert "b" not in outline.names()
    assert outline.text.count(HOSTILE) >= 3
    assert not [each for _, each in outline.elements if "src" in each]
    assert (models / "tiny" / "weights.safetensors").read_bytes() == before
    (served,) = Catalogue(models).load(["tiny"])
    calibration = served.manifest.calibration
    assert calibration is not None
    assert {point.wanted for point in calibration.points} == {0.8}
    numbers = json.loads((out / "report.json").read_text("utf-8"))
    assert numbers["evaluation"]["calibration"] == calibration.as_dict()
    at = {each["name"]: each["at_prevalence"] for each in numbers["evaluation"]["per_class"]}
    assert at["covid19"]["prevalence"] == 0.05
    assert at["normal"] is None
    assert HOSTILE in (models / "tiny" / "card.md").read_text("utf-8")


def test_json_prints_all_numbers_and_nothing_is_recorded_unasked(
    models: Path, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {each.name: each.read_bytes() for each in (models / "tiny").iterdir()}
    status = evaluate(
        "tiny", "--manifest", manifest, "--out", tmp_path / "out", "--json", *QUICK
    )
    told = capsys.readouterr()
    assert status == 0, told.err
    assert json.loads(told.out)["evaluation"]["split"] == "test"
    assert {each.name: each.read_bytes() for each in (models / "tiny").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--prevalence", "measles=0.1"), "'measles'; tiny has normal, pneumonia, covid19"),
        (("--study", "nowhere"), "nowhere holds no study.json"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_before_anything_is_loaded(
    models: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    words: str,
) -> None:
    (models / "tiny" / "weights.safetensors").write_bytes(b"never looked at")
    out = tmp_path / "out"
    status = evaluate("tiny", "--manifest", tmp_path, "--out", out, *arguments)
    assert status == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [("--prevalence", "0.1"), ("--prevalence", "covid19=2"), ("--sensitivity", "0"),
     ("--sources-films", "0"), ("--split", "everything")],
)  # fmt: skip
def test_values_that_make_no_sense_are_wrong_usage(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        evaluate("tiny", "--out", "out", *arguments)
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err


def test_a_split_of_which_every_patient_was_seen_is_refused(
    models: Path, manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: set[str] = set()
    for film in load_manifest(manifest).used():
        seen |= set(tokens(film.sha256, film.patient))
    write_tokens(models / "tiny", seen)
    status = evaluate("tiny", "--manifest", manifest, "--out", tmp_path / "out", *QUICK)
    assert status != 0
    assert "has not seen" in capsys.readouterr().err


def test_an_unknown_version_is_named(
    models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evaluate("absent", "--out", tmp_path / "out") == 2
    assert "'absent'" in capsys.readouterr().err
