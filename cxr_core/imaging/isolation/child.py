"""A decoder process: films come in by one socket, what was decoded goes back by it.

`python -m cxr_core.imaging.isolation.child MEMORY_BYTES`, the socket as standard input. It is
started by the pool, holds nothing between two films, and ends when the socket does.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import cv2

from cxr_core.domain import Normalisation, Presentation
from cxr_core.errors import InputError
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.confinement import allow, confine, held_bytes, rest
from cxr_core.imaging.isolation.wire import BadMessage, Header, receive, send_arrays
from cxr_core.imaging.preparing import InProcess, Order

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cxr_core.domain import InputKind, Provenance

_MOST_BYTES = 1 << 40  # the server sends what it has checked


def main() -> None:
    """Serve films until nobody asks any more."""
    channel = socket.socket(fileno=os.dup(0))
    cv2.setNumThreads(1)
    confine(int(sys.argv[1]))
    while True:
        try:
            request, data = receive(channel, _MOST_BYTES)
        except (BadMessage, OSError):
            return
        allow(float(request["seconds"]))
        header, arrays = _answer(request, data)
        del data
        rest()
        header["held_bytes"], header["peak_bytes"] = held_bytes()
        send_arrays(channel, header, arrays)
        del arrays


def _answer(request: Header, data: bytes) -> tuple[Header, list[NDArray[np.generic]]]:
    limits = dict(request["limits"])
    limits["study_key"] = bytes.fromhex(limits["study_key"])
    decoder = InProcess(Limits(**limits), digest=lambda _: "")  # the server has its own
    presentation = Presentation(**request["presentation"])
    kinds = [(int(size), Normalisation(name)) for size, name in request["kinds"]]
    if request["wanted"] == "film":
        return _decode(decoder, data, presentation)
    if request["wanted"] == "look":
        return _look(decoder, data, kinds, presentation)
    order = Order(kinds, int(request["view_side"]), presentation)
    prepared = decoder.prepare(data, order)
    header: Header = {
        "provenance": _told(prepared.provenance),
        "refusal": _refused(prepared.refusal),
        "has_view": prepared.view is not None,
    }
    arrays: list[NDArray[np.generic]] = [] if prepared.view is None else [prepared.view]
    if prepared.refusal is None:
        arrays += [prepared.inputs[kind].pixels for kind in kinds]
    return header, arrays


def _decode(
    decoder: InProcess, data: bytes, presentation: Presentation
) -> tuple[Header, list[NDArray[np.generic]]]:
    try:
        film, provenance = decoder.decode_unpainted(data, presentation)
    except InputError as refusal:
        told = _told(refusal.provenance)
        return {"provenance": told, "refusal": _refused(refusal)}, []
    arrays: list[NDArray[np.generic]] = [film.codes]
    if film.greys is not None:
        arrays.append(film.greys)
    return {"provenance": _told(provenance), "refusal": None}, arrays


def _look(
    decoder: InProcess,
    data: bytes,
    kinds: Sequence[InputKind],
    presentation: Presentation,
) -> tuple[Header, list[NDArray[np.generic]]]:
    try:
        look = decoder.look(data, kinds, presentation)
    except InputError as refusal:
        return {"provenance": _told(refusal.provenance), "refusal": _refused(refusal)}, []
    film = look.film
    header: Header = {
        "provenance": _told(look.provenance),
        "refusal": None,
        "bits": film.bits,
        "slope": film.slope,
        "intercept": film.intercept,
        "is_inverted": film.is_inverted,
        "window": asdict(film.window),
    }
    return header, [film.steps, film.greys, *(look.inputs[kind].pixels for kind in kinds)]


def _told(provenance: Provenance | None) -> Header | None:
    return None if provenance is None else asdict(provenance)


def _refused(refusal: InputError | None) -> list[str] | None:
    return None if refusal is None else [refusal.code, str(refusal)]


if __name__ == "__main__":
    main()
