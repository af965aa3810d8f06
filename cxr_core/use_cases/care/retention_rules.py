"""Which versions may go. Pure: names and facts in, a fate and its reason out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

# Where a version's manifest says what it came from.
_LINEAGE = ("started_from", "parent", "parents", "lineage", "command", "start", "origin")


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What decides over a version.

    `days` since it was retired; `parents` are the versions that it names as where it came
    from; `is_in_use` says that a job that is not over yet names it.
    """

    name: str
    state: str
    origin: str
    days: float
    parents: frozenset[str] = frozenset()
    is_in_use: bool = False


def fates(
    versions: Iterable[VersionFacts], targets: Collection[str], days: float
) -> dict[str, str]:
    """Say of each version why it stays, "" where it may go.

    `targets` are what a rollback would put in force. A version goes when it was retired
    `days` or more ago, is not bundled, and no version that stays names it.

    >>> old = VersionFacts("old", "retired", "trained", 90)
    >>> new = VersionFacts("new", "champion", "trained", 1, frozenset({"old"}))
    >>> fates([old], (), 30), fates([old, new], (), 30)["old"]
    ({'old': ''}, 'new came from it.')
    """
    known = {each.name: each for each in versions}
    found = {each.name: _own_reason(each, targets, days) for each in known.values()}
    waiting = [name for name, reason in found.items() if reason]
    while waiting:  # whoever stays keeps its parents, and so on up
        name = waiting.pop()
        for parent in sorted(known[name].parents & known.keys()):
            if not found[parent]:
                found[parent] = f"{name} came from it."
                waiting.append(parent)
    return found


def named_in(record: Mapping[str, Any], names: Collection[str]) -> frozenset[str]:
    """Return those of `names` that a manifest names as where its version came from."""
    said = " ".join(text for key in _LINEAGE if key in record for text in _texts(record[key]))
    return words_in(said, names)


def words_in(text: str, names: Collection[str]) -> frozenset[str]:
    """Return those of `names` that stand in a text as whole words."""
    words = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*", text))
    # A name at the end of a sentence or before a file's suffix is still named.
    words |= {word.rstrip(".") for word in words}
    return frozenset(words & set(names))


def _own_reason(each: VersionFacts, targets: Collection[str], days: float) -> str:
    if each.state == "champion":
        return "It is in force."
    if each.origin == "bundled":
        return "It came with the program."
    if each.state != "retired":
        return f"It is a {each.state}, not retired."
    if each.name in targets:
        return "A rollback would put it in force."
    if each.is_in_use:
        return "A job that is not over names it."
    if each.days < days:
        return f"It was retired {_days(each.days)} ago, less than {_days(days)}."
    return ""


def _days(days: float) -> str:
    whole = int(days)
    return "1 day" if whole == 1 else f"{whole} days"


def _texts(value: object) -> Iterable[str]:
    """Every text inside a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
