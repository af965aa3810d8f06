"""The files of a release: which images lie there, and one record for each of them."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cxr_core.datasets.ontology import Finding, most_specific
from cxr_core.datasets.records import Exclusion, Record
from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

IMAGE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jfif", ".webp", ".tif", ".tiff", ".bmp", ".dcm"}
)
"""What an image's name ends with, in lower case."""


def image_files(folder: Path, inside: str = "") -> list[str]:
    """List the images under a release's folder, or one inside it, as POSIX paths from there.

    Sorted; hidden files and folders, and what a Mac packs beside them, are passed over. A
    folder that is not there holds none.
    """
    found = []
    for base, folders, files in os.walk(folder / inside):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        below = Path(base).relative_to(folder)
        found += [
            (below / name).as_posix()
            for name in files
            if not _is_hidden(name) and PurePosixPath(name).suffix.lower() in IMAGE_SUFFIXES
        ]
    return sorted(found)


def path_of_row(line: int, *parts: str) -> str:
    """Join what a table says of a file's place; it stays in the release's folder.

    Parameters
    ----------
    line
        The row's number, which names the path where the last of `parts` is blank.

    Raises
    ------
    DataError
        When the path is absolute or leads upwards: nobody publishes that in good faith.
    """
    if not parts[-1]:
        return f"row {line} names no file"
    text = "/".join(parts).replace("\\", "/")
    path = PurePosixPath(text)
    is_absolute = text.startswith("/") or re.match(r"[A-Za-z]:", text)
    if is_absolute or ".." in path.parts:
        raise DataError(
            f"Row {line} names the file {text!r}, which leads out of the folder; expected a "
            "plain relative path. Do not use this table before somebody has looked into it."
        )
    return path.as_posix()


def complete(source: str, records: Iterable[Record], files: Iterable[str]) -> Iterator[Record]:
    """Yield one record per path, sorted: those of the rows, and the `files` without a row.

    Rows that share a file become one record. The patients of the later rows go into `also`;
    findings that cannot all be true set the film aside.
    """
    rows_of: dict[str, list[Record]] = {}
    for record in records:
        rows_of.setdefault(record.path, []).append(record)
    merged = {path: _merged(source, rows) for path, rows in rows_of.items()}
    for path in files:
        orphan = Record(path, "", "", Finding.UNKNOWN, exclusion=Exclusion.NO_ROW)
        merged.setdefault(path, orphan)
    for path in sorted(merged):
        yield merged[path]


def _merged(source: str, rows: list[Record]) -> Record:
    if len(rows) == 1:
        return rows[0]
    patients = list(dict.fromkeys(row.patient for row in rows if row.patient)) or [""]
    finding = most_specific(row.finding for row in rows)
    return replace(
        rows[0],
        patient=patients[0],
        also=tuple(
            dict.fromkeys(
                [
                    *(name for row in rows for name in row.also),
                    *(f"{source}/{patient}" for patient in patients[1:]),
                ]
            )
        ),
        finding_text="; ".join(dict.fromkeys(row.finding_text for row in rows)),
        finding=rows[0].finding if finding is None else finding,
        exclusion=Exclusion.DISAGREEMENT if finding is None else rows[0].exclusion,
    )


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"
