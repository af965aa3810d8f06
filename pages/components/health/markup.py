"""Health in HTML: every text escaped, numbers in tabular figures, state by word and shape."""

from __future__ import annotations

import datetime
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.services import amount, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cxr_core.services import Health, Remark

STYLE = (Path(__file__).parent / "health.css").read_text(encoding="utf-8")
_ALIVE_SECONDS = 30.0
_WORDS = {"ok": "OK", "watch": "Watch", "act": "Act"}
_CODE = re.compile(r"`([^`]*)`")


def level_html(level: str) -> str:
    """Write a state: its word, and before it the shape that the style gives it."""
    return f'<span class="cxr-level cxr-level-{level}">{_WORDS[level]}</span>'


def remarks_html(remarks: Iterable[Remark]) -> str:
    """Write everything that was looked at, and what to do about it."""
    return f'<ul class="cxr-states">{"".join(_remark(each) for each in remarks)}</ul>'


def disk_html(health: Health) -> str:
    """Write how full the disk is, and what takes the data folder's room, the largest first."""
    disk = health.disk
    whole = disk.total or 1
    own, others = disk.used / whole, max(0, disk.total - disk.free - disk.used) / whole
    full = (
        f'<div class="cxr-disk" aria-hidden="true"><span style="width:{own:.2%}"></span>'
        f'<span style="width:{others:.2%}"></span></div>'
    )
    parts = sorted(disk.parts.items(), key=lambda part: -part[1])
    most = max((size for _, size in parts), default=0) or 1
    rows = "".join(
        f'<div><dt>{escape(name)}</dt><dd class="cxr-bar" aria-hidden="true">'
        f'<span style="width:{size / most:.1%}"></span></dd>'
        f'<dd class="cxr-amount">{amount(size)}</dd></div>'
        for name, size in parts
        if size
    )
    return full + (f'<dl class="cxr-uses">{rows}</dl>' if rows else empty_html("It is empty."))


def workers_html(health: Health) -> str:
    """Write a row for each worker."""
    if not health.workers:
        return empty_html("No worker has been heard of since yesterday.")
    rows = [
        (
            level_html("ok" if each.silent < _ALIVE_SECONDS else "watch"),
            escape("alive" if each.silent < _ALIVE_SECONDS else f"silent {span(each.silent)}"),
            escape(f"{each.host}, process {each.process}"),
            escape(span(each.age)),
            escape(each.code_version),
        )
        for each in health.workers
    ]
    return table_html(("State", "Last word", "Where", "Since", "Version"), rows)


def queue_html(health: Health) -> str:
    """Write the jobs by state, and how long the oldest has waited."""
    head = [*health.queue.states, "oldest waits"]
    oldest = "-" if health.queue.oldest is None else span(health.queue.oldest)
    row = [*(f"{count:,}" for count in health.queue.states.values()), oldest]
    return table_html([name.capitalize() for name in head], [row])


def versions_html(health: Health) -> str:
    """Write which version serves which line, and since when."""
    if not health.in_force:
        return empty_html(
            "No version is in force by the database: the bundled ones read films."
        )
    rows = [
        (
            escape(each.line),
            escape(each.name),
            escape(each.origin),
            f"{date_of(each.since)}, {escape(span(each.age))} ago",
        )
        for each in health.in_force
    ]
    return table_html(("Line", "Version", "Origin", "In force since"), rows)


def facts_html(facts: Iterable[tuple[str, str]]) -> str:
    """Write names and values as a quiet table."""
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in facts
    )
    return f'<table class="cxr-table cxr-facts"><tbody>{rows}</tbody></table>'


def devices_of(health: Health) -> list[tuple[str, str]]:
    """Say what this machine has."""
    devices = health.devices
    cards = [
        f"{card.name}, {amount(card.used)} of {amount(card.memory)} in use"
        for card in devices.cards
    ]
    return [
        ("Processor", devices.processor),
        ("Cores", f"{devices.cores}, {devices.load:.1f} at work in the last minute"),
        ("Memory", f"{amount(devices.memory_free)} of {amount(devices.memory)} free"),
        ("Graphics card", "; ".join(cards) or "none that its driver tells of"),
    ]


def database_of(health: Health) -> list[tuple[str, str]]:
    """Say which database this is; without its password."""
    database = health.database
    found = [("Kind", "SQLite" if database.kind == "sqlite" else "PostgreSQL")]
    if database.fault:
        return [*found, ("Fault", database.fault)]
    found += [("Address", database.address), ("Revision", database.revision or "none")]
    if database.size is not None:
        found.append(("Size", amount(database.size)))
    entries = database.entries or 0
    return [*found, ("Audit log", f"{entries:,} {'entry' if entries == 1 else 'entries'}")]


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table that scrolls by itself; cells are HTML already."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        '<div class="cxr-scroll" tabindex="0"><table class="cxr-table">'
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def empty_html(sentence: str) -> str:
    """Write that there is nothing."""
    return f'<p class="cxr-empty">{escape(sentence)}</p>'


def date_of(seconds: float) -> str:
    """Write a time, UTC, to the minute.

    >>> date_of(0)
    '1970-01-01 00:00'
    """
    return f"{datetime.datetime.fromtimestamp(seconds, datetime.UTC):%Y-%m-%d %H:%M}"


def _remark(remark: Remark) -> str:
    to_do = _CODE.sub(r"<code>\1</code>", escape(remark.to_do))
    to_do = f'<p class="cxr-to-do">{to_do}</p>' if to_do else ""
    return (
        f"<li>{level_html(remark.level.value)}<strong>{escape(remark.subject)}</strong>"
        f"<p>{escape(remark.sentence)}</p>{to_do}</li>"
    )
