"""What the Data page is told of releases and of a manifest, damaged ones included."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.records import Exclusion
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.use_cases.browsing import COPY_KINDS, Curated, DatasetBrowser
from cxr_core.use_cases.curating import CurationOrder, curate_releases
from tests.datasets.releases import write_releases

if TYPE_CHECKING:
    from pathlib import Path

PATIENTS = 12


def write_troubled_releases(root: Path) -> Path:
    """Releases with a copy, a copy that crosses sources, and a row without a file."""
    write_releases(root, PATIENTS)
    normal = root / "chest-xray-pneumonia" / "chest_xray" / "train" / "NORMAL"
    hannover = root / "covid-19-image-repository"
    shutil.copy(normal / "IM-0001-0001.jpeg", normal / "IM-8000-0001.jpeg")
    shutil.copy(hannover / "png" / "film3.png", normal / "IM-9000-0001.jpeg")
    with (hannover / "data.csv").open("a") as table:
        table.write("p77,gone,CR,ap\n")
    return root


def browser_in(folder: Path) -> DatasetBrowser:
    store = FilmStore(folder / "cache", Limits())
    return DatasetBrowser(folder / "releases", folder / "manifest", store)


@pytest.fixture(scope="module")
def curated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browsing")
    root = write_troubled_releases(folder / "releases")
    order = CurationOrder(root, folder / "manifest", folder / "cache")
    curate_releases(order, FilmStore(order.cache, Limits()), lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def browser(curated_folder: Path) -> DatasetBrowser:
    return browser_in(curated_folder)


@pytest.fixture(scope="module")
def curated(browser: DatasetBrowser) -> Curated:
    found = browser.curated()
    assert found is not None
    return found


@pytest.fixture
def manifest_copy(curated_folder: Path, tmp_path: Path) -> Path:
    """A folder with a manifest that a test may damage."""
    shutil.copytree(curated_folder / "manifest", tmp_path / "manifest")
    return tmp_path


def test_before_the_first_curation_there_is_nothing_but_the_ways_to_get_films(
    tmp_path: Path,
) -> None:
    browser = browser_in(tmp_path)
    assert browser.curated() is None
    releases = browser.releases()
    assert all(each.folder is None and each.images is None for each in releases)
    by_name = {each.source.name: each for each in releases}
    assert by_name["hannover"].own_command.startswith("git clone")
    assert by_name["hannover"].fetch_command.endswith(
        f"hannover --root {tmp_path / 'releases'}"
    )
    assert by_name["local"].fetch_command == by_name["local"].own_command == ""


def test_releases_that_are_here_come_first_and_are_counted_without_a_manifest(
    tmp_path: Path,
) -> None:
    write_releases(tmp_path / "releases", 4)
    first, second, *others = browser_in(tmp_path).releases()
    assert {first.source.name: first.images, second.source.name: second.images} == {
        "hannover": 5,
        "kermany": 10,
    }
    assert all(each.images is None for each in others)


def test_a_release_that_is_not_laid_out_as_published_says_so(tmp_path: Path) -> None:
    (tmp_path / "releases" / "covid-19-image-repository").mkdir(parents=True)
    (first, *_) = browser_in(tmp_path).releases()
    assert first.source.name == "hannover"
    assert first.images is None
    assert first.fault


def test_the_manifest_counts_what_the_releases_hold(
    browser: DatasetBrowser, curated: Curated
) -> None:
    told = {each.source.name: each for each in browser.releases()}
    assert told["hannover"].images == PATIENTS + PATIENTS // 4 + 1
    assert told["hannover"].revision
    assert curated.warnings
    assert curated.bias is not None
    assert "# Datasheet" in curated.datasheet


def test_every_used_film_is_counted_once_in_every_table(curated: Curated) -> None:
    used = len(curated.manifest.used())
    tables = (
        curated.class_by_source,
        curated.finding_by_source,
        curated.split_by_class,
        curated.age_by_source,
        curated.view_by_source,
    )
    assert [sum(map(sum, table.counts)) for table in tables] == [used] * len(tables)
    assert sum(sum(films.values()) for films in curated.sizes.values()) == used
    assert len(curated.samples(None, None, None)) == used


def test_a_source_that_is_all_children_is_not_called_undated(curated: Curated) -> None:
    ages = curated.age_by_source
    place = ages.columns.index("kermany")
    assert {row: counts[place] for row, counts in zip(ages.rows, ages.counts, strict=True)} == {
        "children": curated.manifest.header["counts"]["by_source"]["kermany"],
        "not stated": 0,
    }
    assert curated.sources_of_children == [("kermany", "1 to 5 years")]


def test_samples_are_those_asked_for_in_an_order_that_stays(curated: Curated) -> None:
    films = curated.samples("covid19", "hannover", "train")
    assert films
    assert {(film.finding.value, film.source) for film in films} == {("covid19", "hannover")}
    assert {film.split and film.split.value for film in films} == {"train"}
    assert films == curated.samples("covid19", "hannover", "train")
    assert curated.samples("covid19", "kermany", None) == []


def test_copies_are_found_by_kind(curated: Curated) -> None:
    found = {kind: len(curated.copies(kind)) for kind in COPY_KINDS}
    assert found["all"] > found["across sources"] >= found["disagreeing"] >= 1
    (films, *_) = curated.copies("disagreeing")
    assert {film.source for film in films} == {"hannover", "kermany"}
    assert {film.exclusion for film in films} == {Exclusion.DISAGREEMENT}


def test_every_excluded_image_has_its_reason(curated: Curated) -> None:
    everything = curated.excluded(None, None)
    assert len(everything) == len(curated.manifest.films) - len(curated.manifest.used())
    (gone,) = curated.excluded(Exclusion.NO_FILE.value, "hannover")
    assert "gone" in gone.path
    assert curated.excluded(Exclusion.NO_FILE.value, "kermany") == []


def test_pictures_come_in_order_and_an_absent_film_has_none(
    curated_folder: Path, browser: DatasetBrowser, curated: Curated
) -> None:
    (gone,) = curated.excluded(Exclusion.NO_FILE.value, None)
    first, second = curated.samples(None, None, None)[:2]
    one, nothing, other = browser.pictures([first, gone, second])
    assert nothing is None
    assert one is not None
    assert other is not None
    assert one.shape == other.shape == (256, 256)
    assert one.dtype == np.uint8
    assert not np.array_equal(one, other)
    again, _ = browser.pictures([second, first])
    assert np.array_equal(again, other)


def test_films_that_no_cache_holds_are_decoded(curated_folder: Path, tmp_path: Path) -> None:
    browser = DatasetBrowser(
        curated_folder / "releases",
        curated_folder / "manifest",
        FilmStore(tmp_path / "other-cache", Limits()),
    )
    curated = browser.curated()
    assert curated is not None
    (picture,) = browser.pictures(curated.samples(None, None, None)[:1])
    assert picture is not None
    assert picture.std() > 0


def test_a_manifest_without_its_films_still_shows_its_counts(manifest_copy: Path) -> None:
    (manifest_copy / "manifest" / "location.json").unlink()
    browser = browser_in(manifest_copy)
    curated = browser.curated()
    assert curated is not None
    assert browser.pictures(curated.samples(None, None, None)[:3]) == [None] * 3


def test_a_manifest_is_read_once_and_anew_when_it_changes(manifest_copy: Path) -> None:
    browser = browser_in(manifest_copy)
    first = browser.curated()
    assert browser.curated() is first
    header = manifest_copy / "manifest" / "manifest.json"
    header.write_text(header.read_text() + "\n")
    second = browser.curated()
    assert second is not first
    header.unlink()
    assert browser.curated() is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "manifest.parquet").unlink(),
        lambda folder: (folder / "manifest.parquet").write_bytes(b"PAR1"),
        lambda folder: (folder / "manifest.json").write_text('{"format": 1'),
        lambda folder: (folder / "manifest.json").write_text("[]"),
        lambda folder: (folder / "bias.json").write_text('{"left_out": 3}'),
        lambda folder: rewrite_header(folder, "sources", "nothing"),
        lambda folder: rewrite_header(folder, "salt", None),
        lambda folder: rewrite_header(folder, "counts", None),
    ],
)
def test_a_damaged_manifest_is_a_sentence(manifest_copy: Path, damage) -> None:
    damage(manifest_copy / "manifest")
    browser = browser_in(manifest_copy)
    with pytest.raises(DataError, match="manifest"):
        browser.curated()
    assert browser.releases()


def rewrite_header(folder: Path, name: str, value: object) -> None:
    header = json.loads((folder / "manifest.json").read_text())
    if value is None:
        del header[name]
    else:
        header[name] = value
    (folder / "manifest.json").write_text(json.dumps(header))
