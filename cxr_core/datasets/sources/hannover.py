"""covid-19-image-repository: Hannover Medical School, all COVID-19."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import (
    age_in_years,
    number,
    read_published_table,
    sex_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "hannover"
_COLUMNS = ("patient_id", "image_id", "modality", "projection")


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per row; no column tells the finding, which is that of the release."""
    records = [
        Record(
            path=path_of_row(line, "png", f"{row['image_id']}.png" if row["image_id"] else ""),
            patient=row["patient_id"],
            finding_text="COVID-19 (all films of the release)",
            finding=Finding.COVID19,
            view=view_of(row["projection"]),
            modality=row["modality"],
            offset_days=number(row.get("admission_offset", "")),
            age_years=age_in_years(row.get("age", "")),
            sex=sex_of(row.get("sex", "")),
        )
        for line, row in enumerate(read_published_table(folder, "data.csv", _COLUMNS), 2)
    ]
    yield from complete(_NAME, records, image_files(folder, "png"))


SOURCE = Source(
    name=_NAME,
    title="COVID-19 Image Repository, Hannover Medical School",
    folders=("covid-19-image-repository", "covid-19-image-repository-master"),
    read=read,
    licence="CC BY 3.0",
    citation=(
        "Winther H. B., Laser H., Gerbel S., Maschke S. K., Hinrichs J. B., Vogel-Claussen J., "
        "Wacker F. K., Höper M. M., Meyer B. C. COVID-19 Image Repository. figshare, 2020. "
        "doi:10.6084/m9.figshare.12275009."
    ),
    url="https://github.com/ml-workgroup/covid-19-image-repository",
    images=243,
    megabytes=1_000,
    download=Download("git", "https://github.com/ml-workgroup/covid-19-image-repository"),
    caution=(
        "One hospital and one disease: whatever marks its films marks COVID-19. Many were "
        "taken in intensive care, some before the disease shows; Cohen holds crops of them."
    ),
)
