"""COVID-19 Radiography Database: films of other releases under new names, in five releases."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Download, Record, Source
from cxr_core.datasets.sources.layout import image_files
from cxr_core.datasets.sources.tables import not_as_published

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDERS = (
    "COVID-19_Radiography_Dataset",
    "COVID-19 Radiography Database",
    "COVID-19_Radiography_Database",
)
# Class folders of all releases, in lower case and without underscores.
_CLASSES = {
    "covid-19": Finding.COVID19,
    "covid": Finding.COVID19,
    "normal": Finding.NORMAL,
    "viral pneumonia": Finding.VIRAL,
    "lung opacity": Finding.PNEUMONIA,
}


def read(folder: Path) -> Iterator[Record]:
    """Yield a record per film: in the class folders, or in `images` there, beside `masks`.

    Raises
    ------
    DataError
        When there is no class folder.
    """
    # The archive brings its own folder; where that was unpacked into another, go down.
    base = next((name for name in _FOLDERS if (folder / name).is_dir()), "")
    classes = sorted(
        (each.name, finding)
        for each in (folder / base).glob("*")
        if each.is_dir() and (finding := _CLASSES.get(each.name.lower().replace("_", " ")))
    )
    if not classes:
        raise not_as_published(folder, "there is no folder COVID, Normal or the like")
    for name, finding in classes:
        inside = PurePosixPath(base, name).as_posix()
        masks = set(image_files(folder, f"{inside}/masks"))
        for path in image_files(folder, inside):
            if path in masks:
                continue
            mask = f"{inside}/masks/{PurePosixPath(path).name}"
            yield Record(
                path=path,
                patient="",
                finding_text=name,
                finding=finding,
                modality="X-ray",
                mask=mask if mask in masks else "",
            )


SOURCE = Source(
    name="radiography",
    title="COVID-19 Radiography Database",
    folders=_FOLDERS,
    read=read,
    licence="that of each film's origin; cite both papers of the database",
    citation=(
        "Chowdhury M. E. H., Rahman T., Khandakar A. et al. Can AI Help in Screening Viral and "
        "COVID-19 Pneumonia? IEEE Access 8:132665-132676, 2020. Rahman T., Khandakar A., "
        "Qiblawey Y. et al. Exploring the effect of image enhancement techniques on COVID-19 "
        "detection using chest X-ray images. Computers in Biology and Medicine 132:104319, "
        "2021."
    ),
    url="https://www.kaggle.com/datasets/tawsifurrahman/covid19-radiography-database",
    images=21_165,
    megabytes=800,
    download=Download("kaggle", "tawsifurrahman/covid19-radiography-database"),
    caution=(
        "Re-publishes films of cohen, hannover, covid-cxnet, kermany, rsna and PadChest under "
        "new names and without patients: copies must be found before any split. Viral "
        "Pneumonia and part of Normal are children; Lung_Opacity is RSNA's opacity and may be "
        "something else than an infection."
    ),
)
