"""Miniature copies of the public releases, each in a layout in which it was published.

Every builder takes the folder that holds the releases and returns the one it made. Films are
drawn once per seed; a reader does not look at them.
"""

from __future__ import annotations

import csv
import json
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

from tests.datasets.releases import person
from tests.synthetic import dicom_bytes, png_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COHEN = "covid-chestxray-dataset"
FIGURE1 = "Figure1-COVID-chestxray-dataset"
ACTUALMED = "Actualmed-COVID-chestxray-dataset"
HANNOVER = "covid-19-image-repository"
COVID_CXNET = "COVID-CXNet"
KERMANY = "chest-xray-pneumonia"
NIH = "nih-chest-xrays"
RADIOGRAPHY = "COVID-19_Radiography_Dataset"
RSNA = "rsna-pneumonia-detection-challenge"


@cache
def film(seed: int = 1) -> bytes:
    """A PNG of 64 x 64 pixels, whatever the name of its file says."""
    return png_bytes(person(seed, 64))


@cache
def dicom(seed: int = 1) -> bytes:
    return dicom_bytes(person(seed, 64))


def put(folder: Path, *names: str, content: bytes | None = None) -> None:
    """Write films under these names, another person's for each name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draw = dicom if path.suffix == ".dcm" else film
        path.write_bytes(draw(crc32(name.encode())) if content is None else content)


def put_table(
    path: Path, rows: Sequence[Mapping[str, str]], columns: Sequence[str] = ()
) -> None:
    """Write a CSV; a row may leave columns out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = columns or list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, names, restval="")
        table.writeheader()
        table.writerows(rows)


def cohen(root: Path, *rows: Mapping[str, str], names: Sequence[str] = ()) -> Path:
    """Rows get what they leave out; `names` are the films in images."""
    usual = {
        "patientid": "1", "offset": "", "sex": "", "age": "", "finding": "COVID-19",
        "view": "PA", "modality": "X-ray", "date": "", "location": "", "folder": "images",
        "filename": "a.png", "license": "",
    }  # fmt: skip
    folder = root / COHEN
    put_table(folder / "metadata.csv", [{**usual, **row} for row in rows], list(usual))
    put(folder / "images", *names)
    return folder


def figure1(root: Path) -> Path:
    folder = root / FIGURE1
    lines = [
        "patientid,offset,sex,age,finding,survival,temperature,pO2 saturation,view,modality,"
        "artifacts/distortion,notes",
        "COVID-00001,13,M,33,COVID-19,,,58,AP erect,X-ray,,",
        "COVID-00002,,M,50+,,,,,,X-ray,,temperature 38\xba",
        "COVID-00015a,,F,mid 50s,COVID-19,,,,,X-ray,,",
        "COVID-00015b,,F,mid 50s,COVID-19,,,,,X-ray,,",
        "COVID-00016,,,,No finding,,,,PA,X-ray,,",
    ]
    folder.mkdir(parents=True)
    (folder / "metadata.csv").write_text("\r\n".join(lines), encoding="latin-1")
    names = ("COVID-00001.jpg", "COVID-00002.jpg", "COVID-00015b.png", "COVID-00099.png")
    put(folder / "images", *names)
    return folder


def actualmed(root: Path) -> Path:
    folder = root / ACTUALMED
    rows = [
        {"patientid": "ANON1", "finding": "COVID-19", "view": "PA", "modality": "X-ray",
         "imagename": "CR.1.png", "notes": ", date taken (YYYYMMDD): 20200313"},
        {"patientid": "ANON2", "finding": "", "view": "AP", "modality": "X-ray",
         "imagename": "CR.2.png",
         "notes": "Inconclusive, date taken (YYYYMMDD): 20200401"},
        {"patientid": "ANON3", "finding": "No finding", "view": "PA", "modality": "X-ray",
         "imagename": "CR.3.png",
         "notes": "Negative (covid-19 viral infection is excluded), "
                  "date taken (YYYYMMDD): 20200317"},
    ]  # fmt: skip
    put_table(folder / "metadata.csv", rows)
    put(folder / "images", "CR.1.png", "CR.2.png", "SAMPLE.png")
    return folder


def hannover(root: Path) -> Path:
    folder = root / HANNOVER
    rows = [
        {"patient_id": "p1", "image_id": "aa", "sex": "f", "age": "", "admission_offset": "0",
         "modality": "CR", "projection": "pa"},
        {"patient_id": "p1", "image_id": "bb", "sex": "f", "age": "", "admission_offset": "-2",
         "modality": "DX", "projection": "ap"},
        {"patient_id": "p2", "image_id": "gone", "sex": "m", "age": "61",
         "admission_offset": "10", "modality": "CR", "projection": "ap"},
    ]  # fmt: skip
    put_table(folder / "data.csv", rows)
    put(folder / "png", "aa.png", "bb.png", "stray.png")
    return folder


def covid_cxnet(root: Path) -> Path:
    folder = root / COVID_CXNET
    columns = ("filename", "patient_id", "sex", "age", "view", "pcr_test", "admission_offset")
    lines = [
        ("260.jpg", "10", "female", "68", "", "positive", ""),
        ("374.png", "11", "male", "47", "AP", "negative", "3"),
        ("A1.JPG", "12", "", "", "PA", "", ""),
        ("gone.jpg", "13", "", "", "", "positive", ""),
    ]
    rows = [dict(zip(columns, line, strict=True)) for line in lines]
    put_table(folder / "metadata.csv", rows)
    covid19 = folder / "chest_xray_images" / "covid19"
    put(covid19, "260.jpg", "374.PNG", "a1.webp", "nobody.png")
    return folder


_KERMANY_TRAIN = (
    "NORMAL/IM-0115-0001.jpeg",
    "NORMAL/NORMAL2-IM-0588-0001-0002.jpeg",
    "PNEUMONIA/person1_bacteria_2.jpeg",
    "PNEUMONIA/person1_virus_6.jpeg",
    "PNEUMONIA/person78.jpeg",
    "PNEUMONIA/scan.jpeg",
)
_KERMANY_TEST = ("NORMAL/IM-0001-0001.jpeg", "PNEUMONIA/person100_bacteria_475.jpeg")


def kermany(root: Path, *, is_nested: bool = False, is_mendeley: bool = False) -> Path:
    """The Kaggle layout, with its second copy if nested; Mendeley has no val."""
    folder = root / KERMANY
    bases = ["chest_xray"]
    if is_nested:
        bases += ["chest_xray/chest_xray", "chest_xray/__MACOSX/chest_xray"]
    for base in bases:
        put(folder / base / "train", *_KERMANY_TRAIN)
        put(folder / base / "test", *_KERMANY_TEST)
        if not is_mendeley:
            put(folder / base / "val", "NORMAL/NORMAL2-IM-1427-0001.jpeg")
    put(folder / "chest_xray" / "train" / "NORMAL", ".DS_Store", "Thumbs.db")
    return folder


def nih(root: Path, *, is_full: bool = False) -> Path:
    """The early table and one folder, or Kaggle's whole table and its twelve."""
    folder = root / NIH
    films = [f"{number:08d}_{number % 3:03d}.png" for number in range(1, 13)]
    findings = ["No Finding", "Pneumonia", "Effusion|Pneumonia", "Cardiomegaly"]
    rows = []
    for number, name in enumerate(films, 1):
        row = {
            "Image Index": name,
            "Finding Labels": findings[number % 4],
            "Follow-up #": str(number % 3),
            "Patient ID": str(number),
        }
        if is_full:
            row |= {
                "Patient Age": f"{40 + number:03d}Y" if number > 1 else "412Y",
                "Patient Gender": "FM"[number % 2],
                "View Position": ("PA", "AP")[number % 2],
            }
        rows.append(row)
    if is_full:
        put_table(folder / "Data_Entry_2017_v2020.csv", rows)
        for number, name in enumerate(films, 1):
            put(folder / f"images_{number:03d}" / "images", name)
    else:
        put_table(folder / "Data_Entry_2017.csv", rows)
        put(folder / "images", *films[:-1])
    return folder


RADIOGRAPHY_RELEASES: dict[int, tuple[str, tuple[str, ...]]] = {
    1: ("COVID-19 Radiography Database", ("COVID-19", "NORMAL", "Viral Pneumonia")),
    2: ("COVID-19 Radiography Database", ("COVID-19", "NORMAL", "Viral Pneumonia")),
    3: ("COVID-19_Radiography_Database", ("COVID", "NORMAL", "Viral_Pneumonia")),
    4: (RADIOGRAPHY, ("COVID", "Normal", "Viral Pneumonia", "Lung_Opacity")),
    5: (RADIOGRAPHY, ("COVID", "Normal", "Viral Pneumonia", "Lung_Opacity")),
}


def radiography(root: Path, release: int = 5) -> Path:
    """Two films per class; from the fifth release on beside their masks."""
    name, classes = RADIOGRAPHY_RELEASES[release]
    folder = root / name
    for each in classes:
        films = (f"{each}-1.png", f"{each} (2).png")
        if release < 5:
            put(folder / each, *films)
        else:
            put(folder / each / "images", *films)
            put(folder / each / "masks", films[0])
        put(folder, f"{each}.metadata.xlsx", content=b"PK")
    return folder


def rsna(root: Path, stage: int = 2, *, has_mapping: bool = True) -> Path:
    """An opacity with two boxes, a normal film, another disease, a stray and a test film."""
    folder = root / RSNA
    labels = [("ill", "1"), ("ill", "1"), ("well", "0"), ("other", "0"), ("gone", "0")]
    classes = {
        "ill": "Lung Opacity",
        "well": "Normal",
        "other": "No Lung Opacity / Not Normal",
        "gone": "Normal",
    }
    box = {"x": "264.0", "y": "152.0", "width": "213.0", "height": "379.0"}
    put_table(
        folder / f"stage_{stage}_train_labels.csv",
        [
            {"patientId": name, **(box if target == "1" else {}), "Target": target}
            for name, target in labels
        ],
        ["patientId", *box, "Target"],
    )
    put_table(
        folder / f"stage_{stage}_detailed_class_info.csv",
        [{"patientId": name, "class": classes[name]} for name, _ in labels],
    )
    train = ("ill.dcm", "well.dcm", "other.dcm", "stray.dcm")
    put(folder / f"stage_{stage}_train_images", *train)
    put(folder / f"stage_{stage}_test_images", "test.dcm")
    if has_mapping:
        mapping = [
            {"subset_img_id": name, "img_id": f"{number:08d}_000.png"}
            for number, name in enumerate(("ill", "well", "test"), 7)
        ]
        path = folder / "pneumonia-challenge-dataset-mappings_2018.json"
        path.write_text(json.dumps(mapping))
    return folder
