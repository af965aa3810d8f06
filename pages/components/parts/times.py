"""Moments for people, written in one way: day, minute and zone."""

from __future__ import annotations

import datetime

_SPACE = "\N{NO-BREAK SPACE}"


def moment(seconds: float | None, absent: str = "never", *, is_exact: bool = False) -> str:
    """Write seconds since 1970 in UTC, to the second where it `is_exact`; it never breaks.

    >>> moment(0).replace(_SPACE, " "), moment(None), moment(0, is_exact=True)[-12:-4]
    ('1970-01-01 00:00 UTC', 'never', '00:00:00')
    """
    if seconds is None:
        return absent
    told = datetime.datetime.fromtimestamp(seconds, datetime.UTC)
    written = f"{told:%Y-%m-%d %H:%M:%S} UTC" if is_exact else f"{told:%Y-%m-%d %H:%M} UTC"
    return written.replace(" ", _SPACE)
