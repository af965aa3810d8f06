"""The packing of a film and its panels into one run of bytes. Pure: no Streamlit.

A parcel is `CXRV`, the header's length (uint32, little endian), the header (JSON) and the
parts that the header points into, each beginning on a multiple of four bytes. The film is
stored as differences between rows, 9 to 16 bits as a plane of high bytes and a plane of low
bytes, each deflated unless it is noise: about half the size of raw pixels, and browsers cannot
decode a 16-bit PNG.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pages.components.viewer.values import class_union

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.domain import FloatArray
    from pages.components.viewer.values import (
        FilmScale,
        StoredPixels,
        ViewerFilm,
        ViewerPanel,
    )

MAGIC = b"CXRV"
_FAST = 1  # zlib level: a higher one saves little and takes several times as long
_RUN = 4096  # bytes
_WORTH = 0.9  # the lowest bits of a film are often noise, which takes longest to deflate


def _planes(pixels: StoredPixels, bits: int) -> tuple[bytes, ...]:
    """Return the differences between rows, by byte; they wrap, and wrap back when summed."""
    differences = pixels.copy()
    differences[1:] -= pixels[:-1]
    if bits <= 8:
        return (differences.tobytes(),)
    high = (differences >> 8).astype(np.uint8).tobytes()
    low = (differences & 255).astype(np.uint8).tobytes()
    return high, low


def _deflates(plane: bytes) -> bool:
    """Tell whether deflating is worth its time, here and in the browser, by a sample."""
    sample = b"".join(plane[start : start + _RUN] for start in range(0, len(plane), 16 * _RUN))
    return len(zlib.compress(sample, _FAST)) < _WORTH * len(sample)


def _padded(part: bytes, filler: bytes) -> bytes:
    """Lengthen `part` to a multiple of four bytes, so that what follows is aligned."""
    return part + filler * (-len(part) % 4)


def _scale_told(scale: FilmScale) -> dict[str, Any]:
    return {
        "slope": scale.slope,
        "intercept": scale.intercept,
        "inverted": scale.is_inverted,
        "closest": asdict(scale.closest),
        "windows": [asdict(window) for window in scale.windows],
    }


def _film_header(film: ViewerFilm, stored: bytes) -> dict[str, Any]:
    """Return what the browser is told of the film, besides where its pixels lie."""
    rows, columns = film.pixels.shape
    film_id = hashlib.sha256(f"{rows} {film.bits} ".encode() + stored).hexdigest()
    return {
        "id": film_id,
        "source": film.source or film_id,
        "width": columns,
        "height": rows,
        "bits": film.bits,
        "spacing": film.spacing_mm,
        "calibrated": film.is_spacing_calibrated,
        **(_scale_told(film.scale) if film.scale else {}),
    }


def _panel_header(
    panel: ViewerPanel, append: Callable[[bytes], dict[str, int]]
) -> dict[str, Any]:
    """Return what the browser is told of a panel; its numbers are appended to the parcel."""

    def numbers(values: FloatArray) -> dict[str, int]:
        rows, columns = values.shape[-2:]
        place = append(values.astype("<f4", copy=False).tobytes())
        return {"rows": rows, "columns": columns, **place}

    return {
        "name": panel.name,
        "classes": panel.classes,
        "probabilities": panel.probabilities,
        "heat": numbers(panel.heatmaps),
        "seen": None if panel.seen is None else numbers(panel.seen),
    }


def pack_film(film: ViewerFilm, key: str = "") -> bytes:
    """Pack a film and its panels for the browser; equal films give equal bytes.

    The header's `id` names the whole parcel and `film.id` the pixels alone, so that the
    browser keeps zoom and window when another model looks at the same film. `key` names the
    viewer on the page: under it the browser remembers opacity, colour map and mouse tool.

    Examples
    --------
    >>> from pages.components.viewer.values import ViewerFilm
    >>> parcel = pack_film(ViewerFilm(np.zeros((4, 6), np.uint8), bits=8))
    >>> parcel[:4]
    b'CXRV'
    """
    body = bytearray()

    def append(part: bytes) -> dict[str, int]:
        place = {"offset": len(body), "length": len(part)}
        body.extend(_padded(part, b"\0"))
        return place

    planes, places = [], []
    for plane in _planes(film.pixels, film.bits):
        deflates = _deflates(plane)
        planes.append(zlib.compress(plane, _FAST) if deflates else plane)
        places.append({**append(planes[-1]), "deflated": deflates})
    header: dict[str, Any] = {
        "key": key,
        "film": {
            **_film_header(film, b"".join(planes)),
            "planes": places,
            "greys": append(film.scale.greys.tobytes()) if film.scale else None,
        },
        "classes": class_union(film.panels),
        "selected": film.selected_class,
        "note": film.note,
        "panels": [_panel_header(panel, append) for panel in film.panels],
    }
    header["id"] = hashlib.sha256(json.dumps(header).encode() + bytes(body)).hexdigest()
    text = _padded(json.dumps(header).encode(), b" ")
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)


def source_of(parcel: bytes) -> str:
    """Return the name of the stored film in a parcel: what is drawn on a film is kept by it."""
    (length,) = struct.unpack_from("<I", parcel, len(MAGIC))
    start = len(MAGIC) + 4
    return str(json.loads(parcel[start : start + length])["film"]["source"])
