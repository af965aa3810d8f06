"""CLAIM 2024 and TRIPOD+AI, item by item: where each is done, or that it is not, and why.

The items stand in `checklists/*.toml`, in our own words; what was found of a version decides
which of them are done.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from cxr_core.evaluation.report.material import Material

_FOLDER = Path(__file__).parent / "checklists"
_NAMES = ("claim", "tripod_ai")
_REPORT = "report#"
_OPENING = (
    "Which items of two reporting guidelines are met, by what. The wording of the items is "
    "ours and shorter than theirs: read them in the papers. What depends on a version holds "
    "for the one named here."
)


class Status(StrEnum):
    """Whether an item is met."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not done"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what it asks, whether it is met, how or why not, and where to look.

    `where` names sections of a report ("report#audit") and files of the repository.
    """

    number: str
    section: str
    asks: str
    status: Status
    words: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """A guideline, its paper, and its items."""

    title: str
    citation: str
    items: tuple[Item, ...]


def facts_of(told_of: Material) -> frozenset[str]:
    """Return what was measured of a version, in the words that the items ask for."""
    numbers = told_of.evaluation
    groups = numbers["subgroups"]
    results = [
        row[side] for study in told_of.studies for row in study["rows"]
        for side in ("naive", "honest") if row[side] is not None
    ]  # fmt: skip
    known = {
        "patients": bool(numbers.get("scheme")) and not told_of.is_naive,
        "intervals": numbers["resamples"] > 0,
        "calibration": numbers["before"] is not None,
        "temperature": numbers["calibration"] is not None,
        "conformal": numbers["conformal"] is not None,
        "operating": bool(numbers["operating_points"]),
        "by_source": bool(groups["source"]),
        "subgroups": any(groups.get(kind) for kind in ("view", "sex", "age")),
        "external": bool(told_of.sources_out),
        "audit": told_of.audit is not None,
        "studies": bool(told_of.studies),
        "ensembles": any(result.get("ensemble") for result in results),
    }
    return frozenset(name for name, is_known in known.items() if is_known)


def checklists(facts: Collection[str]) -> tuple[Checklist, ...]:
    """Return both checklists, their items judged by what was measured."""
    found = []
    for name in _NAMES:
        table = tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
        items = tuple(_item(row, facts) for row in table["item"])
        found.append(Checklist(table["title"], table["citation"], items))
    return tuple(found)


def write_checklist(told_of: Material, report: str, root: str) -> str:
    """Write both as Markdown.

    `report` is the address of the HTML report from where the text will lie, empty where there
    is none; `root` that of the repository, ending in a slash, empty where it is elsewhere.
    """
    version = told_of.version
    lines = [
        f"# Checklists: {version['name']}, version {version['version']}",
        "",
        _OPENING,
        "",
    ]
    for each in checklists(facts_of(told_of)):
        counts = Counter(item.status for item in each.items)
        totals = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
        lines += [
            f"## {each.title}",
            "",
            f"{each.citation}.",
            "",
            f"{len(each.items)} items: {totals}.",
            "",
            "| item | section | asks | status | how, or why not | where |",
            "|---|---|---|---|---|---|",
            *(_line(item, report, root) for item in each.items),
            "",
        ]
    return "\n".join(lines)


def _item(row: dict[str, Any], facts: Collection[str]) -> Item:
    status = Status(row["status"])
    is_met = status is not Status.NOT_DONE and set(row.get("needs", ())) <= set(facts)
    if not is_met:
        status = Status.NOT_DONE
    return Item(
        number=row["number"],
        section=row["section"],
        asks=row["asks"],
        status=status,
        words=row["told"] if is_met else row["without"],
        where=tuple(row.get("where", ())) if is_met else (),
    )


def _line(item: Item, report: str, root: str) -> str:
    status = f"**{item.status}**" if item.status is Status.NOT_DONE else str(item.status)
    where = ", ".join(_link(place, report, root) for place in item.where)
    cells = (item.number, item.section, item.asks, status, item.words, where)
    return f"| {' | '.join(cells)} |"


def _link(place: str, report: str, root: str) -> str:
    if not place.startswith(_REPORT):
        return f"[{place}]({root}{place})" if root else f"`{place}`"
    section = place.removeprefix(_REPORT)
    return f"[report: {section}]({report}#{section})" if report else f"report: {section}"
