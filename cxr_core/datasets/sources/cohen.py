"""covid-chestxray-dataset: films from publications, each row with its own licence."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.findings import finding_of
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import (
    age_in_years,
    known_date,
    number,
    read_published_table,
    sex_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAME = "cohen"
_COLUMNS = ("patientid", "finding", "view", "modality", "folder", "filename")
_MASKS = "annotations/lungVAE-masks"


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per file that a row names, CT and laterals too, and the files without."""
    masks = _masks(folder)
    records = []
    for line, row in enumerate(read_published_table(folder, "metadata.csv", _COLUMNS), 2):
        path = path_of_row(line, row["folder"], row["filename"])
        mask = masks.get(PurePosixPath(path).stem, "")
        records.append(record_of_row(row, path, row["patientid"], mask=mask))
    yield from complete(_NAME, records, image_files(folder, "images"))


def record_of_row(row: Mapping[str, str], path: str, patient: str, mask: str = "") -> Record:
    """Read the columns that Cohen's table has, and those tables that were made after it."""
    return Record(
        path=path,
        patient=patient,
        finding_text=row["finding"],
        finding=finding_of(row["finding"]),
        view=view_of(row["view"]),
        modality=row["modality"],
        study_date=known_date(row.get("date", "")),
        offset_days=number(row.get("offset", "")),
        age_years=age_in_years(row.get("age", "")),
        sex=sex_of(row.get("sex", "")),
        licence=row.get("license", ""),
        mask=mask,
    )


def masks_without_film(folder: Path) -> list[str]:
    """List the lung masks whose film is not in `images`."""
    films = {PurePosixPath(path).stem for path in image_files(folder, "images")}
    return sorted(path for stem, path in _masks(folder).items() if stem not in films)


def _masks(folder: Path) -> dict[str, str]:
    """Masks by the stem of their film; a few end in .png twice, beside one that does once."""
    return {
        re.sub(r"_mask(\.png)+$", "", PurePosixPath(path).name): path
        for path in reversed(image_files(folder, _MASKS))
    }


SOURCE = Source(
    name=_NAME,
    title="COVID-19 Image Data Collection",
    folders=("covid-chestxray-dataset", "covid-chestxray-dataset-master"),
    read=read,
    licence="per row (column license); where blank, unknown: ask the source of the film",
    citation=(
        "Cohen J. P., Morrison P., Dao L., Roth K., Duong T. Q., Ghassemi M. COVID-19 Image "
        "Data Collection: Prospective Predictions Are the Future. arXiv:2006.11988, 2020."
    ),
    url="https://github.com/ieee8023/covid-chestxray-dataset",
    images=950,
    megabytes=650,
    download=Download("git", "https://github.com/ieee8023/covid-chestxray-dataset"),
    caution=(
        "Figures of publications, chosen for being remarkable and often cropped; CT slices and "
        "laterals among them; some films called No Finding show gross opacities."
    ),
    masks_without_film=masks_without_film,
)
