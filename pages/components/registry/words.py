"""States, shares and sizes of versions, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxr_core.services import Version, VersionState

# A shape as well as a word: told apart without colour.
_SHAPES = {"champion": "●", "candidate": "○", "retired": "◌"}
NOT_KNOWN = "not known"


def state(value: VersionState) -> str:
    """Say where a version stands, with its shape."""
    return f"{_SHAPES[value.value]} {value.value}"


def percent(share: float | None) -> str:
    """Say a share of films.

    >>> percent(0.8194), percent(None)
    ('81.9 %', 'not judged')
    """
    return "not judged" if share is None else f"{100 * share:.1f} %"


def interval(bounds: tuple[float, float] | None) -> str:
    """Say an interval of shares.

    >>> interval((0.857, 0.9015))
    '95 %: 85.7 to 90.2'
    """
    return "" if bounds is None else f"95 %: {100 * bounds[0]:.1f} to {100 * bounds[1]:.1f}"


def megabytes(count: int) -> str:
    """Say how many bytes.

    >>> megabytes(29_434_878)
    '28 MB'
    """
    return f"{count / 2**20:.0f} MB"


def origin(version: Version) -> str:
    """Say where a version came from and by whom."""
    words = {
        "bundled": "came with the program",
        "trained": f"trained, ordered by {version.created_by}",
        "imported": f"imported by {version.created_by}",
    }
    return words[version.origin.value]


def shown_name(version: Version) -> str:
    """Name a version; a bundled one with its date, since its name is its line's."""
    if version.origin.value == "bundled":
        return f"{version.name} {version.version}"
    return version.name
