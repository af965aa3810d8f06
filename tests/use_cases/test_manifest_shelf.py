"""Manifests to train on: what was in force stays choosable after another has come."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from cxr_core.use_cases.work.manifest_shelf import ManifestShelf
from tests.datasets.releases import curated, write_releases

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films


@pytest.fixture(scope="module")
def other_films(tmp_path_factory: pytest.TempPathFactory) -> Films:
    folder = tmp_path_factory.mktemp("other")
    return curated(write_releases(folder / "releases", patients=6), folder / "manifest")


def bring(films: Films, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for path in films.manifest.iterdir():
        if path.is_file():
            shutil.copyfile(path, place / path.name)


def test_nothing_stands_on_an_empty_shelf(tmp_path: Path) -> None:
    shelf = ManifestShelf(tmp_path / "manifest", tmp_path / "earlier")
    shelf.put_by()
    assert shelf.all() == []
    with pytest.raises(DataError, match="curated again since"):
        shelf.find("0" * 64)


def test_what_was_in_force_stays_choosable(
    tmp_path: Path, drawn_films: Films, other_films: Films
) -> None:
    shelf = ManifestShelf(tmp_path / "manifest", tmp_path / "earlier")
    bring(drawn_films, tmp_path / "manifest")
    (first,) = shelf.all()
    shelf.put_by()
    shelf.put_by()  # once more changes nothing
    assert [each.is_in_force for each in shelf.all()] == [True]  # the same is named once
    bring(other_films, tmp_path / "manifest")
    now, earlier = shelf.all()
    assert (now.is_in_force, earlier.is_in_force) == (True, False)
    assert earlier.digest == first.digest != now.digest
    assert shelf.find(first.digest).path != tmp_path / "manifest"


def test_a_damaged_earlier_one_is_left_out_and_a_damaged_one_in_force_is_named(
    tmp_path: Path, drawn_films: Films
) -> None:
    shelf = ManifestShelf(tmp_path / "manifest", tmp_path / "earlier")
    bring(drawn_films, tmp_path / "manifest")
    bring(drawn_films, tmp_path / "earlier" / "torn")
    (tmp_path / "earlier" / "torn" / "manifest.parquet").write_bytes(b"torn")
    assert [each.is_in_force for each in shelf.all()] == [True]
    (tmp_path / "manifest" / "manifest.parquet").write_bytes(b"torn")
    with pytest.raises(DataError):
        ManifestShelf(tmp_path / "manifest", tmp_path / "earlier").all()
