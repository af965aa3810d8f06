"""Moments for people, written in one way: day, minute and zone."""

from __future__ import annotations

import datetime


def moment(seconds: float | None, absent: str = "never", *, is_exact: bool = False) -> str:
    """Write seconds since 1970 in UTC, to the second where it `is_exact`.

    >>> moment(0), moment(None), moment(0, is_exact=True)
    ('1970-01-01 00:00 UTC', 'never', '1970-01-01 00:00:00 UTC')
    """
    if seconds is None:
        return absent
    told = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    return f"{told:%Y-%m-%d %H:%M:%S} UTC" if is_exact else f"{told:%Y-%m-%d %H:%M} UTC"
