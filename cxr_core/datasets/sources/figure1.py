"""Figure1-COVID-chestxray-dataset: films that readers of Figure 1 sent in."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.records import Download, Source
from cxr_core.datasets.sources.cohen import record_of_row
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import read_published_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.datasets.records import Record

_NAME = "figure1"
_COLUMNS = ("patientid", "finding", "view", "modality")


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per row; the table names no file, whose stem is the patient's id."""
    files = image_files(folder, "images")
    # Of two files with one stem the first by name is the row's.
    paths = {PurePosixPath(path).stem: path for path in reversed(files)}
    records = []
    for line, row in enumerate(read_published_table(folder, "metadata.csv", _COLUMNS), 2):
        stem = row["patientid"]
        path = paths.get(stem) or path_of_row(line, "images", stem)
        # COVID-00015b is a second film of patient COVID-00015.
        records.append(record_of_row(row, path, re.sub(r"(?<=\d)[a-z]$", "", stem)))
    yield from complete(_NAME, records, files)


SOURCE = Source(
    name=_NAME,
    title="Figure 1 COVID-19 Chest X-ray Dataset Initiative",
    folders=("Figure1-COVID-chestxray-dataset", "Figure1-COVID-chestxray-dataset-master"),
    read=read,
    licence="for research purposes only",
    citation=(
        "Figure 1 and the COVID-Net team (Chung A. et al.). Figure 1 COVID-19 "
        "Chest X-ray Dataset Initiative. "
        "github.com/agchung/Figure1-COVID-chestxray-dataset, 2020."
    ),
    url="https://github.com/agchung/Figure1-COVID-chestxray-dataset",
    images=55,
    megabytes=30,
    download=Download("git", "https://github.com/agchung/Figure1-COVID-chestxray-dataset"),
    caution="Few films, sent in by readers; the finding is theirs, and a third has none.",
)
