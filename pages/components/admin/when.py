"""Moments for people."""

from __future__ import annotations

import datetime


def in_utc(seconds: float | None) -> str:
    """Write seconds since 1970 as day and minute in UTC; "never" where there are none."""
    if seconds is None:
        return "never"
    moment = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return moment.strftime("%Y-%m-%d %H:%M")
