"""Numbers of a comparison as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.services import Measure, Pair

_LEVEL = 0.05


def interval(measure: Measure) -> str:
    """Write a value in [0, 1] with its interval; "not defined" where there is none."""
    if measure.value is None:
        return "not defined"
    if measure.low is None or measure.high is None:
        return f"{measure.value:.3f}"
    return f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})"


def signed(measure: Measure) -> str:
    """Write a difference with its interval, each with its sign."""
    if measure.value is None:
        return "not defined"
    if measure.low is None or measure.high is None:
        return f"{measure.value:+.3f}"
    return f"{measure.value:+.3f} ({measure.low:+.3f} to {measure.high:+.3f})"


def p_value(value: float | None) -> str:
    """Write a p value.

    >>> p_value(0.0004), p_value(0.25), p_value(None)
    ('p < 0.001', 'p = 0.250', 'not defined')
    """
    if value is None:
        return "not defined"
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def verdict(pair: Pair) -> str:
    """Say in Markdown whether one version is better, or whether chance explains it."""
    found = pair.found
    gap = found.accuracy.difference
    lost, gained = len(found.lost), len(found.gained)
    first, second = plain(pair.first), plain(pair.second)
    told = (
        f"**{second}** gains {gained} and loses {lost} of {found.films} films against "
        f"**{first}**. "
    )
    if gap.low is not None and gap.low > 0 and found.mcnemar.p_value < _LEVEL:
        return f"{told}It is right more often, and chance does not explain it."
    if gap.high is not None and gap.high < 0 and found.mcnemar.p_value < _LEVEL:
        return f"{told}It is right less often, and chance does not explain it."
    return f"{told}Chance alone may explain the difference in accuracy."


def cell(counts: Mapping[str, int]) -> str:
    """Write how many flips of each kind there are.

    >>> cell({"lost": 2, "gained": 1})
    '2 lost, 1 gained'
    """
    return ", ".join(f"{count} {kind}" for kind, count in counts.items())
