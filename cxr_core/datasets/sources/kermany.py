"""chest-xray-pneumonia: children of Guangzhou, in the Kaggle and in the Mendeley layout."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import image_files
from cxr_core.datasets.sources.tables import not_as_published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLASSES = ("NORMAL", "PNEUMONIA")
# Some unpack to a second copy of everything inside the first.
_BASES = ("chest_xray", "chest_xray/chest_xray")
_PARTS = ("test", "train", "val")


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per file; folder and file name tell the finding and the patient.

    Raises
    ------
    DataError
        When no folder is laid out as `chest_xray/train/NORMAL`.
    """
    for base in _BASES:
        classes = [
            f"{base}/{part}/{name}"
            for part in _PARTS
            for name in _CLASSES
            if (folder / base / part / name).is_dir()
        ]
        if classes:
            break
    else:
        raise not_as_published(folder, "there is no chest_xray/train/NORMAL or the like")
    for inside in classes:
        for path in image_files(folder, inside):
            yield _record(path, PurePosixPath(inside).name)


def _record(path: str, name: str) -> Record:
    file_name = PurePosixPath(path).name
    found = re.search(r"(?:IM-|person)(\d+)", file_name)
    text, finding = name, Finding.NORMAL
    if name == "PNEUMONIA":
        text, finding = _kind(file_name.lower())
    return Record(
        path=path,
        # Splits are dealt by these very letters.
        patient=f"{name.lower()}-{found[1]}" if found else "",
        finding_text=text,
        finding=finding,
        view="AP",
        modality="X-ray",
    )


def _kind(file_name: str) -> tuple[str, Finding]:
    if "bacteria" in file_name:
        return "PNEUMONIA, bacteria", Finding.BACTERIAL
    if "virus" in file_name:
        return "PNEUMONIA, virus", Finding.VIRAL
    return "PNEUMONIA", Finding.PNEUMONIA


SOURCE = Source(
    name="kermany",
    title="Labeled Chest X-Ray Images (Kermany et al.)",
    folders=("chest-xray-pneumonia", "ChestXRay2017"),
    read=read,
    licence="CC BY 4.0",
    citation=(
        "Kermany D. S., Goldbaum M., Cai W. et al. Identifying Medical Diagnoses and Treatable "
        "Diseases by Image-Based Deep Learning. Cell 172(5):1122-1131.e9, 2018. "
        "doi:10.1016/j.cell.2018.02.010. Data: doi:10.17632/rscbjbr9sj.3."
    ),
    url="https://data.mendeley.com/datasets/rscbjbr9sj/3",
    images=5_856,
    megabytes=2_400,
    download=Download("kaggle", "paultimothymooney/chest-xray-pneumonia"),
    ages="1 to 5 years",
    is_of_children=True,
    caution=(
        "All are children: a network learns age for normal and pneumonia. Re-publications "
        "often hold films squashed to 224 x 224."
    ),
)
