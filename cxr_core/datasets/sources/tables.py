"""The tables of the releases: rows of stripped text, and what their cells mean.

Tables are UTF-8, with or without a mark in front, or else Latin-1, in which a few of the
releases hold their clinical notes.
"""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import date
from typing import TYPE_CHECKING

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_OLDEST_PATIENT = 120
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEARS_PER_UNIT = {"d": 1 / 365.25, "w": 7 / 365.25, "m": 1 / 12, "y": 1.0}
_AGE = re.compile(r"(?<![\d.-])(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)? +([A-Za-z]{3,})\.?,? +(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def read_table(path: Path, required: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV file, every cell stripped, a missing one empty.

    Raises
    ------
    DataError
        When the file cannot be read, is no text, or lacks one of the `required` columns.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = f"{path.name} cannot be read ({error.strerror or error})"
        raise DataError(f"{reason}; expected a CSV file there.") from error
    if b"\x00" in content:
        raise DataError(
            f"{path.name} is not plain text; expected CSV in UTF-8. Export it anew."
        )
    try:
        reader = csv.DictReader(io.StringIO(_decoded(content), newline=""))
        header = [(name or "").strip() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        rows = [
            {key: (value or "").strip() for key, value in row.items() if key} for row in reader
        ]
    except csv.Error as error:
        raise DataError(f"{path.name} is not a CSV file: {error}.") from error
    for column in required:
        if column not in header:
            found = ", ".join(filter(None, header)) or "nothing"
            raise DataError(
                f"{path.name}: column {column!r} is missing; the first line holds {found}."
            )
    return rows


def read_published_table(
    folder: Path, name: str, required: Sequence[str]
) -> list[dict[str, str]]:
    """Return the rows of a release's own table.

    Raises
    ------
    DataError
        When the release is not laid out as published, with its folder's name and the reason.
    """
    try:
        return read_table(folder / name, required)
    except DataError as error:
        raise not_as_published(folder, str(error)) from error


def not_as_published(folder: Path, reason: str) -> DataError:
    """Say that a folder bears a release's name and not its layout."""
    return DataError(
        f"{folder.name} is not laid out as published: {reason.rstrip('.')}. Fetch the release "
        "again, or describe the layout in a TOML file of its own."
    )


def age_in_years(text: str) -> float | None:
    """Return the first number of an age; None where there is none or nobody is so old.

    >>> [age_in_years(each) for each in ("045Y", "50+", "mid 50s", "006M", "412", "")]
    [45.0, 50.0, 50.0, 0.5, None, None]
    """
    found = _AGE.search(text)
    if found is None:
        return None
    age = float(found[1]) * _YEARS_PER_UNIT.get(found[2][:1].lower(), 1.0)
    return age if age <= _OLDEST_PATIENT else None


def number(text: str) -> float | None:
    """Return a finite number, or None.

    >>> number("-3"), number("about 3"), number("nan")
    (-3.0, None, None)
    """
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def known_date(text: str) -> str:
    """Return an ISO day where the text is one, else its year, else nothing.

    Days between slashes are read as Americans write them; one that the calendar does not have
    leaves the year.

    >>> [known_date(each) for each in ("Mar 4, 2020", "2/29/2020", "March 2003", "January 12")]
    ['2020-03-04', '2020-02-29', '2003', '']
    """
    text = text.strip()
    try:
        day = _day(text)
    except ValueError:
        day = None
    if day is not None:
        return day.isoformat()
    year = _YEAR.search(text)
    return year[1] if year else ""


def sex_of(text: str) -> str:
    """Return "M", "F" or nothing.

    >>> sex_of("male"), sex_of("f"), sex_of("unknown")
    ('M', 'F', '')
    """
    return {"m": "M", "male": "M", "f": "F", "female": "F"}.get(text.strip().lower(), "")


def view_of(text: str) -> str:
    """Return a view in upper case, with single spaces.

    >>> view_of("AP  Supine")
    'AP SUPINE'
    """
    return " ".join(text.upper().split())


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _day(text: str) -> date | None:
    if found := _MONTH_FIRST.fullmatch(text):
        return date(int(found[3]), _month(found[1]), int(found[2]))
    if found := _DAY_FIRST.fullmatch(text):
        return date(int(found[3]), _month(found[2]), int(found[1]))
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _AMERICAN.fullmatch(text):
        year = found[3] if len(found[3]) == 4 else f"20{found[3]}"
        return date(int(year), int(found[1]), int(found[2]))
    return None


def _month(name: str) -> int:
    return _MONTHS.index(name[:3].lower()) + 1
