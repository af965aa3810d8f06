"""Health in words and shapes: every text escaped, numbers in tabular figures."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from cxr_core.services import Markup, amount, span
from pages.components.parts.times import moment
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cxr_core.services import Health, Remark

STYLE = (Path(__file__).parent / "health.css").read_text(encoding="utf-8")
_ALIVE_SECONDS = 30.0
_CODE = re.compile(r"`([^`]*)`")


def level_html(level: str) -> Markup:
    """Write a state: its word, and before it the shape that the style gives it."""
    word = escape(say(f"health-level-{level}"))
    return Markup(f'<span class="cxr-level cxr-level-{level}">{word}</span>')


def remarks_html(remarks: Iterable[Remark]) -> str:
    """Write everything that was looked at, and what to do about it."""
    return f'<ul class="cxr-states">{"".join(_remark(each) for each in remarks)}</ul>'


def disk_html(health: Health) -> str:
    """Write how full the disk is: a bar, and its figures below."""
    disk = health.disk
    whole, others = disk.total or 1, max(0, disk.total - disk.free - disk.used)
    parts = (("own", disk.used), ("others", others), ("free", disk.free))
    bar = "".join(f'<span class="cxr-{kind}" style="width:{size / whole:.2%}"></span>'
                  for kind, size in parts)  # fmt: skip
    words = "".join(
        f'<li class="cxr-{kind}">{_disk_part(kind, size, whole)}</li>' for kind, size in parts
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
        (_folder_part(name), amount(size), _share(size, disk.used))
        for name, size in rows
        if size
    ]


def worker_rows(health: Health) -> list[tuple[str, ...]]:
    """Write a row for each worker."""
    return [
        (
            say("health-worker", host=each.host, process=str(each.process)),
            level_html("ok" if each.silent < _ALIVE_SECONDS else "watch"),
            say("health-worker-alive")
            if each.silent < _ALIVE_SECONDS
            else say("health-worker-silent", span=span(each.silent)),
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
        say(
            "health-devices-card-told",
            name=card.name,
            used=amount(card.used),
            whole=amount(card.memory),
        )
        for card in devices.cards
    ]
    load = f"{devices.load:.1f}"
    free, whole = amount(devices.memory_free), amount(devices.memory)
    return {
        say("health-devices-processor"): devices.processor,
        say("health-devices-cores"): say(
            "health-devices-cores-told", cores=devices.cores, load=load
        ),
        say("health-devices-memory"): say("health-devices-memory-told", free=free, whole=whole),
        say("health-devices-card"): "; ".join(cards) or say("health-devices-card-none"),
    }


def database_of(health: Health) -> dict[str, str]:
    """Say which database this is; without its password."""
    database = health.database
    kind = "SQLite" if database.kind == "sqlite" else "PostgreSQL"
    found = {say("health-database-kind"): kind}
    if database.fault:
        return {**found, say("health-database-fault"): database.fault}
    revision = database.revision or say("health-database-revision-none")
    found[say("health-database-address")] = database.address
    found[say("health-database-revision")] = revision
    if database.size is not None:
        found[say("health-database-size")] = amount(database.size)
    entries = say("health-database-entries", entries=database.entries or 0)
    return {**found, say("health-database-log"): entries}


def _disk_part(kind: str, size: int, whole: int) -> str:
    return say(f"health-disk-{kind}", size=amount(size), share=escape(_share(size, whole)))


def _folder_part(name: str) -> str:
    return say("health-folder-other") if name == "other" else name


def _share(size: int, whole: int) -> str:
    """Write a share; what is there is never none."""
    share = size / max(1, whole)
    return say("health-folder-below") if 0 < share < 0.005 else f"{share:.0%}"


def _remark(remark: Remark) -> str:
    to_do = _CODE.sub(r"<code>\1</code>", escape(remark.to_do))
    to_do = f'<p class="cxr-to-do">{to_do}</p>' if to_do else ""
    return (
        f"<li>{level_html(remark.level.value)}<strong>{escape(remark.subject)}</strong>"
        f"<p>{escape(remark.sentence)}</p>{to_do}</li>"
    )
