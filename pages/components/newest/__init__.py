"""Let a component of our own show the newest of what the page said.

Its script begins with `NEWEST` and exports `newest(draw)`; its data are `numbered`: the number
grows whenever they change, and stays while they do not, so that equal data draw nothing again.
"""

from __future__ import annotations

import json
import time
from hashlib import blake2b
from pathlib import Path

import streamlit as st

NEWEST = (Path(__file__).parent / "newest.js").read_text(encoding="utf-8")


def numbered(key: str, data: dict[str, object]) -> dict[str, object]:
    """Return the data (JSON) of the component with this key, with their serial.

    It is a time in milliseconds, so that it grows across a restart of the server too.
    """
    place = f"newest_{key}"
    digest = blake2b(json.dumps(data, sort_keys=True).encode()).digest()
    known, serial = st.session_state.get(place, (b"", 0))
    if digest != known:
        serial = max(serial + 1, time.time_ns() // 1_000_000)
        st.session_state[place] = (digest, serial)
    return {**data, "serial": serial}
