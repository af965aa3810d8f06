"""Numbers of a comparison as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.services import Measure, Pair

_LEVEL = 0.05


def interval(measure: Measure) -> str:
    """Write a value in [0, 1] with its interval; "not defined" where there is none."""
    return _measure(measure, ".3f")


def signed(measure: Measure) -> str:
    """Write a difference with its interval, each with its sign."""
    return _measure(measure, "+.3f")


def _measure(measure: Measure, digits: str) -> str:
    if measure.value is None:
        return say("compare-not-defined")
    value = format(measure.value, digits)
    if measure.low is None or measure.high is None:
        return value
    low, high = format(measure.low, digits), format(measure.high, digits)
    return say("compare-interval", value=value, low=low, high=high)


def p_value(value: float | None) -> str:
    """Write a p value.

    >>> p_value(0.0004), p_value(0.25), p_value(None)
    ('p < 0.001', 'p = 0.250', 'not defined')
    """
    if value is None:
        return say("compare-not-defined")
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def verdict(pair: Pair) -> str:
    """Say in Markdown whether one version is better, or whether chance explains it."""
    found = pair.found
    gap = found.accuracy.difference
    is_sure = found.mcnemar.p_value < _LEVEL
    if is_sure and gap.low is not None and gap.low > 0:
        name = "compare-verdict-better"
    elif is_sure and gap.high is not None and gap.high < 0:
        name = "compare-verdict-worse"
    else:
        name = "compare-verdict-open"
    return say(
        name,
        first=plain(pair.first),
        second=plain(pair.second),
        gained=len(found.gained),
        lost=len(found.lost),
        films=found.films,
    )


def cell(counts: Mapping[str, int]) -> str:
    """Write how many flips of each kind there are.

    >>> cell({"lost": 2, "gained": 1})
    '2 lost, 1 gained'
    """
    return ", ".join(f"{count} {kind_word(kind)}" for kind, count in counts.items())


def kind_word(kind: str) -> str:
    """Write what kind of flip it is.

    >>> kind_word("otherwise wrong")
    'otherwise wrong'
    """
    return say(f"compare-kind-{kind.replace(' ', '-')}")
