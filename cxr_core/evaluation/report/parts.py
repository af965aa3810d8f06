"""The bricks of a report: a number to begin with, a chart not drawn yet, a table, a section."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cxr_core.errors import DataError
from cxr_core.evaluation.figures.look import Look, told


@dataclass(frozen=True, slots=True)
class Headline:
    """A number that stands above everything, with its `unit`, and what stands `beside` it.

    `is_alarm` marks what should be doubted.
    """

    label: str
    value: str
    beside: str = ""
    is_alarm: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """A figure, drawn when a look is chosen; `alt` says it to those who cannot see it."""

    key: str
    title: str
    alt: str
    draw: Callable[[Look], Any]

    def figure(self, look: Look) -> Any:  # noqa: ANN401 - Plotly is not typed
        """Draw it.

        Raises
        ------
        DataError
            When the values that it draws are not what they should be.
        """
        try:
            return self.draw(look)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            raise DataError(
                f"The figure {self.title!r} cannot be drawn ({type(error).__name__}: {error}). "
                "Judge the version again."
            ) from error


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; the first column names the row, the others are numbers or short words.

    Without a head the rows are facts, each a name and a value.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """One part of the story; `alarms` are sentences that must not be overlooked.

    `has_open_tables` says that the tables matter as much as the figures.
    """

    key: str
    title: str
    sentences: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    headlines: tuple[Headline, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    has_open_tables: bool = False


def cell(measure: Mapping[str, Any] | None) -> str:
    """Write a measure and its interval as a table's cell.

    >>> cell({"value": 0.5, "low": 0.4, "high": 0.6}), cell(None)
    ('0.500 (0.400 to 0.600)', 'not measured')
    """
    if measure is None:
        return "not measured"
    return told(measure.get("value"), measure.get("low"), measure.get("high"))


def count(number: int | None) -> str:
    """Write a count; of what is not known, so.

    >>> count(1200), count(None)
    ('1,200', 'not known')
    """
    return "not known" if number is None else f"{number:,}"


def among(films: int | None, patients: int | None) -> str:
    """Say how many films of how many patients.

    >>> among(1200, 581), among(3, None)
    ('n = 1,200 films of 581 patients', 'n = 3 films')
    """
    said = f"n = {count(films)} films"
    return said if patients is None else f"{said} of {patients:,} patients"


def markdown(table: Table) -> str:
    """Write a table in Markdown, without its caption."""
    lines = (table.head, ("---",) * len(table.head), *table.rows)
    cells = (" | ".join(each.replace("|", "\\|") for each in line) for line in lines)
    return "\n".join(f"| {line} |" for line in cells)
