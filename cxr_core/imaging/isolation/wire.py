"""What goes between the server and a decoder process: JSON, then the bytes of arrays.

A message is two lengths (uint32 and uint64, little endian), a header (JSON) and a body of raw
bytes. Nothing in it is ever executed or unpickled.
"""

from __future__ import annotations

import json
import math
import socket
import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

Header: TypeAlias = dict[str, Any]

_LENGTHS = struct.Struct("<IQ")
_MOST_HEADER_BYTES = 1 << 20
_MOST_DIMENSIONS = 4


class BadMessage(Exception):
    """The other side has gone, or says what it may not."""


def send(channel: socket.socket, header: Header, body: bytes = b"") -> None:
    """Send a message whose body is one run of bytes."""
    _send(channel, header, [memoryview(body)])


def send_arrays(
    channel: socket.socket, header: Header, arrays: Sequence[NDArray[np.generic]]
) -> None:
    """Send a message whose body is arrays; the header tells their types and shapes."""
    told = [[str(array.dtype), list(array.shape)] for array in arrays]
    bodies = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays]
    _send(channel, header | {"arrays": told}, bodies)


def receive(channel: socket.socket, most_bytes: int) -> tuple[Header, bytes]:
    """Receive a message whose body is one run of bytes.

    Raises
    ------
    BadMessage
    """
    header, length = _receive_header(channel, most_bytes)
    pieces = []
    while length:  # almost always once: the bytes land where they stay
        piece = channel.recv(length, socket.MSG_WAITALL)
        if not piece:
            raise BadMessage
        pieces.append(piece)
        length -= len(piece)
    return header, b"".join(pieces)


def receive_arrays(
    channel: socket.socket, most_bytes: int
) -> tuple[Header, list[NDArray[np.generic]]]:
    """Receive a message whose body is arrays of numbers, uint8, uint16 or float32.

    Raises
    ------
    BadMessage
        Also when the arrays are of other types, or more than `most_bytes`.
    """
    header, length = _receive_header(channel, most_bytes)
    arrays = [_empty(told, length) for told in header.pop("arrays", [])]
    if sum(array.nbytes for array in arrays) != length:
        raise BadMessage
    for array in arrays:
        if array.nbytes:
            _fill(channel, array.reshape(-1).view(np.uint8).data)
    return header, arrays


def _send(channel: socket.socket, header: Header, bodies: Sequence[memoryview]) -> None:
    head = json.dumps(header).encode()
    channel.sendall(_LENGTHS.pack(len(head), sum(each.nbytes for each in bodies)) + head)
    for body in bodies:
        channel.sendall(body)


def _receive_header(channel: socket.socket, most_bytes: int) -> tuple[Header, int]:
    lengths = bytearray(_LENGTHS.size)
    _fill(channel, memoryview(lengths))
    head_length, body_length = _LENGTHS.unpack(lengths)
    if head_length > _MOST_HEADER_BYTES or body_length > most_bytes:
        raise BadMessage
    head = bytearray(head_length)
    _fill(channel, memoryview(head))
    try:
        header = json.loads(head)
    except ValueError as error:
        raise BadMessage from error
    if not isinstance(header, dict):
        raise BadMessage
    return header, body_length


def _empty(told: object, most_bytes: int) -> NDArray[np.generic]:
    """Make room for an array of the type and shape that the header tells."""
    match told:
        case ["uint8", [*sides]]:
            return np.empty(_shape(sides, most_bytes), dtype=np.uint8)
        case ["uint16", [*sides]]:
            return np.empty(_shape(sides, most_bytes // 2), dtype=np.uint16)
        case ["float32", [*sides]]:
            return np.empty(_shape(sides, most_bytes // 4), dtype=np.float32)
        case _:
            raise BadMessage


def _shape(sides: list[object], most: int) -> tuple[int, ...]:
    shape = tuple(side for side in sides if type(side) is int and 0 < side <= most)
    if len(shape) != len(sides) or len(shape) > _MOST_DIMENSIONS or math.prod(shape) > most:
        raise BadMessage
    return shape


def _fill(channel: socket.socket, target: memoryview) -> None:
    done = 0
    while done < len(target):
        count = channel.recv_into(target[done:])
        if count == 0:
            raise BadMessage
        done += count
