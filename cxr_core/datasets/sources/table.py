"""Anybody's images with a CSV table, described in a TOML file.

    name = "ward-7"
    title = "Films of ward 7"
    csv = "films.csv"
    folder = "films"
    licence = "internal"
    citation = "Ward 7, 2026"

    [columns]
    path = "File"
    finding = "Diagnosis"
    patient = "Pseudonym"

    [findings]
    "no finding" = "normal"
    "lobar pneumonia" = "bacterial"

Paths in the table start at `folder`.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Record, Source
from cxr_core.datasets.sources import SOURCES
from cxr_core.datasets.sources.layout import complete, image_files, path_of_row
from cxr_core.datasets.sources.tables import (
    age_in_years,
    known_date,
    number,
    read_table,
    sex_of,
    view_of,
)
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TEXTS = ("name", "title", "csv", "folder", "licence", "citation")
_OPTIONAL = ("ages", "is_of_children")
_TABLES = ("columns", "findings")
_REQUIRED_COLUMNS = ("path", "finding")
_OPTIONAL_COLUMNS = (
    "patient", "view", "modality", "date", "offset", "age", "sex", "licence", "mask",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Layout:
    name: str
    table: Path
    columns: Mapping[str, str]
    findings: Mapping[str, Finding]


def read_description(path: Path) -> Source:
    """Return the source that a TOML file describes.

    `csv` and `folder` are relative to the file. The one name in the source's `folders` is the
    folder's absolute path, so that it is found wherever the other releases lie. A finding that
    the description does not map is unknown.

    Raises
    ------
    DataError
        When the file is not a description: a key, a column or a value of the ontology that
        nobody knows, one that is missing, or a name that another source has.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path.name} cannot be read as TOML: {error}.") from error
    _check_keys(path, "the file", content, (*_TEXTS, *_TABLES), _OPTIONAL)
    texts = {key: _text(path, key, content[key]) for key in _TEXTS}
    _check_name(path, texts["name"])
    columns = _column_names(path, content["columns"])
    findings = _finding_names(path, content["findings"])
    folder = (path.parent / texts["folder"]).resolve()
    table = (path.parent / texts["csv"]).resolve()
    if not folder.is_dir():
        raise DataError(f"{path.name}: there is no folder {texts['folder']!r}. Correct it.")
    layout = _Layout(texts["name"], table, columns, findings)
    rows = list(_rows(layout))
    ages = _text(path, "ages", content["ages"]) if "ages" in content else ""
    is_of_children = content.get("is_of_children", False)
    if not isinstance(is_of_children, bool):
        raise DataError(
            f"{path.name}: is_of_children is {is_of_children!r}; expected true or false."
        )
    return Source(
        name=texts["name"],
        title=texts["title"],
        folders=(str(folder),),
        read=lambda folder: _read(layout, folder),
        licence=texts["licence"],
        citation=texts["citation"],
        url="",
        images=len(rows),
        megabytes=0,
        ages=ages,
        is_of_children=is_of_children,
    )


def _read(layout: _Layout, folder: Path) -> Iterator[Record]:
    records = [_record(layout, line, row) for line, row in enumerate(_rows(layout), 2)]
    masks = {record.mask for record in records}
    files = [path for path in image_files(folder) if path not in masks]
    yield from complete(layout.name, records, files)


def _rows(layout: _Layout) -> list[dict[str, str]]:
    return read_table(layout.table, tuple(layout.columns.values()))


def _record(layout: _Layout, line: int, row: Mapping[str, str]) -> Record:
    cells = {key: row[column] for key, column in layout.columns.items()}
    mask = cells.get("mask", "")
    return Record(
        path=path_of_row(line, cells["path"]),
        patient=cells.get("patient", ""),
        finding_text=cells["finding"],
        finding=layout.findings.get(cells["finding"].lower(), Finding.UNKNOWN),
        view=view_of(cells.get("view", "")),
        modality=cells.get("modality", ""),
        study_date=known_date(cells.get("date", "")),
        offset_days=number(cells.get("offset", "")),
        age_years=age_in_years(cells.get("age", "")),
        sex=sex_of(cells.get("sex", "")),
        licence=cells.get("licence", ""),
        mask=path_of_row(line, mask) if mask else "",
    )


def _check_keys(
    path: Path,
    where: str,
    content: Mapping[str, object],
    required: tuple[str, ...],
    optional: tuple[str, ...],
) -> None:
    if missing := [key for key in required if key not in content]:
        raise DataError(
            f"{path.name}: {where} lacks {', '.join(missing)}. Add what is missing."
        )
    if unknown := sorted(set(content) - {*required, *optional}):
        raise DataError(
            f"{path.name}: {where} has {', '.join(unknown)}; expected only "
            f"{', '.join((*required, *optional))}. Correct or remove it."
        )


def _text(path: Path, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{path.name}: {key} is {value!r}; expected text in quotes.")
    return value.strip()


def _check_name(path: Path, name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
        raise DataError(
            f"{path.name}: name is {name!r}; expected small letters, digits and hyphens."
        )
    if name in {source.name for source in SOURCES}:
        raise DataError(f"{path.name}: {name!r} is another source's name. Choose a new one.")


def _subtable(path: Path, key: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DataError(f"{path.name}: {key} is {value!r}; expected a table [{key}].")
    return value


def _column_names(path: Path, value: object) -> dict[str, str]:
    columns = _subtable(path, "columns", value)
    _check_keys(path, "[columns]", columns, _REQUIRED_COLUMNS, _OPTIONAL_COLUMNS)
    return {key: _text(path, f"columns.{key}", column) for key, column in columns.items()}


def _finding_names(path: Path, value: object) -> dict[str, Finding]:
    findings: dict[str, Finding] = {}
    for raw, name in _subtable(path, "findings", value).items():
        try:
            finding = Finding(_text(path, f"findings.{raw!r}", name))
        except ValueError as error:
            raise DataError(
                f"{path.name}: {raw!r} is mapped to {name!r}; expected one of "
                f"{', '.join(each.value for each in Finding)}."
            ) from error
        if findings.setdefault(raw.strip().lower(), finding) is not finding:
            raise DataError(f"{path.name}: {raw!r} is mapped to two findings. Keep one.")
    return findings
