"""Version folders arrive whole or not at all, and are sealed once they serve."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError, ModelError, StorageError
from cxr_core.registry.folders import (
    clear_leftovers,
    copy_version,
    incoming,
    is_protected,
    protect,
    seal_of,
    unprotect,
    version_folders,
)
from tests.registry.killing import write_version

if TYPE_CHECKING:
    from pathlib import Path


def test_a_version_is_there_when_all_of_it_is(tmp_path: Path) -> None:
    run = write_version(tmp_path / "runs" / "mine", 1)
    (run / "checkpoint.safetensors").write_bytes(b"large")
    versions = tmp_path / "versions"
    with incoming(versions, "mine") as folder:
        copy_version(run, folder)
        assert version_folders(versions) == []
    assert version_folders(versions) == [versions / "mine"]
    held = sorted(path.name for path in (versions / "mine").iterdir())
    assert held == ["manifest.json", "weights.safetensors"]
    assert [path.name for path in versions.iterdir()] == ["mine"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    with pytest.raises(ModelError, match="finished run"), incoming(versions, "mine") as folder:
        copy_version(tmp_path, folder)
    assert list(versions.iterdir()) == []


def test_a_name_that_is_taken_or_none_is_refused(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    (versions / "mine").mkdir(parents=True)
    for name, words in (("mine", "already"), ("../mine", "no name"), (".mine", "no name")):
        with pytest.raises(DataError, match=words), incoming(versions, name):
            pass


def test_a_name_that_is_taken_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    with pytest.raises(DataError, match="already"), incoming(versions, "mine") as folder:
        (folder / "a").write_text("later")
        (versions / "mine").mkdir()
        (versions / "mine" / "a").write_text("first")
    assert (versions / "mine" / "a").read_text() == "first"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    with (
        pytest.raises(StorageError, match="No space left"),
        incoming(versions, "mine"),
    ):
        raise OSError(28, "No space left on device")
    assert list(versions.iterdir()) == []


def test_only_what_nobody_makes_any_more_is_cleared(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    dead = versions / ".incoming-dead"
    (dead / "mine").mkdir(parents=True)
    with incoming(versions, "yours"):
        assert clear_leftovers(versions) == []  # made this very minute
        long_ago = time.time() - 3600
        for each in versions.iterdir():
            os.utime(each, (long_ago, long_ago))
        assert clear_leftovers(versions) == [".incoming-dead"]
    assert [path.name for path in versions.iterdir()] == ["yours"]


def test_a_sealed_version_shows_every_change(tmp_path: Path) -> None:
    folder = write_version(tmp_path / "mine", 1)
    seal = seal_of(folder, "sha")
    assert seal_of(folder, "sha") == seal
    protect(folder)
    assert is_protected(folder)
    assert all(not path.stat().st_mode & 0o222 for path in folder.iterdir())
    unprotect(folder)
    assert not is_protected(folder)
    with (folder / "manifest.json").open("a") as stream:
        stream.write(" ")
    assert seal_of(folder, "sha") != seal
