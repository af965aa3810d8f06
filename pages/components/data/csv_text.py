"""The excluded images as a CSV file, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxr_core.services import Film

_COLUMNS = ("path", "source", "reason", "detail", "finding_text", "patient", "sha256")
_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def excluded_csv(films: Iterable[Film]) -> bytes:
    """Return one line a film, UTF-8 with a mark for spreadsheets; no cell is a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(_COLUMNS)
    for film in films:
        reason = film.exclusion.value if film.exclusion else ""
        cells = (film.path, film.source, reason, film.detail, film.finding_text, film.patient)
        writer.writerow([_cell(text) for text in (*cells, film.sha256)])
    return stream.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """A text that a spreadsheet would compute gets the apostrophe that stops it."""
    return f"'{text}" if text.startswith(_FORMULA_MARKS) else text
