"""Releases are read in their own layouts; a row is never lost, and never two for one file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion, Record, Source
from cxr_core.datasets.sources import SOURCES, cohen, find_releases, source_named
from cxr_core.datasets.sources.findings import finding_of
from cxr_core.datasets.sources.local import ReviewedCase, local_source
from cxr_core.datasets.sources.table import read_description
from cxr_core.datasets.sources.tables import age_in_years, known_date, read_table
from cxr_core.errors import DataError
from tests.datasets import layouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Build = Callable[[Path], Path]


def read(name: str, folder: Path) -> dict[str, Record]:
    records = list(source_named(name).read(folder))
    assert [each.path for each in records] == sorted({each.path for each in records})
    assert not any(each.path.startswith("/") or ".." in each.path for each in records)
    return {record.path: record for record in records}


def findings(records: dict[str, Record]) -> dict[str, str]:
    return {path: record.finding.value for path, record in records.items()}


def orphans(records: dict[str, Record]) -> list[str]:
    return [path for path, each in records.items() if each.exclusion is Exclusion.NO_ROW]


# The list of sources


def test_sources_keep_their_names_and_order():
    assert [source.name for source in SOURCES] == [
        "cohen", "figure1", "actualmed", "hannover", "covid-cxnet", "kermany", "nih",
        "radiography", "rsna", "local",
    ]  # fmt: skip


@pytest.mark.parametrize("source", SOURCES[:-1], ids=lambda source: source.name)
def test_every_public_release_says_whose_it_is_and_how_to_get_it(source: Source):
    texts = (source.title, source.licence, source.citation, source.caution)
    assert all(texts)
    assert source.url.startswith("https://")
    assert source.images > 0
    assert source.megabytes > 0
    assert source.download.kind in {"git", "http", "kaggle"}
    assert source.download.address


def test_only_kermany_is_of_children():
    assert [source.name for source in SOURCES if source.is_of_children] == ["kermany"]
    assert source_named("kermany").ages == "1 to 5 years"


def test_folder_names_belong_to_one_source_only():
    names = [name for source in SOURCES for name in source.folders]
    assert len(set(names)) == len(names)


def test_an_unknown_source_is_refused_with_the_known_ones():
    with pytest.raises(DataError, match=r"no source 'chexpert'; expected one of cohen, "):
        source_named("chexpert")


def test_releases_are_found_directly_under_the_root_by_their_first_name(tmp_path: Path):
    (tmp_path / "CXR8").mkdir()
    (tmp_path / "ChestX-ray14").mkdir()
    (tmp_path / "deep" / layouts.COHEN).mkdir(parents=True)
    (tmp_path / layouts.HANNOVER).write_text("a file")
    assert find_releases(tmp_path) == {"nih": tmp_path / "ChestX-ray14"}
    assert find_releases(tmp_path / "nowhere") == {}


# Cells


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("58", 58), ("50+", 50), (">50", 50), ("mid 50s", 50), ("early 40s", 40),
        ("045Y", 45), ("006M", 0.5), ("65.5", 65.5), ("120", 120), ("121", None),
        ("412Y", None), ("-3", None), ("", None), ("unknown", None), ("0", 0),
    ],
)  # fmt: skip
def test_ages_are_read_as_people_write_them(text: str, age: float | None):
    assert age_in_years(text) == age


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("January 22, 2020", "2020-01-22"), ("Mar 4, 2020", "2020-03-04"),
        ("12 March 2020", "2020-03-12"), ("2/29/2020", "2020-02-29"),
        ("03/09/20", "2020-03-09"), ("2020-03-13", "2020-03-13"), ("20200313", "2020-03-13"),
        ("2020", "2020"), ("March 2003", "2003"), ("January 12", ""), ("", ""),
        ("February 30, 2020", "2020"), ("13/13/2020", "2020"), ("Foo 3, 2020", "2020"),
    ],
)  # fmt: skip
def test_a_day_becomes_iso_and_less_than_a_day_its_year(text: str, date: str):
    assert known_date(text) == date


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("COVID-19", "covid19"), ("COVID-19, ARDS", "covid19"),
        ("Pneumonia/Viral/COVID-19", "covid19"), ("SARS", "viral"), ("Varicella", "viral"),
        ("Pneumonia/Viral/SARS", "viral"), ("Pneumonia/Viral/Influenza/H1N1", "viral"),
        ("Pneumonia/Viral/Herpes ", "viral"), ("Pneumonia/Viral/MERS-CoV", "viral"),
        ("Streptococcus", "bacterial"), ("Mycoplasma Bacterial Pneumonia", "bacterial"),
        ("E.Coli", "bacterial"), ("Klebsiella", "bacterial"), ("Legionella", "bacterial"),
        ("Chlamydophila", "bacterial"), ("Pneumonia/Bacterial/Streptococcus", "bacterial"),
        ("Pneumonia/Bacterial/Staphylococcus/MRSA", "bacterial"),
        ("Pneumonia/Bacterial/of a new kind", "bacterial"),
        ("Pneumocystis", "fungal"), ("Pneumonia/Fungal/Aspergillosis", "fungal"),
        ("Pneumonia", "pneumonia"), ("Pneumonia/Aspiration", "pneumonia"),
        ("Streptococcus, SARS", "pneumonia"), ("ARDS", "other_disease"),
        ("Lipoid", "other_disease"), ("Pneumonia/Lipoid", "other_disease"),
        ("Tuberculosis", "other_disease"), ("No Finding", "normal"),
        ("No finding", "normal"), ("No Finding, ARDS", "unknown"), ("", "unknown"),
        ("todo", "unknown"), ("Unknown", "unknown"), ("Bronchiectasis", "unknown"),
        ("COVID-19 negative", "unknown"),
    ],
)  # fmt: skip
def test_findings_have_one_place_in_the_ontology(text: str, finding: str):
    assert finding_of(text).value == finding


def test_a_table_may_be_latin_1_have_a_mark_short_rows_and_blank_columns(tmp_path: Path):
    table = tmp_path / "t.csv"
    table.write_bytes("\ufeff a ,b,\n 1 , é,x\n2\n".encode())
    assert read_table(table, ("a", "b")) == [{"a": "1", "b": "é"}, {"a": "2", "b": ""}]
    table.write_bytes("a\n38\xba\n".encode("latin-1"))
    assert read_table(table, ("a",)) == [{"a": "38º"}]


# Every release, as published


@pytest.mark.parametrize(
    ("name", "table", "content", "words"),
    [
        ("cohen", "metadata.csv", None, "metadata.csv cannot be read"),
        ("cohen", "metadata.csv", b"patientid,finding\n1,x\n", "column 'view' is missing; the "
         "first line holds patientid, finding"),
        ("cohen", "metadata.csv", b"", "holds nothing"),
        ("cohen", "metadata.csv", "patientid".encode("utf-16"), "not plain text"),
        ("cohen", "metadata.csv", b'a,"' + b"x" * 140_000, "not a CSV file"),
        ("figure1", "metadata.csv", b"a\n", "'patientid'"),
        ("actualmed", "metadata.csv", b"a\n", "'patientid'"),
        ("hannover", "data.csv", b"patient_id\n", "'image_id'"),
        ("covid-cxnet", "metadata.csv", b"", "no folder chest_xray_images/covid19"),
        ("kermany", "README", b"", "no chest_xray/train/NORMAL"),
        ("nih", "Data_Entry_2017.csv", b"Image Index\n", "'Finding Labels'"),
        ("radiography", "README", b"", "no folder COVID, Normal"),
        ("rsna", "README", b"", "no stage_2_train_labels.csv"),
    ],
)  # fmt: skip
def test_a_release_laid_out_otherwise_is_named_with_the_reason(
    tmp_path: Path, name: str, table: str, content: bytes | None, words: str
):
    source = source_named(name)
    folder = tmp_path / source.folders[0]
    folder.mkdir()
    if content is not None:
        (folder / table).write_bytes(content)
    with pytest.raises(DataError) as refusal:
        list(source.read(folder))
    assert f"{folder.name} is not laid out as published: " in str(refusal.value)
    assert words in str(refusal.value)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("", "../secret.png"),
        ("images", "../../secret.png"),
        ("images", "a/../../../secret.png"),
        ("images", "..\\..\\secret.png"),
        ("/etc", "x.png"),
        ("C:", "x.png"),
    ],
)
def test_a_path_out_of_the_release_is_refused(tmp_path: Path, folder: str, name: str):
    (tmp_path / "secret.png").write_bytes(layouts.film())
    release = layouts.cohen(tmp_path, {"folder": folder, "filename": name})
    with pytest.raises(DataError, match=r"Row 2 names the file .* leads out of the folder"):
        list(source_named("cohen").read(release))


def test_cohen_keeps_ct_laterals_and_rows_without_a_file(tmp_path: Path):
    folder = layouts.cohen(
        tmp_path,
        {"filename": "a.png", "patientid": "2", "sex": "M", "age": "65", "offset": "-3",
         "date": "January 22, 2020", "license": "CC BY 3.0"},
        {"filename": "b.png", "view": "L"},
        {"filename": "c.png", "view": "Axial", "modality": "CT"},
        {"filename": "v.nii.gz", "view": "Axial", "modality": "CT", "folder": "volumes"},
        {"filename": "gone.png", "view": "AP  Supine", "finding": "todo"},
        names=["a.png", "b.png", "c.png", "stray.JPG", ".hidden.png", "notes.txt"],
    )  # fmt: skip
    records = read("cohen", folder)
    assert records["images/a.png"] == Record(
        "images/a.png", "2", "COVID-19", Finding.COVID19, "PA", "X-ray", "2020-01-22", -3.0,
        65.0, "M", "CC BY 3.0",
    )  # fmt: skip
    assert records["images/b.png"].view == "L"
    assert records["images/c.png"].modality == "CT"
    assert records["volumes/v.nii.gz"].modality == "CT"
    assert records["images/gone.png"].view == "AP SUPINE"
    assert records["images/gone.png"].finding is Finding.UNKNOWN
    assert orphans(records) == ["images/stray.JPG"]
    assert len(records) == 6


def test_two_rows_of_one_file_are_one_record_that_names_both_patients(tmp_path: Path):
    folder = layouts.cohen(
        tmp_path,
        {"patientid": "285", "finding": "Pneumonia"},
        {"patientid": "339", "finding": "Pneumonia/Viral/SARS"},
        {"patientid": "285", "finding": "Pneumonia"},
        {"patientid": "7", "filename": "b.png"},
        {"patientid": "8", "filename": "b.png", "finding": "No Finding"},
    )
    records = read("cohen", folder)
    both = records["images/a.png"]
    assert (both.patient, both.also, both.finding) == ("285", ("cohen/339",), Finding.VIRAL)
    assert both.finding_text == "Pneumonia; Pneumonia/Viral/SARS"
    assert both.exclusion is None
    assert records["images/b.png"].exclusion is Exclusion.DISAGREEMENT


def test_rows_that_name_no_file_stay_apart(tmp_path: Path):
    folder = layouts.cohen(tmp_path, {"filename": ""}, {"filename": ""})
    assert list(read("cohen", folder)) == ["row 2 names no file", "row 3 names no file"]


def test_cohen_finds_masks_and_counts_those_without_a_film(tmp_path: Path):
    rows = [{"filename": f"{stem}.jpg"} for stem in ("a", "b", "c")]
    folder = layouts.cohen(tmp_path, *rows, names=["a.jpg", "b.jpg", "c.jpg"])
    masks = "annotations/lungVAE-masks"
    names = ("a_mask.png", "a_mask.png.png", "b_mask.png.png", "z_mask.png")
    layouts.put(folder / masks, *names)
    records = read("cohen", folder)
    assert [records[f"images/{stem}.jpg"].mask for stem in "abc"] == [
        f"{masks}/a_mask.png", f"{masks}/b_mask.png.png", "",
    ]  # fmt: skip
    assert orphans(records) == []
    assert cohen.masks_without_film(folder) == [f"{masks}/z_mask.png"]


def test_figure1_finds_files_by_stem_and_joins_lettered_films(tmp_path: Path):
    records = read("figure1", layouts.figure1(tmp_path))
    assert records["images/COVID-00015b.png"].patient == "COVID-00015"
    absent = records["images/COVID-00015a"]
    assert (absent.patient, absent.age_years) == ("COVID-00015", 50)
    assert records["images/COVID-00002.jpg"].finding is Finding.UNKNOWN
    assert records["images/COVID-00002.jpg"].age_years == 50
    assert records["images/COVID-00001.jpg"].view == "AP ERECT"
    assert orphans(records) == ["images/COVID-00099.png"]


def test_actualmed_reads_the_day_and_the_doubt_in_the_notes(tmp_path: Path):
    records = read("actualmed", layouts.actualmed(tmp_path))
    first, second, third = (records[f"images/CR.{number}.png"] for number in (1, 2, 3))
    assert (first.finding, first.study_date) == (Finding.COVID19, "2020-03-13")
    assert (second.finding, second.finding_text) == (Finding.UNKNOWN, "Inconclusive")
    assert (third.finding, third.finding_text) == (Finding.NORMAL, "No finding")
    assert orphans(records) == ["images/SAMPLE.png"]


def test_hannover_is_covid19_whatever_the_row_says(tmp_path: Path):
    records = read("hannover", layouts.hannover(tmp_path))
    film = records["png/bb.png"]
    assert (film.patient, film.view, film.modality) == ("p1", "AP", "DX")
    assert (film.offset_days, film.sex) == (-2, "F")
    assert records["png/gone.png"].age_years == 61
    assert orphans(records) == ["png/stray.png"]
    assert {each.finding for each in records.values() if each.exclusion is None} == {
        Finding.COVID19
    }


def test_covid_cxnet_takes_every_file_and_matches_rows_by_stem(tmp_path: Path):
    folder = layouts.covid_cxnet(tmp_path)
    records = read("covid-cxnet", folder)
    covid19 = "chest_xray_images/covid19"
    patients = {
        path.removeprefix(f"{covid19}/"): each.patient for path, each in records.items()
    }
    assert patients == {
        "260.jpg": "10", "374.PNG": "11", "a1.webp": "12", "gone.jpg": "13", "nobody.png": "",
    }  # fmt: skip
    assert records[f"{covid19}/374.PNG"].finding_text == "COVID-19 (PCR negative)"
    assert all(each.finding is Finding.COVID19 for each in records.values())
    assert all(each.exclusion is None for each in records.values())
    layouts.put(folder / "chest_xray_images" / "normal", "n.png")
    assert (
        read("covid-cxnet", folder)["chest_xray_images/normal/n.png"].finding is Finding.NORMAL
    )


def test_kermany_keeps_its_patient_keys_and_tells_bacteria_from_viruses(tmp_path: Path):
    records = read("kermany", layouts.kermany(tmp_path))
    seen = {
        path.removeprefix("chest_xray/"): (each.patient, each.finding.value)
        for path, each in records.items()
    }
    assert seen == {
        "test/NORMAL/IM-0001-0001.jpeg": ("normal-0001", "normal"),
        "test/PNEUMONIA/person100_bacteria_475.jpeg": ("pneumonia-100", "bacterial"),
        "train/NORMAL/IM-0115-0001.jpeg": ("normal-0115", "normal"),
        "train/NORMAL/NORMAL2-IM-0588-0001-0002.jpeg": ("normal-0588", "normal"),
        "train/PNEUMONIA/person1_bacteria_2.jpeg": ("pneumonia-1", "bacterial"),
        "train/PNEUMONIA/person1_virus_6.jpeg": ("pneumonia-1", "viral"),
        "train/PNEUMONIA/person78.jpeg": ("pneumonia-78", "pneumonia"),
        "train/PNEUMONIA/scan.jpeg": ("", "pneumonia"),
        "val/NORMAL/NORMAL2-IM-1427-0001.jpeg": ("normal-1427", "normal"),
    }


def test_kermany_is_read_once_however_it_was_unpacked(tmp_path: Path):
    plain = read("kermany", layouts.kermany(tmp_path / "plain"))
    nested = read("kermany", layouts.kermany(tmp_path / "nested", is_nested=True))
    assert plain == nested
    mendeley = read("kermany", layouts.kermany(tmp_path / "mendeley", is_mendeley=True))
    assert len(mendeley) == len(plain) - 1
    inner_only = layouts.kermany(tmp_path / "inner", is_nested=True) / "chest_xray"
    for part in ("train", "test", "val"):
        (inner_only / part).rename(tmp_path / part)
    assert len(read("kermany", inner_only.parent)) == len(plain)


def test_nih_counts_any_list_with_pneumonia(tmp_path: Path):
    records = read("nih", layouts.nih(tmp_path))
    assert Counter(findings(records).values()) == {
        "normal": 3, "pneumonia": 6, "other_disease": 3,
    }  # fmt: skip
    assert records["images/00000003_000.png"].patient == "3"
    assert "images/00000012_000.png" in records  # a row without a file


def test_nih_is_read_from_twelve_folders_with_ages_and_views(tmp_path: Path):
    folder = layouts.nih(tmp_path, is_full=True)
    layouts.put(folder / "images_001" / "images", "99999999_000.png")
    records = read("nih", folder)
    film = records["images_007/images/00000007_001.png"]
    assert (film.patient, film.age_years, film.sex, film.view) == ("7", 47, "M", "AP")
    assert records["images_001/images/00000001_001.png"].age_years is None
    assert orphans(records) == ["images_001/images/99999999_000.png"]
    assert len(records) == 13


@pytest.mark.parametrize("release", layouts.RADIOGRAPHY_RELEASES)
def test_every_release_of_the_radiography_database_is_found_and_read(
    tmp_path: Path, release: int
):
    folder = layouts.radiography(tmp_path, release)
    assert find_releases(tmp_path) == {"radiography": folder}
    records = read("radiography", folder)
    counts = Counter(findings(records).values())
    expected = {"covid19": 2, "normal": 2, "viral": 2}
    assert counts == (expected if release < 4 else {**expected, "pneumonia": 2})
    assert {each.patient for each in records.values()} == {""}
    masks = [each.mask for each in records.values() if each.mask]
    assert len(masks) == (4 if release == 5 else 0)
    assert all((folder / mask).is_file() for mask in masks)


def test_the_radiography_database_is_found_one_folder_deeper(tmp_path: Path):
    outer = tmp_path / layouts.RADIOGRAPHY
    layouts.radiography(outer)
    records = read("radiography", outer)
    assert len(records) == 8
    assert f"{layouts.RADIOGRAPHY}/COVID/images/COVID-1.png" in records


@pytest.mark.parametrize("stage", [1, 2])
def test_rsna_reads_either_stage_and_joins_patients_with_nih(tmp_path: Path, stage: int):
    records = read("rsna", layouts.rsna(tmp_path, stage))
    train, test = f"stage_{stage}_train_images", f"stage_{stage}_test_images"
    assert findings(records) == {
        f"{test}/test.dcm": "unknown",
        f"{train}/gone.dcm": "normal",
        f"{train}/ill.dcm": "pneumonia",
        f"{train}/other.dcm": "other_disease",
        f"{train}/stray.dcm": "unknown",
        f"{train}/well.dcm": "normal",
    }
    assert records[f"{train}/ill.dcm"].also == ("nih/7",)
    assert records[f"{test}/test.dcm"].also == ("nih/9",)
    assert records[f"{test}/test.dcm"].exclusion is None
    assert records[f"{train}/other.dcm"].also == ()
    assert orphans(records) == [f"{train}/stray.dcm"]


def test_rsna_prefers_the_second_stage(tmp_path: Path):
    layouts.rsna(tmp_path, 1)
    records = read("rsna", layouts.rsna(tmp_path, 2, has_mapping=False))
    assert all(path.startswith("stage_2_") for path in records)


def test_rsna_without_classes_knows_opacities_only(tmp_path: Path):
    folder = layouts.rsna(tmp_path)
    (folder / "stage_2_detailed_class_info.csv").unlink()
    records = read("rsna", folder)
    assert records["stage_2_train_images/ill.dcm"].finding is Finding.PNEUMONIA
    assert records["stage_2_train_images/well.dcm"].finding is Finding.UNKNOWN


@pytest.mark.parametrize("content", ["{", "[1]", '[{"img_id": "x"}]'])
def test_a_damaged_mapping_is_refused(tmp_path: Path, content: str):
    folder = layouts.rsna(tmp_path)
    (folder / "pneumonia-challenge-dataset-mappings_2018.json").write_text(content)
    with pytest.raises(DataError, match="is not a list of subset_img_id and img_id"):
        read("rsna", folder)


# Anybody's table

DESCRIPTION = """
name = "ward-7"
title = "Films of ward 7"
csv = "lists/films.csv"
folder = "films"
licence = "internal"
citation = "Ward 7, 2026"
ages = "65 years and older"

[columns]
path = "File"
finding = "Diagnosis"
patient = "Pseudonym"
view = "View"
age = "Age"
mask = "Lungs"

[findings]
"No finding" = "normal"
"lobar pneumonia" = "bacterial"
"""
TABLE = """File,Diagnosis,Pseudonym,View,Age,Lungs,Room
a/1.png,no FINDING,p1,pa,70+,a/1-lungs.png,12
a/2.png,Lobar pneumonia,p2,AP,81,,12
gone.png,sprain,p3,,,,
"""


def describe(root: Path, description: str = DESCRIPTION, table: str = TABLE) -> Path:
    layouts.put(root / "films", "a/1.png", "a/1-lungs.png", "a/2.png", "stray.png")
    (root / "lists").mkdir()
    (root / "lists" / "films.csv").write_text(table)
    path = root / "ward-7.toml"
    path.write_text(description)
    return path


def test_a_described_table_is_a_source_like_the_others(tmp_path: Path):
    source = read_description(describe(tmp_path))
    assert (source.name, source.images, source.ages) == ("ward-7", 3, "65 years and older")
    folder = find_releases(tmp_path / "elsewhere", [source])["ward-7"]
    assert folder == tmp_path / "films"
    records = {record.path: record for record in source.read(folder)}
    first = records["a/1.png"]
    assert (first.patient, first.finding, first.view) == ("p1", Finding.NORMAL, "PA")
    assert (first.age_years, first.mask) == (70, "a/1-lungs.png")
    assert findings(records) == {
        "a/1.png": "normal", "a/2.png": "bacterial", "gone.png": "unknown",
        "stray.png": "unknown",
    }  # fmt: skip
    assert orphans(records) == ["stray.png"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "ward-7"', 'name = "nih"', "'nih' is another source's name"),
        ('name = "ward-7"', 'name = "Ward 7"', "expected small letters, digits and hyphens"),
        ('name = "ward-7"', "name = 7", "name is 7; expected text"),
        ('name = "ward-7"', "", "the file lacks name"),
        ('name = "ward-7"', "name =", "cannot be read as TOML"),
        ("ages =", "colour =", "the file has colour; expected only name, title"),
        ('ages = "65 years and older"', 'is_of_children = "no"', "expected true or false"),
        ('folder = "films"', 'folder = "nowhere"', "'nowhere'"),
        ('csv = "lists/films.csv"', 'csv = "x.csv"', "x.csv cannot be read"),
        ('finding = "Diagnosis"', "", "[columns] lacks finding"),
        ('view = "View"', 'weight = "View"', "[columns] has weight"),
        ('finding = "Diagnosis"', 'finding = "Label"', "column 'Label' is missing"),
        ('= "bacterial"', '= "bacterium"', "expected one of normal, pneumonia, bacterial"),
        ('"lobar pneumonia" =', '"no FINDING" =', "mapped to two findings"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(tmp_path: Path, old: str, new: str, words: str):
    assert old in DESCRIPTION
    path = describe(tmp_path, DESCRIPTION.replace(old, new))
    with pytest.raises(DataError) as refusal:
        read_description(path)
    assert words in str(refusal.value)


def test_a_table_that_leads_out_of_its_folder_is_refused(tmp_path: Path):
    source = read_description(describe(tmp_path, table=TABLE.replace("a/2", "../x")))
    with pytest.raises(DataError, match="leads out of the folder"):
        list(source.read(tmp_path / "films"))


# The installation's own films

CASES = [
    ReviewedCase("b.png", "Doe^Jane^1951", Finding.COVID19, "PA", reviewer_count=2),
    ReviewedCase("a.png", "Doe^Jane^1951", Finding.NORMAL),
    ReviewedCase("c.png", "", Finding.VIRAL, age_years=70, sex="F"),
]


def test_reviewed_cases_come_with_pseudonyms_only(tmp_path: Path):
    source = local_source(CASES, b"a secret of 16 b")
    first, second, third = source.read(tmp_path)
    assert [each.path for each in (first, second, third)] == ["a.png", "b.png", "c.png"]
    assert first.patient == second.patient != third.patient == ""
    assert "Doe" not in repr([first, second, third])
    assert second.finding_text == "covid19 (2 readers)"
    (other, *_) = local_source(CASES, b"another of 16 by").read(tmp_path)
    assert other.patient != first.patient


def test_a_short_salt_is_refused():
    with pytest.raises(DataError, match="at least 16"):
        local_source(CASES, b"salt")


def test_without_cases_the_local_source_is_empty(tmp_path: Path):
    assert list(source_named("local").read(tmp_path)) == []


# The films themselves


def counted(name: str, shared_films: Path) -> tuple[dict[str, Record], list[Record]]:
    folder = find_releases(shared_films)[name]
    records = read(name, folder)
    return records, [each for path, each in records.items() if (folder / path).is_file()]


@pytest.mark.parametrize(
    ("name", "rows", "files", "patients"),
    [
        ("cohen", 500, 465, 266),
        ("figure1", 47, 47, 42),
        ("actualmed", 205, 21, 188),
        ("hannover", 192, 192, 46),
        ("covid-cxnet", 684, 659, 244),
        ("kermany", 4783, 4783, 2425),
        ("nih", 848, 848, 577),
    ],
)
def test_real_releases_have_these_rows_files_and_patients(
    shared_films: Path, name: str, rows: int, files: int, patients: int
):
    records, here = counted(name, shared_films)
    assert (len(records), len(here)) == (rows, files)
    assert len({each.patient for each in records.values()} - {""}) == patients
    assert orphans(records) == []


def test_cohens_real_films_hold_ct_laterals_masks_and_a_patient_twice(shared_films: Path):
    records, here = counted("cohen", shared_films)
    rows = read_table(shared_films / layouts.COHEN / "metadata.csv", ())
    assert len(rows) == 503
    assert sum(each.modality == "CT" for each in records.values()) == 62
    assert sum(each.modality == "CT" for each in here) == 41
    assert sum(each.view == "L" for each in records.values()) == 25
    assert sum(each.view == "L" for each in here) == 22
    assert sum(bool(each.mask) for each in here) == 139
    assert len(cohen.masks_without_film(shared_films / layouts.COHEN)) == 11
    twice = [each for each in records.values() if each.also]
    assert [(each.patient, each.also) for each in twice] == [("285", ("cohen/339",))] * 3
    assert Counter(each.finding.value for each in records.values()) == {
        "covid19": 412, "bacterial": 32, "viral": 20, "normal": 14, "pneumonia": 9,
        "fungal": 7, "other_disease": 6,
    }  # fmt: skip


def test_covid_cxnets_real_rows_match_their_files(shared_films: Path):
    records, here = counted("covid-cxnet", shared_films)
    assert sum(not each.patient for each in here) == 304
    assert sum(each.finding_text.endswith("(PCR negative)") for each in records.values()) == 19


def test_the_other_real_findings_are_as_measured(shared_films: Path):
    measured = {
        name: Counter(each.finding.value for each in counted(name, shared_films)[1])
        for name in ("figure1", "actualmed", "hannover", "kermany", "nih")
    }
    assert measured == {
        "figure1": {"covid19": 30, "unknown": 13, "normal": 3, "pneumonia": 1},
        "actualmed": {"covid19": 9, "normal": 7, "unknown": 5},
        "hannover": {"covid19": 192},
        "kermany": {"bacterial": 2314, "viral": 1239, "normal": 1230},
        "nih": {"normal": 431, "pneumonia": 417},
    }


def test_a_jpeg_that_is_called_jfif_is_a_film_too(tmp_path: Path):
    """COVID-CXNet has two dozen of them."""
    folder = layouts.covid_cxnet(tmp_path)
    layouts.put(folder / "chest_xray_images" / "covid19", "364.jfif")
    paths = [record.path for record in source_named("covid-cxnet").read(folder)]
    assert "chest_xray_images/covid19/364.jfif" in paths
