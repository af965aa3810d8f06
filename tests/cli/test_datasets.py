"""`datasets ...` as a person or a program calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.datasets.releases import write_film, write_releases

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_releases(tmp_path_factory.mktemp("releases"), patients=6)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {**os.environ, "CXR_DATA_DIR": str(tmp_path_factory.mktemp("data"))}


@pytest.fixture(scope="module")
def datasets(repository: Path, environment: dict[str, str]) -> Command:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cxr_core", "datasets", *arguments],
            cwd=repository,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def manifest(datasets: Command, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("manifest")
    answer = datasets("curate", "--root", str(root), "--out", str(out))
    assert answer.returncode == 0, answer.stderr
    assert "used" in answer.stdout
    assert "kermany" in answer.stdout
    assert "Before believing an accuracy" in answer.stdout
    return out


def test_list_says_how_to_get_each_release(datasets: Command, root: Path) -> None:
    told = datasets("list", "--root", str(root))
    assert told.returncode == 0
    assert "git clone" in told.stdout
    assert "CC BY" in told.stdout
    rows = json.loads(datasets("list", "--root", str(root), "--json").stdout)
    here = {row["name"] for row in rows if row["here"] == "yes"}
    assert here == {"kermany", "hannover"}
    assert all(row["licence"] and row["citation"] for row in rows if row["name"] != "local")


def test_fetch_of_an_unknown_release_names_the_known_ones(datasets: Command) -> None:
    answer = datasets("fetch", "nobody")
    assert answer.returncode == 2
    assert "hannover" in answer.stderr


def test_curate_tells_programs_how_far_it_is(
    datasets: Command, root: Path, tmp_path: Path
) -> None:
    answer = datasets(
        "curate", "--root", str(root), "--out", str(tmp_path), "--events", "--json"
    )
    assert answer.returncode == 0, answer.stderr
    events = [json.loads(line) for line in answer.stderr.splitlines()]
    assert all(event.keys() == {"stage", "done", "total"} for event in events)
    assert events[0]["stage"] == "Reading films"
    assert events[-1] == {"stage": "Done", "done": 1, "total": 1}
    assert json.loads(answer.stdout)["counts"]["used"] == 24


def test_curate_of_nothing_is_a_sentence(datasets: Command, tmp_path: Path) -> None:
    answer = datasets("curate", "--root", str(tmp_path), "--out", str(tmp_path / "out"))
    assert answer.returncode == 2
    assert "holds none of" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_interrupted_curation_says_so_and_writes_no_manifest(
    repository: Path, environment: dict[str, str], root: Path, tmp_path: Path
) -> None:
    command = [
        *(sys.executable, "-m", "cxr_core", "datasets", "curate", "--events"),
        *("--root", str(root), "--out", str(tmp_path / "out")),
    ]
    with subprocess.Popen(
        command,
        cwd=repository,
        env={**environment, "CXR_DATA_DIR": str(tmp_path / "data")},
        stderr=subprocess.PIPE,
        text=True,
        # A shell's background jobs ignore interrupts, and so would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        assert "Reading films" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(30) == 130, rest
        assert "Cancelled." in rest
    assert not (tmp_path / "out" / "manifest.json").exists()


def test_show_verify_and_diff(
    datasets: Command, manifest: Path, root: Path, tmp_path: Path
) -> None:
    shown = json.loads(datasets("show", str(manifest), "--json").stdout)
    assert shown["counts"]["images"] == 24
    assert shown["warnings"]
    verified = datasets("verify", str(manifest), "--json")
    assert verified.returncode == 0
    assert {row["state"] for row in json.loads(verified.stdout)} == {"ok"}
    same = datasets("diff", str(manifest), str(manifest), "--json")
    assert json.loads(same.stdout) == []
    more = write_releases(tmp_path / "more", patients=7)
    datasets("curate", "--root", str(more), "--out", str(tmp_path / "new"))
    rows = json.loads(datasets("diff", str(manifest), str(tmp_path / "new"), "--json").stdout)
    assert {row["change"] for row in rows} == {"added"}
    assert len(rows) == 3


def test_verify_fails_on_a_film_that_changed(datasets: Command, tmp_path: Path) -> None:
    root = write_releases(tmp_path / "releases", patients=3)
    datasets("curate", "--root", str(root), "--out", str(tmp_path / "out"))
    write_film(root / "covid-19-image-repository" / "png" / "film1.png", 99)
    answer = datasets("verify", str(tmp_path / "out"))
    assert answer.returncode == 1
    assert "film1.png" in answer.stdout


def test_a_manifest_moves_to_another_machine_with_its_films(
    datasets: Command, manifest: Path, root: Path, tmp_path: Path
) -> None:
    import shutil

    moved = shutil.copytree(manifest, tmp_path / "moved")
    (moved / "location.json").unlink()
    lost = datasets("verify", str(moved))
    assert lost.returncode == 2, (lost.returncode, lost.stderr)
    assert "--films" in lost.stderr
    assert datasets("verify", str(moved), "--films", str(root)).returncode == 0


def test_pack_writes_one_file(datasets: Command, manifest: Path, tmp_path: Path) -> None:
    out = tmp_path / "films.safetensors"
    answer = datasets("pack", str(manifest), "--size", "64", "--out", str(out))
    assert answer.returncode == 0, answer.stderr
    assert out.stat().st_size > 24 * 64 * 64
    wrong = datasets("pack", str(manifest), "--out", str(tmp_path / "films.zip"))
    assert wrong.returncode == 2
    assert ".safetensors" in wrong.stderr


@pytest.mark.parametrize(
    "action", ["list", "fetch", "curate", "show", "diff", "verify", "pack"]
)
def test_every_action_has_help_with_an_example(datasets: Command, action: str) -> None:
    answer = datasets(action, "--help")
    assert answer.returncode == 0
    assert "example: python -m cxr_core datasets" in " ".join(answer.stdout.split())


def test_a_manifest_that_is_not_there_is_named(datasets: Command, tmp_path: Path) -> None:
    answer = datasets("show", str(tmp_path / "nowhere"))
    assert answer.returncode == 2
    assert "nowhere/manifest.json is missing" in answer.stderr


def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    datasets: Command, root: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    answer = datasets("curate", "--root", str(root), "--out", str(tmp_path / "file"))
    assert answer.returncode == 1
    assert "Cannot write to" in answer.stderr
    assert "Reading films" not in answer.stderr
