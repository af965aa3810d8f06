"""Health in words and shapes: every text escaped, numbers in tabular figures."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.services import Markup, amount, span
from pages.components.parts.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxr_core.services import Health, Remark

STYLE = (Path(__file__).parent / "health.css").read_text(encoding="utf-8")
WORKERS = ("Where", "State", "Last word", "Since", "Version")
VERSIONS = ("Line", "Version", "Origin", "In force since")
_ALIVE_SECONDS = 30.0
_WORDS = {"ok": "OK", "watch": "Watch", "act": "Act"}
_CODE = re.compile(r"`([^`]*)`")
_PARTS = {"other": "recipes, keys, timings and what else lies there"}


def level_html(level: str) -> Markup:
    """Write a state: its word, and before it the shape that the style gives it."""
    return Markup(f'<span class="cxr-level cxr-level-{level}">{_WORDS[level]}</span>')


def remarks_html(remarks: Iterable[Remark]) -> str:
    """Write everything that was looked at, and what to do about it."""
    return f'<ul class="cxr-states">{"".join(_remark(each) for each in remarks)}</ul>'


def disk_html(health: Health) -> str:
    """Write how full the disk is: a bar, and its figures below."""
    disk = health.disk
    whole, others = disk.total or 1, max(0, disk.total - disk.free - disk.used)
    parts = (
        ("cxr-own", "CXR Triage", disk.used),
        ("cxr-others", "other programs", others),
        ("cxr-free", "free", disk.free),
    )
    bar = "".join(f'<span class="{kind}" style="width:{size / whole:.2%}"></span>'
                  for kind, _, size in parts)  # fmt: skip
    words = "".join(
        f'<li class="{kind}"><strong>{amount(size)}</strong> {name}, {_share(size, whole)}</li>'
        for kind, name, size in parts
    )
    return (
        f'<div class="cxr-disk" aria-hidden="true">{bar}</div>'
        f'<ul class="cxr-legend">{words}</ul>'
    )


def parts_of(health: Health) -> list[tuple[str, str, str]]:
    """List what takes the data folder's room, the largest first: name, size, share."""
    disk = health.disk
    rows = sorted(disk.parts.items(), key=lambda part: -part[1])
    return [
        (_PARTS.get(name, name), amount(size), _share(size, disk.used))
        for name, size in rows
        if size
    ]


def worker_rows(health: Health) -> list[tuple[str, ...]]:
    """Write a row for each worker."""
    return [
        (
            f"{each.host}, process {each.process}",
            level_html("ok" if each.silent < _ALIVE_SECONDS else "watch"),
            "alive" if each.silent < _ALIVE_SECONDS else f"silent for {span(each.silent)}",
            span(each.age),
            each.code_version,
        )
        for each in health.workers
    ]


def queue_rows(health: Health) -> list[tuple[str, ...]]:
    """Count the jobs of each state."""
    return [(name.capitalize(), f"{count:,}") for name, count in health.queue.states.items()]


def version_rows(health: Health) -> list[tuple[str, ...]]:
    """Write which version serves which line, and since when."""
    return [(each.line, each.name, each.origin, moment(each.since)) for each in health.in_force]


def devices_of(health: Health) -> dict[str, str]:
    """Say what this machine has."""
    devices = health.devices
    cards = [
        f"{card.name}, {amount(card.used)} of {amount(card.memory)} in use"
        for card in devices.cards
    ]
    return {
        "Processor": devices.processor,
        "Cores": f"{devices.cores}, {devices.load:.1f} at work in the last minute",
        "Memory": f"{amount(devices.memory_free)} of {amount(devices.memory)} free",
        "Graphics card": "; ".join(cards) or "none that its driver tells of",
    }


def database_of(health: Health) -> dict[str, str]:
    """Say which database this is; without its password."""
    database = health.database
    found = {"Kind": "SQLite" if database.kind == "sqlite" else "PostgreSQL"}
    if database.fault:
        return {**found, "Fault": database.fault}
    found |= {"Address": database.address, "Revision": database.revision or "none"}
    if database.size is not None:
        found["Size"] = amount(database.size)
    entries = database.entries or 0
    return {**found, "Audit log": "1 entry" if entries == 1 else f"{entries:,} entries"}


def _share(size: int, whole: int) -> str:
    """Write a share; what is there is never none."""
    share = size / max(1, whole)
    return "below 1%" if 0 < share < 0.005 else f"{share:.0%}"


def _remark(remark: Remark) -> str:
    to_do = _CODE.sub(r"<code>\1</code>", escape(remark.to_do))
    to_do = f'<p class="cxr-to-do">{to_do}</p>' if to_do else ""
    return (
        f"<li>{level_html(remark.level.value)}<strong>{escape(remark.subject)}</strong>"
        f"<p>{escape(remark.sentence)}</p>{to_do}</li>"
    )
