"""Two films in one run of bytes, to be seen side by side. Pure: no Streamlit.

A pair is `CXR2`, the header's length (uint32, little endian), the header (JSON: both names, and
how long each parcel is) and the two parcels, the film under review first.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

PAIR_MAGIC = b"CXR2"


@dataclass(frozen=True, slots=True)
class Beside:
    """A second film, packed under `beside_key`, and by which names the two are told apart."""

    parcel: bytes
    name: str
    name_of_first: str


def beside_key(key: str) -> str:
    """Return the key under which the film beside that of `key` is packed.

    Examples
    --------
    >>> beside_key("viewer")
    'viewer-beside'
    """
    return f"{key}-beside"


def pack_pair(parcel: bytes, beside: Beside) -> bytes:
    """Join two films; equal films under equal names give equal bytes."""
    told = {
        "names": [beside.name_of_first, beside.name],
        "lengths": [len(parcel), len(beside.parcel)],
    }
    text = json.dumps(told).encode()
    return b"".join((PAIR_MAGIC, struct.pack("<I", len(text)), text, parcel, beside.parcel))
