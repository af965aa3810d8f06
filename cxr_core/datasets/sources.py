"""Readers of the public releases, each in the layout in which it is published.

A reader takes the folder that holds the release and lists its frontal radiographs with a label
of normal, pneumonia or covid19. Rows that are CT, lateral, unlabelled or without a file are
counted, never used.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from cxr_core.datasets.films import Film, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FRONTAL_VIEWS = frozenset({"PA", "AP", "AP SUPINE", "AP ERECT", ""})
_LABELS = {
    "covid-19": "covid19", "covid-19, ards": "covid19",
    "no finding": "normal",
    "pneumonia": "pneumonia", "sars": "pneumonia", "streptococcus": "pneumonia",
    "mycoplasma bacterial pneumonia": "pneumonia", "pneumocystis": "pneumonia",
    "klebsiella": "pneumonia", "varicella": "pneumonia", "e.coli": "pneumonia",
    "chlamydophila": "pneumonia", "legionella": "pneumonia",
}  # fmt: skip


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as stream:
        for row in csv.DictReader(stream):
            yield {key: (value or "").strip() for key, value in row.items() if key}


def _is_frontal(row: dict[str, str], listing: Listing, source: str) -> bool:
    if row.get("modality", "X-ray") not in {"X-ray", "CR", "DX"}:
        listing.leave_out(source, "not a plain radiograph")
        return False
    if (row.get("view") or row.get("projection") or "").upper() not in _FRONTAL_VIEWS:
        listing.leave_out(source, "not a frontal view")
        return False
    return True


def _label(row: dict[str, str], listing: Listing, source: str) -> str | None:
    label = _LABELS.get(row["finding"].lower())
    if label is None:
        listing.leave_out(source, f"finding not used: {row['finding'] or 'blank'}")
    return label


def read_cohen(folder: Path) -> Listing:
    """List covid-chestxray-dataset (Cohen et al. 2020)."""
    listing = Listing()
    for row in _rows(folder / "metadata.csv"):
        if _is_frontal(row, listing, "cohen") and (label := _label(row, listing, "cohen")):
            path = folder / row["folder"] / row["filename"]
            listing.add(Film(path, "cohen", row["patientid"], label))
    return listing


def read_figure1(folder: Path) -> Listing:
    """List Figure1-COVID-chestxray-dataset; the file stem is the patient id."""
    listing = Listing()
    for row in _rows(folder / "metadata.csv"):
        if not (
            _is_frontal(row, listing, "figure1") and (label := _label(row, listing, "figure1"))
        ):
            continue
        stem = row["patientid"]
        # COVID-00015b is a second film of patient COVID-00015.
        patient = re.sub(r"(?<=\d)[a-z]$", "", stem)
        found = sorted((folder / "images").glob(f"{stem}.*"))
        path = found[0] if found else folder / "images" / stem
        listing.add(Film(path, "figure1", patient, label))
    return listing


def read_actualmed(folder: Path) -> Listing:
    """List Actualmed-COVID-chestxray-dataset."""
    listing = Listing()
    for row in _rows(folder / "metadata.csv"):
        if _is_frontal(row, listing, "actualmed") and (
            label := _label(row, listing, "actualmed")
        ):
            path = folder / "images" / row["imagename"]
            listing.add(Film(path, "actualmed", row["patientid"], label))
    return listing


def read_hannover(folder: Path) -> Listing:
    """List covid-19-image-repository (Winther et al. 2020), all COVID-19."""
    listing = Listing()
    for row in _rows(folder / "data.csv"):
        if _is_frontal(row, listing, "hannover"):
            path = folder / "png" / f"{row['image_id']}.png"
            listing.add(Film(path, "hannover", row["patient_id"], "covid19"))
    return listing


def read_covid_cxnet(folder: Path) -> Listing:
    """List COVID-CXNet (Haghanifar et al. 2022), all COVID-19.

    About half of the files have a metadata row, some under another case or extension; a film
    without a patient id stands for a patient of its own until the copies are joined.
    """
    listing = Listing()
    patients = {
        row["filename"].rsplit(".", 1)[0].lower(): row["patient_id"]
        for row in _rows(folder / "metadata.csv")
        if row["patient_id"]
    }
    for path in sorted((folder / "chest_xray_images" / "covid19").iterdir()):
        patient = patients.get(path.stem.lower(), f"film-{path.stem}")
        listing.add(Film(path, "covid-cxnet", patient, "covid19"))
    return listing


def read_kermany(folder: Path) -> Listing:
    """List chest-xray-pneumonia (Kermany et al. 2018), children of one to five years."""
    listing = Listing()
    for name, label in (("NORMAL", "normal"), ("PNEUMONIA", "pneumonia")):
        for path in sorted(folder.glob(f"chest_xray/*/{name}/*")):
            found = re.search(r"(?:IM-|person)(\d+)", path.name)
            if found is None:
                listing.leave_out("kermany", "file name without a patient")
                continue
            listing.add(Film(path, "kermany", f"{name.lower()}-{found[1]}", label))
    return listing


def read_nih(folder: Path) -> Listing:
    """List NIH ChestX-ray8 (Wang et al. 2017); only No Finding and lone Pneumonia are used."""
    listing = Listing()
    for row in _rows(folder / "Data_Entry_2017.csv"):
        label = {"No Finding": "normal", "Pneumonia": "pneumonia"}.get(row["Finding Labels"])
        if label is None:
            listing.leave_out("nih", "other finding")
            continue
        path = folder / "images" / row["Image Index"]
        listing.add(Film(path, "nih", row["Patient ID"], label))
    return listing


CHILDREN = {"kermany": "1 to 5 years"}
"""Sources whose films are all of children, with their ages."""

READERS: dict[str, Callable[[Path], Listing]] = {
    "covid-chestxray-dataset": read_cohen,
    "Figure1-COVID-chestxray-dataset": read_figure1,
    "Actualmed-COVID-chestxray-dataset": read_actualmed,
    "covid-19-image-repository": read_hannover,
    "COVID-CXNet": read_covid_cxnet,
    "chest-xray-pneumonia": read_kermany,
    "nih-chest-xrays": read_nih,
}
"""Release folder name to reader: a release is read where its published folder stands."""
