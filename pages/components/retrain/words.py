"""Durations, sizes and states of jobs, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Job

# A shape as well as a word: told apart without colour.
_SHAPES = {
    "queued": "○",
    "running": "▶",
    "paused": "❚❚",
    "done": "●",
    "failed": "▲",
    "cancelled": "■",
}


def duration(seconds: float) -> str:
    """Say how long, as people round it.

    >>> duration(42), duration(754), duration(9000)
    ('42 s', '13 min', '2 h 30 min')
    """
    if seconds < 90:
        return say("retrain-seconds", count=f"{seconds:.0f}")
    minutes = round(seconds / 60)
    if minutes < 90:
        return say("retrain-minutes-long", minutes=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        return say("retrain-hours", hours=hours, minutes=rest)
    return say("retrain-days", days=f"{hours / 24:.1f}")


def size(count: float) -> str:
    """Say how many bytes.

    >>> size(3 * 2**20), size(5.25 * 2**30)
    ('3 MB', '5.2 GB')
    """
    if count >= 2**30:
        return say("retrain-gigabytes", count=f"{count / 2**30:.1f}")
    return say("retrain-megabytes", count=f"{count / 2**20:.0f}")


def state(job: Job) -> str:
    """Say where a job stands, with its shape; what is asked of it counts already."""
    words = say(f"retrain-asked-{job.request}" if job.request else f"retrain-state-{job.state}")
    return f"{_SHAPES[str(job.state)]} {words}"
