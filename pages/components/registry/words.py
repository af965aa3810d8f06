"""States, shares and sizes of versions, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Version, VersionState

# A shape as well as a word: told apart without colour.
_SHAPES = {"champion": "●", "candidate": "○", "retired": "◌"}


def heads(*names: str) -> list[str]:
    """Say what stands above the columns of a table.

    >>> heads("version", "since")
    ['Version', 'Here since']
    """
    return [say(f"registry-head-{name}") for name in names]


def state(value: VersionState) -> str:
    """Say where a version stands, with its shape."""
    return f"{_SHAPES[value.value]} {say(f'registry-state-{value.value}')}"


def percent(share: float | None) -> str:
    """Say a share of films.

    >>> percent(0.8194), percent(None)
    ('81.9 %', 'not judged')
    """
    if share is None:
        return say("registry-not-judged")
    return say("registry-percent", share=f"{100 * share:.1f}")


def interval(bounds: tuple[float, float] | None) -> str:
    """Say an interval of shares.

    >>> interval((0.857, 0.9015))
    '95 %: 85.7 to 90.1'
    """
    if bounds is None:
        return ""
    low, high = (f"{100 * bound:.1f}" for bound in bounds)
    return say("registry-interval", low=low, high=high)


def megabytes(count: int) -> str:
    """Say how many bytes.

    >>> megabytes(29_434_878)
    '28 MB'
    """
    return say("registry-megabytes", count=f"{count / 2**20:.0f}")


def origin(version: Version) -> str:
    """Say where a version came from and by whom."""
    return say(f"registry-origin-{version.origin.value}", who=version.created_by)


def shown_name(version: Version) -> str:
    """Name a version; a bundled one with its date, since its name is its line's."""
    if version.origin.value == "bundled":
        return say("registry-named", name=version.name, version=version.version)
    return version.name
