"""Moments for people, written in one way: day, minute and zone."""

from __future__ import annotations

import datetime

from pages.components.texts import say


def moment(seconds: float | None, absent: str | None = None, *, is_exact: bool = False) -> str:
    """Write seconds since 1970 in UTC, to the second where it `is_exact`.

    For None it is `absent`, or that it never was.

    >>> moment(0), moment(None), moment(0, is_exact=True)
    ('1970-01-01 00:00 UTC', 'never', '1970-01-01 00:00:00 UTC')
    """
    if seconds is None:
        return say("parts-never") if absent is None else absent
    told = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    written = f"{told:%Y-%m-%d %H:%M:%S}" if is_exact else f"{told:%Y-%m-%d %H:%M}"
    return say("parts-moment", moment=written)
