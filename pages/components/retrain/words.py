"""Durations, sizes and states of jobs, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours < 24 else f"{hours / 24:.1f} days"


def size(count: float) -> str:
    """Say how many bytes.

    >>> size(3 * 2**20), size(5.25 * 2**30)
    ('3 MB', '5.2 GB')
    """
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def state(job: Job) -> str:
    """Say where a job stands, with its shape; what is asked of it counts already."""
    asked = {"cancel": "ending", "pause": "pausing"}
    words = asked.get(str(job.request), str(job.state)) if job.request else str(job.state)
    return f"{_SHAPES[str(job.state)]} {words}"
