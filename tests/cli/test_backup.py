"""`backup`, `restore` and `purge` as somebody at a terminal uses them."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from cxr_core.cli import main
from cxr_core.store.audit_log import AuditLog
from cxr_core.store.database import open_database
from tests.use_cases.stored import add_job, add_version, write_version

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settled(data_dir: Path) -> Path:
    """A data folder with a version that may go, a job's folder, and somebody's own run."""
    with closing(open_database(f"sqlite:///{data_dir / 'cxr.db'}")) as database:
        add_version(database, "old", "retired", 90)
        add_job(database, "was", "done", 10)
        AuditLog(database).append("ada", "Add user", "bo")
    write_version(data_dir / "versions", "old")
    (data_dir / "jobs" / "was").mkdir(parents=True)
    (data_dir / "jobs" / "was" / "log").write_bytes(b"x" * 100)
    (data_dir / "runs" / "mine").mkdir(parents=True)
    (data_dir / "runs" / "mine" / "history.json").write_bytes(b"[]")
    return data_dir


def told(text: str) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for row in json.loads(text):
        found.setdefault(row["what"], []).append(row["value"])
    return found


def test_a_backup_is_restored_into_an_empty_folder(
    settled: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "out").mkdir()
    assert main(["backup", str(tmp_path / "out"), "--json"]) == 0
    said = capsys.readouterr()
    (file,) = (tmp_path / "out").iterdir()
    assert told(said.out)["file"] == [str(file)]
    assert any("cache" in str(each) for each in told(said.out)["left out"])
    assert "hashes of passwords" in said.err

    monkeypatch.setenv("CXR_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(file), "--json"]) == 0
    assert "what was there lies in" not in told(capsys.readouterr().out)
    new = tmp_path / "new"
    assert (new / "versions" / "old" / "weights.safetensors").read_bytes() == b"w" * 1000
    assert (new / "runs" / "mine" / "history.json").is_file()
    with closing(open_database(f"sqlite:///{new / 'cxr.db'}")) as database:
        actions = [entry.action for entry in AuditLog(database).entries()]
    assert actions == ["Restore backup", "Add user"]


def test_a_folder_in_use_is_replaced_only_with_the_flag(
    settled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from cxr_core.services import premises_of
    from cxr_core.settings import Settings
    from cxr_core.use_cases.access import TERMINAL
    from cxr_core.use_cases.care.backup import BackupMaker

    file = tmp_path / "b.zip"
    with closing(open_database(f"sqlite:///{settled / 'cxr.db'}")) as database:
        place = premises_of(Settings.from_environment()).place
        BackupMaker(place, lambda: database).make(TERMINAL, file, lambda *_: None)
    assert main(["restore", str(file)]) == 2
    assert "--replace" in capsys.readouterr().err
    assert main(["restore", str(file), "--replace", "--json"]) == 0
    (aside,) = told(capsys.readouterr().out)["what was there lies in"]
    assert str(aside).startswith(str(settled / ".replaced-"))
    assert main(["restore", str(tmp_path / "none.zip"), "--replace"]) == 2
    assert "There is no" in capsys.readouterr().err


def test_a_purge_lists_first_and_removes_only_when_told_to(
    settled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["purge", "--json"]) == 0
    said = capsys.readouterr()
    fates = {row["name"]: row["fate"] for row in json.loads(said.out)}
    assert fates == {"old": "would go", "was": "stays", "mine": "stays"}
    assert "Nothing was removed" in said.err
    assert (settled / "versions" / "old").is_dir()

    assert main(["purge", "--days", "5", "--yes", "--json"]) == 0
    said = capsys.readouterr()
    assert {row["name"]: row["fate"] for row in json.loads(said.out)} == {
        "old": "removed",
        "was": "removed",
    }
    assert not (settled / "versions" / "old").exists()
    assert (settled / "runs" / "mine").is_dir()


@pytest.mark.parametrize("days", ["-1", "many", "1.5"])
def test_days_that_are_no_number_are_refused(days: str, data_dir: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["purge", "--days", days])
    assert caught.value.code == 2
