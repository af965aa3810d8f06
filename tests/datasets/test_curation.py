"""From folders of releases to a manifest: everything is read, counted, and the same again."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import cv2
import pytest

from cxr_core.datasets.film_store import FilmStore
from cxr_core.datasets.manifest import HEADER_NAME, TABLE_NAME, Manifest, load_manifest
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.imaging.decode import Limits
from cxr_core.use_cases.curating import CurationOrder, curate_releases, read_bias
from cxr_core.use_cases.verifying import verify_manifest
from tests.datasets import layouts
from tests.datasets.releases import write_film, write_releases

COHEN = "covid-chestxray-dataset"


def curate(root: Path, out: Path, cache: Path | None = None) -> Manifest:
    folder = cache or out / "cache"
    order = CurationOrder(root, out, folder)
    return curate_releases(order, FilmStore(folder, Limits()), lambda *_: None)


def fates(manifest: Manifest) -> Counter[str]:
    return Counter(film.exclusion.value for film in manifest.films if film.exclusion)


def write_cohen(root: Path) -> None:
    rows = [
        "patientid,offset,sex,age,finding,view,modality,date,location,folder,filename,license",
        "1,0,M,50,COVID-19,PA,X-ray,2020,,images,aaaa1111.png,CC BY",
        "1,3,M,50,COVID-19,L,X-ray,2020,,images,lateral.png,CC BY",
        "2,0,F,40,COVID-19,Axial,CT,2020,,images,slice.png,CC BY",
        "3,0,F,41,todo,PA,X-ray,2020,,images,todo.png,CC BY",
        "4,0,F,42,SARS,AP Supine,X-ray,2004,,images,gone.png,CC BY",
        "5,0,F,43,No Finding,PA,X-ray,2020,,images,disputed.png,CC BY",
        "6,0,F,44,COVID-19,PA,X-ray,2020,,images,broken.png,CC BY",
    ]
    folder = root / COHEN
    for seed, name in enumerate(("aaaa1111", "lateral", "slice", "todo", "disputed", "orphan")):
        write_film(folder / "images" / f"{name}.png", 9000 + seed)
    (folder / "images" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
    (folder / "metadata.csv").write_text("\n".join(rows))


def test_every_image_ends_as_one_row_with_one_reason(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    write_cohen(root)
    # Hannover has Cohen's normal film too, cropped, and calls it COVID-19.
    disputed = cv2.imread(str(root / COHEN / "images" / "disputed.png"), cv2.IMREAD_GRAYSCALE)
    crop = root / "covid-19-image-repository" / "png" / "film0.png"
    cv2.imwrite(str(crop), disputed[6:92, 7:90])
    manifest = curate(root, tmp_path / "out")
    assert len({film.path for film in manifest.films}) == len(manifest.films)
    cohen = {Path(f.path).name: f for f in manifest.films if f.source == "cohen"}
    assert {name: film.exclusion for name, film in cohen.items()} == {
        "aaaa1111.png": cohen["aaaa1111.png"].exclusion,
        "lateral.png": Exclusion.NOT_FRONTAL,
        "slice.png": Exclusion.NOT_RADIOGRAPH,
        "todo.png": Exclusion.NO_LABEL,
        "gone.png": Exclusion.NO_FILE,
        "disputed.png": Exclusion.DISAGREEMENT,
        "broken.png": Exclusion.UNREADABLE,
        "orphan.png": Exclusion.NO_ROW,
    }
    assert cohen["aaaa1111.png"].is_used
    assert cohen["disputed.png"].detail == "cohen: normal; hannover: covid19"
    assert cohen["broken.png"].detail.startswith("corrupt_image: ")
    assert manifest.header["counts"]["images"] == len(manifest.films)


def test_a_cropped_copy_in_another_source_is_kept_once_and_joins_its_patients(
    tmp_path: Path,
) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    folder = root / "COVID-CXNet" / "chest_xray_images" / "covid19"
    folder.mkdir(parents=True)
    film = cv2.imread(
        str(root / "covid-19-image-repository" / "png" / "film3.png"), cv2.IMREAD_GRAYSCALE
    )
    cv2.imwrite(str(folder / "7.jpg"), film[8:90, 4:88], [cv2.IMWRITE_JPEG_QUALITY, 70])
    (root / "COVID-CXNet" / "metadata.csv").write_text(
        "filename,patient_id,sex,age,view,label,pcr_test,admission_offset\n"
        "7.jpg,42,male,50,AP,COVID-19,positive,0\n"
    )
    manifest = curate(root, tmp_path / "out")
    films = {film.patient: film for film in manifest.films}
    assert films["covid-cxnet/42"].cluster == films["hannover/p3"].cluster
    assert films["covid-cxnet/42"].group == films["hannover/p3"].group
    both = [films["covid-cxnet/42"], films["hannover/p3"]]
    assert sum(film.is_used for film in both) == 1
    assert manifest.header["copies"]["also_in_another_source"] == {
        "covid-cxnet": 1,
        "hannover": 1,
    }


def test_the_same_films_give_the_same_bytes_wherever_they_lie(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    curate(root, tmp_path / "one")
    elsewhere = shutil.copytree(root, tmp_path / "elsewhere")
    curate(elsewhere, tmp_path / "two")
    curate(root, tmp_path / "again", cache=tmp_path / "one" / "cache")
    for name in (TABLE_NAME, HEADER_NAME, "datasheet.md", "bias.json"):
        first = (tmp_path / "one" / name).read_bytes()
        assert (tmp_path / "two" / name).read_bytes() == first
        assert (tmp_path / "again" / name).read_bytes() == first
    assert str(tmp_path) not in (tmp_path / "one" / HEADER_NAME).read_text()


def test_a_release_that_is_added_moves_nobody(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=12)
    hidden = root / "covid-19-image-repository"
    hidden.rename(tmp_path / "hidden")
    before = curate(root, tmp_path / "before", tmp_path / "cache")
    (tmp_path / "hidden").rename(hidden)
    after = curate(root, tmp_path / "after", tmp_path / "cache")
    homes = {film.path: film.split for film in after.films}
    assert len(after.films) > len(before.films)
    assert all(homes[film.path] in {film.split, None} for film in before.used())


def test_a_manifest_verifies_until_a_film_changes(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    manifest = curate(root, tmp_path / "out")
    checks = verify_manifest(tmp_path / "out", None, lambda *_: None)
    assert [each for each in checks if not each.holds] == []
    assert load_manifest(tmp_path / "out" / TABLE_NAME) == manifest
    film = root / manifest.used()[0].path
    film.write_bytes(film.read_bytes() + b"x")
    (broken,) = [
        each
        for each in verify_manifest(tmp_path / "out", None, lambda *_: None)
        if not each.holds
    ]
    assert broken.check == "files as they were curated"
    assert broken.detail == manifest.used()[0].path


def test_too_few_patients_leave_bias_unmeasured_and_many_do_not(tmp_path: Path) -> None:
    curate(write_releases(tmp_path / "few", patients=3), tmp_path / "out")
    assert read_bias(tmp_path / "out") is None
    curate(write_releases(tmp_path / "many", patients=20), tmp_path / "more")
    bias = read_bias(tmp_path / "more")
    assert bias is not None
    assert bias.class_from_source.answers == ("covid19", "normal", "pneumonia")


def test_a_folder_without_releases_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="chest-xray-pneumonia"):
        curate(tmp_path, tmp_path / "out")
    with pytest.raises(DataError, match="not a folder"):
        curate(tmp_path / "absent", tmp_path / "out")


def test_films_of_which_none_can_be_read_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "chest-xray-pneumonia" / "chest_xray" / "train" / "NORMAL"
    folder.mkdir(parents=True)
    (folder / "IM-0001-0001.jpeg").write_bytes(b"not a picture")
    with pytest.raises(DataError, match="None of the 1 images"):
        curate(tmp_path, tmp_path / "out")


def test_anybodys_table_joins_the_releases(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    mine = tmp_path / "ward"
    write_film(mine / "films" / "x.png", 777)
    (mine / "films.csv").write_text("File,Diagnosis\nx.png,clear\n")
    (mine / "ward.toml").write_text(
        'name = "ward-7"\ntitle = "Ward 7"\ncsv = "films.csv"\nfolder = "films"\n'
        'licence = "internal"\ncitation = "Ward 7"\n'
        '[columns]\npath = "File"\nfinding = "Diagnosis"\n[findings]\nclear = "normal"\n'
    )
    folder = tmp_path / "cache"
    order = CurationOrder(root, tmp_path / "out", folder, tables=(mine / "ward.toml",))
    manifest = curate_releases(order, FilmStore(folder, Limits()), lambda *_: None)
    (film,) = [film for film in manifest.films if film.source == "ward-7"]
    assert (film.path, film.finding, film.licence) == ("ward-7/x.png", "normal", "internal")
    assert str(tmp_path) not in (tmp_path / "out" / HEADER_NAME).read_text()


class Interrupted(Exception):
    """Stands for a person who presses Control-C."""


def test_a_cancelled_curation_leaves_the_old_manifest_and_goes_on_later(
    tmp_path: Path,
) -> None:
    root = write_releases(tmp_path / "root", patients=6)
    old = curate(root, tmp_path / "out")
    write_film(root / "covid-19-image-repository" / "png" / "new.png", 4711)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "Measuring how far class and source can be guessed":
            raise Interrupted

    folder = tmp_path / "out" / "cache"
    with pytest.raises(Interrupted):
        curate_releases(
            CurationOrder(root, tmp_path / "out", folder), FilmStore(folder, Limits()), stop
        )
    assert load_manifest(tmp_path / "out") == old
    assert len(curate(root, tmp_path / "out").films) == len(old.films) + 1


LARGEST = "chest-xray-pneumonia"  # two thirds of all films, three of four minutes


def link_releases(films: Path, root: Path, *left_out: str) -> Path:
    root.mkdir()
    for folder in films.iterdir():
        if folder.is_dir() and folder.name not in {LARGEST, "originals", "dicom", *left_out}:
            (root / folder.name).symlink_to(folder)
    return root


@pytest.fixture(scope="module")
def real(
    shared_films: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, Manifest]:
    folder = tmp_path_factory.mktemp("real")
    root = link_releases(shared_films, folder / "root")
    return root, folder / "cache", curate(root, folder / "out", folder / "cache")


@pytest.mark.real_films
def test_the_real_releases_keep_their_promises(
    real: tuple[Path, Path, Manifest],
) -> None:
    root, _, manifest = real
    assert {film.source for film in manifest.used()} == {
        "cohen", "figure1", "actualmed", "hannover", "covid-cxnet", "nih",
    }  # fmt: skip
    told = fates(manifest)
    assert told["not a plain radiograph"] == 41
    assert told["not a frontal view"] == 22
    assert told["row without a file"] == 244
    copies = manifest.header["copies"]
    assert copies["also_in_another_source"]["covid-cxnet"] >= 270
    assert copies["same_name_pairs_found"] >= 0.9 * copies["same_name_pairs"] > 0
    checks = verify_manifest(root.parent / "out", root, lambda *_: None)
    assert [each for each in checks if not each.holds] == []


@pytest.mark.real_films
@pytest.mark.parametrize("added", ["COVID-CXNet", "covid-19-image-repository"])
def test_adding_a_real_release_moves_nobody(
    shared_films: Path, tmp_path: Path, real: tuple[Path, Path, Manifest], added: str
) -> None:
    _, cache, after = real
    root = link_releases(shared_films, tmp_path / "root", added)
    before = curate(root, tmp_path / "out", cache)
    homes = {film.path: film.split for film in after.films}
    moved = [film.path for film in before.used() if homes[film.path] not in {film.split, None}]
    assert moved == []
    trained = {film.group for film in after.used() if film.split is Split.TRAIN}
    groups = {film.path: film.group for film in after.films}
    tested = [film.path for film in before.used() if film.split is Split.TEST]
    assert [path for path in tested if groups[path] in trained] == []


LAYOUTS = {
    "radiography 1": lambda root: layouts.radiography(root, 1),
    "radiography 4": lambda root: layouts.radiography(root, 4),
    "radiography 5": lambda root: layouts.radiography(root, 5),
    "rsna": layouts.rsna,
    "rsna stage 1": lambda root: layouts.rsna(root, 1),
    "nih full": lambda root: layouts.nih(root, is_full=True),
    "kermany nested": lambda root: layouts.kermany(root, is_nested=True),
    "figure1": layouts.figure1,
    "actualmed": layouts.actualmed,
    "hannover": layouts.hannover,
    "covid-cxnet": layouts.covid_cxnet,
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_documented_layout_becomes_a_manifest(tmp_path: Path, name: str) -> None:
    LAYOUTS[name](tmp_path / "root")
    manifest = curate(tmp_path / "root", tmp_path / "out")
    assert manifest.used()
    assert fates(manifest)["unreadable image"] == 0
    checks = verify_manifest(tmp_path / "out", None, lambda *_: None)
    assert [each for each in checks if not each.holds] == []


def test_rsna_joins_the_nih_patient_whom_its_mapping_names(tmp_path: Path) -> None:
    layouts.rsna(tmp_path / "root")
    layouts.nih(tmp_path / "root")
    manifest = curate(tmp_path / "root", tmp_path / "out")
    shared = {film.group for film in manifest.films if film.source == "rsna"} & {
        film.group for film in manifest.films if film.source == "nih"
    }
    assert shared


def test_a_file_name_that_is_no_text_costs_that_file_alone(tmp_path: Path) -> None:
    root = write_releases(tmp_path / "root", patients=3)
    folder = root / "chest-xray-pneumonia" / "chest_xray" / "train" / "NORMAL"
    good = next(iter(sorted(folder.iterdir())))
    bad = os.fsencode(folder) + b"/IM-0099-\xff.jpeg"
    try:
        Path(os.fsdecode(bad)).write_bytes(good.read_bytes())
    except OSError:
        pytest.skip("this disk takes no such name")
    manifest = curate(root, tmp_path / "out")
    (film,) = [film for film in manifest.films if "0099" in film.path]
    assert film.exclusion is Exclusion.UNREADABLE
    assert "UTF-8" in film.detail
    assert load_manifest(tmp_path / "out") == manifest
