"""`models`: who serves, promotion and its way back, bundles; here and on a fresh machine."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cxr_core.cli import main
from cxr_core.cli.train import first_weights
from cxr_core.services import build_services
from cxr_core.settings import Settings
from cxr_core.use_cases.access import TERMINAL
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.answered import CLASSES, Scene, finished_run, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

REASON = "The films of our ward are portable ones."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    finished_run(folder / "models", "nova", 1, audit_score=0.45)
    finished_run(folder / "runs", "mine", 2)
    return folder


@pytest.fixture
def machine(made: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh machine with one bundled version, and a run beside it."""
    shutil.copytree(made, data_dir, dirs_exist_ok=True)
    monkeypatch.setenv("CXR_MODELS_DIR", str(data_dir / "models"))
    return data_dir


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command: its status, what it printed, what it said."""

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


@pytest.fixture
def ward(machine: Path) -> Path:
    """The run is a candidate, and both versions were asked about the films."""
    services = build_services(Settings.from_environment())
    films = write_manifest(machine / "manifest")
    desk = services.registry()
    desk.versions.register(TERMINAL, machine / "runs" / "mine")
    stage = Scene(machine, services.catalogue, services.serving, services.answers, desk, films)
    stage.answer("nova", dict.fromkeys(CLASSES, range(40)))
    stage.answer("mine", dict.fromkeys(CLASSES, range(8)))
    return machine


def test_a_fresh_machine_reads_and_lists_without_making_a_database(
    machine: Path, tell: Callable[..., tuple[int, str, str]]
) -> None:
    film = machine / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(90, 80)))
    status, out, _ = tell("predict", str(film))
    assert status == 0
    assert [each["model"] for each in json.loads(out)["predictions"]] == ["nova"]
    _, out, _ = tell("models", "list", "--json")
    [row] = json.loads(out)
    assert (row["name"], row["line"], row["state"]) == ("nova", "nova", "champion")
    assert not (machine / "cxr.db").exists()


def test_a_candidate_is_promoted_read_with_and_taken_back(
    ward: Path, tell: Callable[..., tuple[int, str, str]]
) -> None:
    film = ward / "film.png"
    film.write_bytes(png_bytes(synthetic_chest(90, 80)))

    def spoke(*options: str) -> tuple[str, str]:
        _, out, _ = tell("predict", str(film), *options)
        [each] = json.loads(out)["predictions"]
        return each["model"], each["version"]

    status, out, _ = tell("models", "promote", "mine")
    assert status == 0
    assert "mine serves now." in out
    assert "Sensitivity for covid19" in out
    assert spoke() == ("nova", "mine")
    assert spoke("--model", "nova") == spoke("--model", "mine") == ("nova", "mine")
    _, out, _ = tell("models", "list", "--json")
    rows = {each["name"]: (each["state"], each["origin"]) for each in json.loads(out)}
    assert rows == {"nova": ("retired", "bundled"), "mine": ("champion", "trained")}
    status, out, _ = tell("models", "rollback", "nova")
    assert (status, out) == (0, "nova serves as nova again.\n")
    assert spoke() == ("nova", "test")
    status, _, err = tell("models", "rollback", "nova")
    assert status == 2
    assert "first champion of nova" in err


def test_what_the_gate_stops_is_shown_and_takes_a_reason(
    ward: Path, tell: Callable[..., tuple[int, str, str]]
) -> None:
    (ward / "versions" / "mine" / "audit.json").unlink()
    status, out, err = tell("models", "promote", "mine")
    assert status == 2
    assert "FAILS" in out
    assert "mine does not pass the gate: Shortcut audit" in err
    status, out, _ = tell("models", "promote", "mine", "--override", REASON, "--json")
    assert status == 0
    assert {each["state"] for each in json.loads(out)} == {"passes", "FAILS"}
    _, out, _ = tell("models", "retire", "nova")


def test_a_bundle_is_exported_and_imported_on_another_machine(
    ward: Path,
    made: Path,
    tell: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = ward / "mine.zip"
    status, out, _ = tell("models", "export", "mine", "--out", str(bundle))
    assert status == 0
    assert "4 files, digest" in out
    monkeypatch.setenv("CXR_DATA_DIR", str(ward / "elsewhere"))
    status, out, _ = tell("models", "import", str(bundle), "--line", "ward")
    assert status == 0
    assert "mine is a candidate" in out
    _, out, _ = tell("models", "verify", "--json")
    assert {each["state"] for each in json.loads(out)} == {"ok"}
    status, _, err = tell("models", "import", str(bundle))
    assert status == 2
    assert "already" in err
    bundle.write_bytes(bundle.read_bytes()[:-500])
    status, _, err = tell("models", "import", str(bundle))
    assert status == 1
    assert err.startswith("bad_model")
    status, _, err = tell("models", "import", str(ward / "absent.zip"))
    assert status == 1
    assert "No such file" in err


def test_a_version_is_retired(ward: Path, tell: Callable[..., tuple[int, str, str]]) -> None:
    assert tell("models", "retire", "mine")[0] == 0
    status, _, err = tell("models", "retire", "nova")
    assert status == 2
    assert "only version that reads films" in err
    assert io.StringIO(err).readline().startswith("bad_data")


def test_a_training_starts_from_a_version_by_its_name(ward: Path) -> None:
    settings = Settings.from_environment()
    assert first_weights(Path("mine"), settings) == ward / "versions" / "mine"
    assert first_weights(Path("nova"), settings) == ward / "models" / "nova"
    assert first_weights(ward / "runs" / "mine", settings) == ward / "runs" / "mine"
    assert first_weights(Path("absent"), settings) == Path("absent")
