"""RSNA Pneumonia Detection Challenge 2018: films of NIH, read by radiologists."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import not_as_published, read_published_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "rsna"
_MAPPING = "pneumonia-challenge-dataset-mappings_2018.json"
_OPACITY = "Lung Opacity"
_CLASSES = {
    "Normal": Finding.NORMAL,
    _OPACITY: Finding.PNEUMONIA,
    "No Lung Opacity / Not Normal": Finding.OTHER_DISEASE,
}


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per film: those of the tables, and the test films, which have no label.

    With RSNA's mapping file in the folder, `also` names the film's patient in `nih`.

    Raises
    ------
    DataError
        When neither table of either stage is there, or one of the files is damaged.
    """
    stage = next((each for each in ("stage_2", "stage_1") if _tables(folder, each)), None)
    if stage is None:
        raise not_as_published(
            folder, "there is no stage_2_train_labels.csv or stage_2_detailed_class_info.csv"
        )
    nih_patients = _nih_patients(folder)
    films = image_files(folder, f"{stage}_train_images")
    paths = {PurePosixPath(path).stem: path for path in films}
    records = []
    for patient, (line, text, finding) in _labels(folder, stage).items():
        name = f"{patient}.dcm" if patient else ""
        path = paths.get(patient) or path_of_row(line, f"{stage}_train_images", name)
        records.append(_record(path, patient, text, finding, nih_patients))
    for path in image_files(folder, f"{stage}_test_images"):
        patient = PurePosixPath(path).stem
        records.append(_record(path, patient, "", Finding.UNKNOWN, nih_patients))
    yield from complete(_NAME, records, films)


def _tables(folder: Path, stage: str) -> list[str]:
    names = (f"{stage}_detailed_class_info.csv", f"{stage}_train_labels.csv")
    return [name for name in names if (folder / name).is_file()]


def _labels(folder: Path, stage: str) -> dict[str, tuple[int, str, Finding]]:
    """Row number, word and finding per patient: a film has a row for each opacity.

    The classes say more than the target, 0 of which is a normal film or another disease.
    """
    labels: dict[str, tuple[int, str, Finding]] = {}
    for table in _tables(folder, stage):
        column = "class" if "class" in table else "Target"
        rows = read_published_table(folder, table, ("patientId", column))
        for line, row in enumerate(rows, 2):
            text = row[column]
            if column == "Target":
                text = _OPACITY if text == "1" else ""
            label = (line, text, _CLASSES.get(text, Finding.UNKNOWN))
            labels.setdefault(row["patientId"], label)
    return labels


def _nih_patients(folder: Path) -> dict[str, str]:
    path = folder / _MAPPING
    if not path.is_file():
        return {}
    try:
        return {
            str(entry["subset_img_id"]): str(int(str(entry["img_id"]).split("_")[0]))
            for entry in json.loads(path.read_text(encoding="utf-8"))
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise not_as_published(
            folder, f"{_MAPPING} is not a list of subset_img_id and img_id ({error})"
        ) from error


def _record(
    path: str, patient: str, text: str, finding: Finding, nih_patients: dict[str, str]
) -> Record:
    also = (f"nih/{nih_patients[patient]}",) if patient in nih_patients else ()
    return Record(path, patient, text, finding, modality="X-ray", also=also)


SOURCE = Source(
    name=_NAME,
    title="RSNA Pneumonia Detection Challenge 2018",
    folders=("rsna-pneumonia-detection-challenge",),
    read=read,
    licence=(
        "academic, educational, commercial and other use, with attribution to RSNA and NIH "
        "(RSNA's terms of use); from Kaggle, also the rules of the competition"
    ),
    citation=(
        "Shih G., Wu C. C., Halabi S. S. et al. Augmenting the National Institutes of Health "
        "Chest Radiograph Dataset with Expert Annotations of Possible Pneumonia. Radiology: "
        "Artificial Intelligence 1(1):e180041, 2019. doi:10.1148/ryai.2019180041. Films: Wang "
        "X. et al., CVPR 2017."
    ),
    url="https://www.kaggle.com/c/rsna-pneumonia-detection-challenge",
    images=29_684,
    megabytes=4_000,
    download=Download(
        "kaggle",
        "competition:rsna-pneumonia-detection-challenge",
        note=(
            "Accept the rules of the competition on its page first. To join its patients with "
            f"those of nih, put RSNA's {_MAPPING} into the folder."
        ),
    ),
    caution=(
        "All films are NIH's: without RSNA's mapping file a patient may stand in two splits. "
        "Lung Opacity is what may be pneumonia in the right clinical setting, no diagnosis."
    ),
)
