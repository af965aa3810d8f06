"""What stands beside a film. Pure: no Streamlit."""

from __future__ import annotations

from dataclasses import dataclass


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
