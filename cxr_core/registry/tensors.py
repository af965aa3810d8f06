"""The head of a weight file, checked against a network's shapes before an array is made.

A safetensors file begins with the length of a JSON table: for each array its type, its shape
and where its bytes lie. That table is the only part of the file that says how much memory it
wants; here it is believed only where it says what the network says.
"""

from __future__ import annotations

import itertools
import json
import math
import struct
from typing import TYPE_CHECKING, Any

from cxr_core.errors import ModelError
from cxr_core.registry.manifest import WEIGHTS_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cxr_core.inference.networks import Blueprint

MOST_HEADER_BYTES = 2**20  # the largest network here needs a tenth of it
_LENGTH = struct.Struct("<Q")
_BYTES = {"F16": 2, "BF16": 2, "F32": 4}
_METADATA = "__metadata__"


def check_tensors(data: bytes, shapes: Mapping[str, tuple[int, ...]], name: str) -> None:
    """See that a weight file holds exactly the arrays of a network, each byte once.

    `shapes` are the network's, by path; `name` is the version's, for messages.

    Raises
    ------
    ModelError
        When it does not.
    """
    table = _header(data, name)
    if strangers := sorted(table.keys() ^ shapes.keys()):
        raise ModelError(
            f"Weights of {name} do not fit its architecture: {len(strangers)} names differ, "
            f"{strangers[0][:80]!r} first."
        )
    parts = []
    for path, shape in shapes.items():
        begin, end = _place(path, table[path], shape)
        parts.append((begin, end))
    position = 0
    for begin, end in sorted(parts):
        if begin != position:
            raise ModelError(
                f"Arrays in the weights of {name} overlap or leave gaps at byte {position:,}; "
                "expected one after the other."
            )
        position = end
    held = len(data) - _LENGTH.size - _LENGTH.unpack_from(data)[0]
    if position != held:
        raise ModelError(
            f"The weights of {name} hold {held:,} bytes; their arrays are {position:,}."
        )


def check_size(blueprint: Blueprint, weights_bytes: int, name: str) -> None:
    """Refuse a head that is larger than a file of so many bytes can fill, before building it.

    Raises
    ------
    ModelError
        When the dense layers alone need more numbers than the file can hold.
    """
    widths = (*blueprint.hidden, blueprint.classes)
    least = sum(first * second for first, second in itertools.pairwise(widths))
    if least * min(_BYTES.values()) > weights_bytes:
        raise ModelError(
            f"{name} describes dense layers of {least:,} weights, but its weight file has "
            f"{weights_bytes:,} bytes. It is not the file of this network."
        )


def _header(data: bytes, name: str) -> dict[str, Any]:
    wrong = f"{name}/{WEIGHTS_NAME} is not a safetensors file"
    if len(data) < _LENGTH.size:
        raise ModelError(f"{wrong}: {len(data)} bytes.")
    (length,) = _LENGTH.unpack_from(data)
    if not 2 <= length <= min(MOST_HEADER_BYTES, len(data) - _LENGTH.size):
        raise ModelError(
            f"{wrong}: the header says that it has {length:,} bytes; expected at most "
            f"{MOST_HEADER_BYTES:,}, inside the file."
        )
    try:
        table = json.loads(data[_LENGTH.size : _LENGTH.size + length])
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{wrong}: the header is not JSON.") from error
    if not isinstance(table, dict):
        raise ModelError(f"{wrong}: the header is not a table.")
    return {path: each for path, each in table.items() if path != _METADATA}


def _place(path: str, told: object, shape: tuple[int, ...]) -> tuple[int, int]:
    match told:
        case {"dtype": str(kind), "shape": list(said), "data_offsets": [int(begin), int(end)]}:
            pass
        case _:
            raise ModelError(f"Weight {path} has no type, shape and place; expected all three.")
    if kind not in _BYTES:
        raise ModelError(f"Weight {path} is of {kind[:20]}; expected one of {list(_BYTES)}.")
    if tuple(said) != shape:
        raise ModelError(f"Weight {path} has shape {str(tuple(said))[:80]}; expected {shape}.")
    wanted = math.prod(shape) * _BYTES[kind]
    if begin < 0 or end - begin != wanted:
        raise ModelError(
            f"Weight {path} lies from {begin:,} to {end:,}; expected {wanted:,} bytes."
        )
    return begin, end
