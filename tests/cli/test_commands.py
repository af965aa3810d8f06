"""The command line as others call it: JSON on stdout, talk on stderr, exit statuses kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.synthetic import dicom_bytes, png_bytes, synthetic_chest
from tests.tiny import tiny_version

if TYPE_CHECKING:
    from collections.abc import Callable


KEYS = {"file", "sha256", "status", "error", "radiograph", "predictions", "triage"}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    tiny_version(folder, "one", ("normal", "pneumonia", "covid19"))
    tiny_version(folder, "two", ("normal", "pneumonia", "covid19"), seed=9)
    return folder


@pytest.fixture
def command(
    models: Path, repository: Path, tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    environment = {
        **os.environ,
        "CXR_MODELS_DIR": str(models),
        "CXR_DATA_DIR": str(tmp_path / "data"),
    }

    def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cxr_core", *arguments],
            cwd=repository,
            env={**environment, **changes},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_two_films_that_it_writes_are_read_and_said_to_be_drawn(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    written = command("samples", "--out", str(tmp_path / "new" / "folder"))
    assert written.returncode == 0
    paths = written.stdout.splitlines()
    assert [Path(path).suffix for path in paths] == [".dcm", ".png"]
    answer = command("predict", str(tmp_path / "new"))
    assert answer.returncode == 0
    rows = [json.loads(line) for line in answer.stdout.splitlines()]
    assert [row["file"] for row in rows] == paths
    assert all("synthetic_film" in row["triage"]["flags"] for row in rows)


def test_a_folder_that_cannot_be_made_is_one_line(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    answer = command("samples", "--out", str(tmp_path / "file"))
    assert answer.returncode == 1
    assert "Cannot write" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.fixture
def films(tmp_path: Path) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    chest = synthetic_chest(200, 180)
    (folder / "b.png").write_bytes(png_bytes(chest))
    (folder / "a-without-extension").write_bytes(dicom_bytes(chest))
    return folder


def test_predict_keeps_its_contract(command, films: Path, tmp_path: Path) -> None:
    heat = tmp_path / "heat"
    result = command("predict", str(films), "--heatmaps", str(heat))
    assert result.returncode == 0, result.stderr
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(row["file"]).name for row in rows] == ["a-without-extension", "b.png"]
    assert [row["radiograph"]["format"] for row in rows] == ["dicom", "png"]
    for row in rows:
        assert set(row) == KEYS
        assert row["status"] == "ok"
        assert row["error"] is None
        assert [each["model"] for each in row["predictions"]] == ["one", "two"]
        assert row["triage"]["priority"] in {"urgent", "soon", "routine", "unread"}
        assert "uncalibrated" in row["triage"]["flags"]
        for each in row["predictions"]:
            assert sum(each["probabilities"].values()) == pytest.approx(1.0, abs=1e-5)
            assert set(each["heatmaps"]) == set(each["probabilities"])
            assert all(Path(path).is_file() for path in each["heatmaps"].values())


def test_rejected_films_are_rows_and_the_status_is_3(command, films: Path) -> None:
    (films / "c.txt").write_text("hello")
    result = command("predict", str(films), str(films / "gone.png"), "--model", "one")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.returncode == 3
    assert [row["status"] for row in rows] == ["ok", "ok", "rejected", "rejected"]
    assert [row["error"]["code"] for row in rows[2:]] == ["unsupported_format", "not_found"]
    assert rows[3]["sha256"] is None
    assert rows[3]["triage"] is None
    assert rows[3]["predictions"] == []
    assert "Traceback" not in result.stderr


def test_an_unknown_model_is_usage_and_says_what_there_is(command, films: Path) -> None:
    result = command("predict", str(films), "--model", "absent")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "one" in result.stderr


def test_no_usable_model_is_our_fault(command, films: Path, tmp_path: Path) -> None:
    result = command("predict", str(films), CXR_MODELS_DIR=str(tmp_path / "none"))
    assert result.returncode == 1
    assert "No model" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments", [[], ["predict"], ["predict", "x", "--batch", "0"], ["unknown"]]
)
def test_wrong_usage_is_2(command, arguments: list[str]) -> None:
    assert command(*arguments).returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict"],
        ["train"],
        ["evaluate"],
        ["recipes", "list"],
        ["models", "verify"],
        ["doctor"],
    ],
)
def test_every_command_has_help_with_an_example(command, arguments: list[str]) -> None:
    result = command(*arguments, "--help")
    assert result.returncode == 0
    assert "example: python -m cxr_core" in result.stdout


def test_models_are_listed_shown_and_verified(command, models: Path, tmp_path: Path) -> None:
    listed = json.loads(command("models", "list", "--json").stdout)
    assert [row["name"] for row in listed] == ["one", "two"]
    shown = json.loads(command("models", "show", "one").stdout)
    assert shown["classes"] == ["normal", "pneumonia", "covid19"]
    verified = command("models", "verify", "--json")
    assert verified.returncode == 0
    assert {row["state"] for row in json.loads(verified.stdout)} == {"ok"}


def test_verify_fails_on_a_damaged_version(command, models: Path, tmp_path: Path) -> None:
    import shutil

    damaged = shutil.copytree(models, tmp_path / "damaged")
    (damaged / "two" / "weights.safetensors").write_bytes(b"")
    result = command("models", "verify", CXR_MODELS_DIR=str(damaged))
    assert result.returncode == 1
    assert "damaged" in result.stdout


def test_doctor_names_the_system_libraries_and_passes_here(command) -> None:
    result = command("doctor")
    assert result.returncode == 0, result.stdout
    assert "libgl1" in result.stdout
    assert "libglib2.0-0" in result.stdout


def test_doctor_fails_without_models(command, tmp_path: Path) -> None:
    result = command("doctor", "--json", CXR_MODELS_DIR=str(tmp_path / "none"))
    assert result.returncode == 1
    states = {row["check"]: row["state"] for row in json.loads(result.stdout)}
    assert states["models"] == "FAILS"


def test_a_setting_that_is_no_number_is_named(command) -> None:
    result = command("models", "list", CXR_MAX_FILE_MB="many")
    assert result.returncode == 2
    assert "CXR_MAX_FILE_MB" in result.stderr


@pytest.mark.real_films
def test_real_films_answer_as_the_contract_says(command, shared_films: Path) -> None:
    result = command("predict", str(shared_films / "originals"), str(shared_films / "dicom"))
    rows = {Path(row["file"]).name: row for row in map(json.loads, result.stdout.splitlines())}
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert rows["extremity-cr-jpeg2000.dcm"]["status"] == "rejected"
    assert rows["chest-cr-440.dcm"]["status"] == "ok"
    for name in ("hannover-covid-0.png", "kermany-normal-0.jpeg", "cxnet-covid-0.webp"):
        assert rows[name]["status"] == "ok", rows[name]["error"]
