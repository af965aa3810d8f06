"""Actualmed-COVID-chestxray-dataset: films of one Spanish provider, of spring 2020."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cxr_core.datasets.records import Download, Source
from cxr_core.datasets.sources.cohen import record_of_row
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import known_date, read_published_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.datasets.records import Record

_NAME = "actualmed"
_COLUMNS = ("patientid", "finding", "view", "modality", "imagename")
_NOTES = re.compile(r"(.*?),?\s*date taken \(YYYYMMDD\):\s*(\d{8})?", re.DOTALL)


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per row; the notes hold the day, and the test's result beside it."""
    records = []
    for line, row in enumerate(read_published_table(folder, "metadata.csv", _COLUMNS), 2):
        path = path_of_row(line, "images", row["imagename"])
        record = record_of_row(row, path, row["patientid"])
        if notes := _NOTES.match(row.get("notes", "")):
            record = replace(
                record,
                study_date=known_date(notes[2] or ""),
                # A blank finding stays unknown; the notes say that it is "Inconclusive".
                finding_text=record.finding_text or notes[1].strip(),
            )
        records.append(record)
    yield from complete(_NAME, records, image_files(folder, "images"))


SOURCE = Source(
    name=_NAME,
    title="Actualmed COVID-19 Chest X-ray Dataset Initiative",
    folders=("Actualmed-COVID-chestxray-dataset", "Actualmed-COVID-chestxray-dataset-master"),
    read=read,
    licence="for research purposes only",
    citation=(
        "Actualmed, Universitat Jaume I, and the COVID-Net team (Chung A. et al.). Actualmed "
        "COVID-19 Chest X-ray Dataset Initiative. "
        "github.com/agchung/Actualmed-COVID-chestxray-dataset, 2020."
    ),
    url="https://github.com/agchung/Actualmed-COVID-chestxray-dataset",
    images=238,
    megabytes=1_400,
    download=Download("git", "https://github.com/agchung/Actualmed-COVID-chestxray-dataset"),
    caution="No Finding means that COVID-19 was excluded, not that the film is normal.",
)
