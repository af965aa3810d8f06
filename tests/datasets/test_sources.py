"""Releases are read in their own layouts; what cannot be used is counted, not lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxr_core.datasets.collection import collect
from cxr_core.datasets.sources import READERS, read_cohen, read_covid_cxnet, read_figure1
from cxr_core.datasets.splits import Split, SplitRule
from cxr_core.errors import DataError
from tests.datasets.releases import write_film, write_releases

RULE = SplitRule("salt", 0.15, 0.25)


def test_cohen_leaves_out_ct_laterals_unused_findings_and_missing_files(tmp_path: Path) -> None:
    rows = [
        "patientid,finding,view,modality,folder,filename",
        "1,COVID-19,PA,X-ray,images,a.png",
        "1,COVID-19,L,X-ray,images,b.png",
        "2,COVID-19,Axial,CT,images,c.png",
        "3,Lipoid,PA,X-ray,images,d.png",
        "4,SARS,AP Supine,X-ray,images,gone.png",
    ]
    (tmp_path / "metadata.csv").write_text("\n".join(rows))
    for name in "abcd":
        write_film(tmp_path / "images" / f"{name}.png", 1)
    listing = read_cohen(tmp_path)
    assert [(film.path.name, film.label) for film in listing.films] == [("a.png", "covid19")]
    assert listing.left_out == {
        "cohen: not a frontal view": 1,
        "cohen: not a plain radiograph": 1,
        "cohen: finding not used: Lipoid": 1,
        "cohen: row without a file": 1,
    }


def test_figure1_finds_the_file_by_its_stem_and_joins_lettered_films(tmp_path: Path) -> None:
    rows = ["patientid,finding,view,modality", "COVID-00015b,COVID-19,,X-ray"]
    (tmp_path / "metadata.csv").write_text("\n".join(rows))
    write_film(tmp_path / "images" / "COVID-00015b.png", 1)
    (film,) = read_figure1(tmp_path).films
    assert film.patient == "COVID-00015"


def test_covid_cxnet_takes_every_file_and_matches_rows_by_stem(tmp_path: Path) -> None:
    (tmp_path / "metadata.csv").write_text("filename,patient_id\nA1.JPG,7\n")
    folder = tmp_path / "chest_xray_images" / "covid19"
    write_film(folder / "a1.png", 1)
    write_film(folder / "b2.png", 2)
    assert [film.patient for film in read_covid_cxnet(tmp_path).films] == ["7", "film-b2"]


def test_a_collection_never_deals_a_patient_twice(tmp_path: Path) -> None:
    collection = collect(write_releases(tmp_path), RULE)
    homes: dict[tuple[str, str], list[Split]] = {}
    for film, split in zip(collection.films, collection.splits, strict=True):
        homes.setdefault((film.source, film.patient), []).append(split)
    assert sum(len(splits) > 1 for splits in homes.values()) == 15
    assert all(len(set(splits)) == 1 for splits in homes.values())
    assert len(collection.films) == 75
    assert all(collection.of(split).size for split in Split)


def test_unreadable_images_are_counted(tmp_path: Path) -> None:
    write_releases(tmp_path, patients=3)
    bad = tmp_path / "chest-xray-pneumonia" / "chest_xray" / "train" / "NORMAL"
    (bad / "IM-9999-0001.jpeg").write_bytes(b"not a picture")
    collection = collect(tmp_path, RULE)
    assert collection.left_out["unreadable image"] == 1
    assert len(collection.films) == 12


def test_a_film_that_the_disk_does_not_give_counts_as_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_releases(tmp_path, patients=3)
    read = Path.read_bytes

    def fail_for_one(path: Path) -> bytes:
        if path.name == "film1.png":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", fail_for_one)
    assert collect(tmp_path, RULE).left_out["unreadable image"] == 1


def test_films_of_which_none_can_be_read_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "chest-xray-pneumonia" / "chest_xray" / "train" / "NORMAL"
    folder.mkdir(parents=True)
    (folder / "IM-0001-0001.jpeg").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="None of the 1 films"):
        collect(tmp_path, RULE)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "No such file"),
        (b"patientid,finding\n1,COVID-19\n", "column 'folder' is missing"),
        ("patientid,finding\n1,Pneumonía\n".encode("latin-1"), "utf-8"),
    ],
)
def test_a_release_laid_out_otherwise_is_named_with_the_reason(
    tmp_path: Path, table: bytes | None, words: str
) -> None:
    folder = tmp_path / "covid-chestxray-dataset"
    folder.mkdir()
    if table is not None:
        (folder / "metadata.csv").write_bytes(table)
    with pytest.raises(DataError, match=r"covid-chestxray-dataset is not laid out") as refusal:
        collect(tmp_path, RULE)
    assert words in str(refusal.value)


def test_a_folder_without_releases_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="chest-xray-pneumonia"):
        collect(tmp_path, RULE)


@pytest.mark.real_films
def test_real_releases_keep_same_stems_in_one_split(shared_films: Path) -> None:
    listed = {name: READERS[name](shared_films / name) for name in READERS}
    assert all(listing.films for listing in listed.values())
    collection = collect(shared_films, SplitRule("cxr-triage-2026", 0.07, 0.18))
    homes: dict[str, set[Split]] = {}
    for film, split in zip(collection.films, collection.splits, strict=True):
        homes.setdefault(film.path.stem.lower(), set()).add(split)
    assert all(len(splits) == 1 for splits in homes.values())
