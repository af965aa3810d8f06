"""COVID-CXNet: COVID-19 films gathered from many places, half of them copies of others'."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import (
    age_in_years,
    not_as_published,
    number,
    read_published_table,
    sex_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NAME = "covid-cxnet"
_COLUMNS = ("filename", "patient_id")
_COVID19 = "chest_xray_images/covid19"
_NORMAL = "chest_xray_images/normal"


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per file, its label being its folder, and per row without one.

    About half of the files have a row; some rows name theirs in another case or extension.
    """
    if not (folder / _COVID19).is_dir():
        raise not_as_published(folder, f"there is no folder {_COVID19}")
    files = image_files(folder, _COVID19)
    by_stem = {_stem(path): path for path in reversed(files)}
    present = set(files)
    records = []
    for line, row in enumerate(read_published_table(folder, "metadata.csv", _COLUMNS), 2):
        path = path_of_row(line, _COVID19, row["filename"])
        if path not in present:
            path = by_stem.get(_stem(path), path)
        records.append(_record(row, path))
    told = {record.path for record in records}
    records += [_record({}, path) for path in files if path not in told]
    records += [
        Record(path, "", "normal", Finding.NORMAL, modality="X-ray")
        for path in image_files(folder, _NORMAL)
    ]
    yield from complete(_NAME, records, ())


def _record(row: Mapping[str, str], path: str) -> Record:
    is_negative = row.get("pcr_test", "").lower() == "negative"
    return Record(
        path=path,
        patient=row.get("patient_id", ""),
        finding_text="COVID-19 (PCR negative)" if is_negative else "COVID-19",
        finding=Finding.COVID19,
        view=view_of(row.get("view", "")),
        modality="X-ray",
        offset_days=number(row.get("admission_offset", "")),
        age_years=age_in_years(row.get("age", "")),
        sex=sex_of(row.get("sex", "")),
    )


def _stem(path: str) -> str:
    return PurePosixPath(path).stem.lower()


SOURCE = Source(
    name=_NAME,
    title="COVID-CXNet",
    folders=("COVID-CXNet", "COVID-CXNet-master"),
    read=read,
    licence="CC BY 4.0",
    citation=(
        "Haghanifar A., Molahasani Majdabadi M., Choi Y., Deivalakshmi S., Ko S. COVID-CXNet: "
        "Detecting COVID-19 in frontal chest X-ray images using deep learning. Multimedia "
        "Tools and Applications 81, 2022. doi:10.1007/s11042-022-12156-z."
    ),
    url="https://github.com/armiro/COVID-CXNet",
    images=900,
    megabytes=600,
    download=Download("git", "https://github.com/armiro/COVID-CXNet"),
    caution=(
        "Nearly half of the films are copies from other releases, re-encoded and often "
        "cropped; half have no patient; a few patients were tested negative."
    ),
)
