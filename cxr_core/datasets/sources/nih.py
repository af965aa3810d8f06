"""NIH ChestX-ray8 and ChestX-ray14: findings mined from reports."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import (
    age_in_years,
    read_published_table,
    sex_of,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = "nih"
_COLUMNS = ("Image Index", "Finding Labels", "Patient ID")
_TABLES = ("Data_Entry_2017.csv", "Data_Entry_2017_v2020.csv")
_HOST = "https://nihcc.box.com/shared/static"
_ARCHIVES = (
    "vfk49d74nhbxq3nqjg0900w5nvkorp5c",
    "i28rlmbvmfjbl8p2n3ril0pptcmcu9d1",
    "f1t00wrtdk94satdfb9olcolqx20z2jp",
    "0aowwzs5lhjrceb3qp67ahp0rd1l1etg",
    "v5e3goj22zr6h8tzualxfsqlqaygfbsn",
    "asi7ikud9jwnkrnkj99jnpfkjdes7l6l",
    "jn1b4mw4n6lnh74ovmcjb8y48h8xj07n",
    "tvpxmn7qyrgl0w8wfh9kqfjskv6nmm1j",
    "upyy3ml7qdumlgk2rfcvlb9k6gvqq2pj",
    "l6nilvfa9cg3s28tqv1qc1olm3gnz54p",
    "hhq8fkdgvcari67vfhs7ppg2w6ni4jze",
    "ioqwiy20ihqwyr8pf4c24eazhh281pbu",
)


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per row, and per file without one.

    Images lie in `images`, or as Kaggle has them in `images_001/images` to `images_012/images`.
    """
    table = next((name for name in _TABLES if (folder / name).is_file()), _TABLES[0])
    rows = read_published_table(folder, table, _COLUMNS)
    files = [path for each in _image_folders(folder) for path in image_files(folder, each)]
    paths = {PurePosixPath(path).name: path for path in reversed(files)}
    records = [
        Record(
            path=paths.get(row["Image Index"])
            or path_of_row(line, "images", row["Image Index"]),
            patient=row["Patient ID"],
            finding_text=row["Finding Labels"],
            finding=_finding(row["Finding Labels"]),
            view=view_of(row.get("View Position", "")),
            modality="X-ray",
            age_years=age_in_years(row.get("Patient Age", "")),
            sex=sex_of(row.get("Patient Gender", row.get("Patient Sex", ""))),
        )
        for line, row in enumerate(rows, 2)
    ]
    yield from complete(_NAME, records, files)


def _image_folders(folder: Path) -> list[str]:
    return sorted(
        each.name
        for each in folder.iterdir()
        if each.is_dir() and re.fullmatch(r"images(_\d+)?", each.name)
    )


def _finding(labels: str) -> Finding:
    findings = {each.strip() for each in labels.split("|")} - {""}
    if findings == {"No Finding"}:
        return Finding.NORMAL
    if "No Finding" in findings or not findings:
        return Finding.UNKNOWN
    return Finding.PNEUMONIA if "Pneumonia" in findings else Finding.OTHER_DISEASE


SOURCE = Source(
    name=_NAME,
    title="NIH Chest X-ray (ChestX-ray8, ChestX-ray14)",
    folders=("nih-chest-xrays", "ChestX-ray14", "ChestXray-NIHCC", "CXR8"),
    read=read,
    licence=(
        "no restriction; link to the NIH download site, cite the paper, and acknowledge the "
        "NIH Clinical Center"
    ),
    citation=(
        "Wang X., Peng Y., Lu L., Lu Z., Bagheri M., Summers R. M. ChestX-ray8: Hospital-scale "
        "Chest X-ray Database and Benchmarks on Weakly-Supervised Classification and "
        "Localization of Common Thorax Diseases. CVPR 2017, pp. 3462-3471. "
        "doi:10.1109/CVPR.2017.369."
    ),
    url="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    images=112_120,
    megabytes=45_000,
    download=Download(
        "http",
        "https://nihcc.app.box.com/v/ChestXray-NIHCC",
        files=tuple(
            (f"{_HOST}/{name}.gz", f"images_{number:03d}.tar.gz", "")
            for number, name in enumerate(_ARCHIVES, 1)
        ),
        note=(
            "The table is not among the archives: take Data_Entry_2017_v2020.csv from "
            "https://nihcc.app.box.com/v/ChestXray-NIHCC and put it beside the folder images."
        ),
    ),
    caution=(
        "Findings were mined from reports by software; Pneumonia above all is noisy, and "
        "No Finding says what the report did not mention."
    ),
)
