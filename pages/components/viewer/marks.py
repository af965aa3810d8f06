"""What a person draws on a film, and its way to the browser and back. Pure: no Streamlit.

Places are pixels of the stored film from its upper left corner, x along a row and y down, with
fractions. What a browser hands back may be anything: what is no mark is dropped.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, TypeAlias

MOST_MARKS = 100  # on one film; as in marks.js
LONGEST_LABEL = 80
_FARTHEST = 65_535  # PS3.3 C.7.6.3: Rows and Columns are unsigned 16-bit numbers
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_UNREADABLE = {"Cc", "Cs"}  # control characters, and halves of characters


def _check(identity: object, label: object, places: tuple[object, ...]) -> None:
    if not (isinstance(identity, str) and _ID.fullmatch(identity)):
        raise ValueError(
            f"A mark's id is {identity!r:.50}; expected up to 32 letters and digits."
        )
    if not isinstance(label, str) or len(label) > LONGEST_LABEL:
        raise ValueError(
            f"A label is {label!r:.50}; expected up to {LONGEST_LABEL} characters."
        )
    if any(unicodedata.category(each) in _UNREADABLE for each in label):
        raise ValueError(f"A label holds control characters: {label!r}.")
    for place in places:
        is_number = isinstance(place, int | float) and not isinstance(place, bool)
        if not (is_number and 0 <= place <= _FARTHEST):  # type: ignore[operator]  # checked
            raise ValueError(f"A place is {place!r:.50}; expected 0 to {_FARTHEST} pixels.")


@dataclass(frozen=True, slots=True)
class Point:
    """One spot of a film.

    Raises
    ------
    ValueError
        When a number or text is not what a film can hold; so do `Box` and `Ruler`.
    """

    id: str
    x: float
    y: float
    label: str = ""

    def __post_init__(self) -> None:
        _check(self.id, self.label, (self.x, self.y))


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle along the rows and columns of a film; neither side is empty."""

    id: str
    left: float
    top: float
    right: float
    bottom: float
    label: str = ""

    def __post_init__(self) -> None:
        _check(self.id, self.label, (self.left, self.top, self.right, self.bottom))
        if not (self.left < self.right and self.top < self.bottom):
            raise ValueError(
                "A box is empty or inside out; expected left < right, top < bottom."
            )


@dataclass(frozen=True, slots=True)
class Ruler:
    """A line whose length is read off; the two ends are not the same."""

    id: str
    x: float
    y: float
    end_x: float
    end_y: float
    label: str = ""

    def __post_init__(self) -> None:
        _check(self.id, self.label, (self.x, self.y, self.end_x, self.end_y))
        if (self.x, self.y) == (self.end_x, self.end_y):
            raise ValueError("A ruler has no length; expected two ends.")


Mark: TypeAlias = Point | Box | Ruler


def as_told(mark: Mark) -> dict[str, Any]:
    """Write a mark as the browser reads it.

    Examples
    --------
    >>> as_told(Point("a1", 3, 4.5, "apex"))
    {'id': 'a1', 'kind': 'point', 'label': 'apex', 'place': [3, 4.5]}
    """
    match mark:
        case Point():
            kind, place = "point", [mark.x, mark.y]
        case Box():
            kind, place = "box", [mark.left, mark.top, mark.right, mark.bottom]
        case Ruler():
            kind, place = "ruler", [mark.x, mark.y, mark.end_x, mark.end_y]
    return {"id": mark.id, "kind": kind, "label": mark.label, "place": place}


def marks_from(told: object) -> tuple[Mark, ...]:
    """Read what a browser says of one film: the marks among it, each id once, 100 at most.

    Examples
    --------
    >>> marks_from([{"id": "a1", "kind": "point", "label": "", "place": [3, 4]}, "rubbish"])
    (Point(id='a1', x=3, y=4, label=''),)
    >>> marks_from(None)
    ()
    """
    if not isinstance(told, list):
        return ()
    found: dict[str, Mark] = {}
    for each in told[: 2 * MOST_MARKS]:
        mark = _mark_from(each)
        if mark is not None:
            found.setdefault(mark.id, mark)
    return tuple(found.values())[:MOST_MARKS]


def _mark_from(told: object) -> Mark | None:
    match told:
        case {"id": identity, "kind": kind, "label": label, "place": [*place]}:
            pass
        case _:
            return None
    try:
        match kind, place:
            case "point", [x, y]:
                return Point(identity, x, y, label)
            case "box", [left, top, right, bottom]:
                return Box(identity, left, top, right, bottom, label)
            case "ruler", [x, y, end_x, end_y]:
                return Ruler(identity, x, y, end_x, end_y, label)
            case _:
                return None
    except ValueError:
        return None
