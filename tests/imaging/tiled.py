"""A tiled TIFF, which Pillow reads and does not write."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TILE = 32
_SHORT, _LONG = 3, 4


def tiled_tiff(cells: NDArray[np.unsignedinteger]) -> bytes:
    """Write grey cells as uncompressed tiles of 32 x 32 (TIFF 6.0, section 15)."""
    high, wide = cells.shape
    down, across = -(-high // _TILE), -(-wide // _TILE)
    padded = np.zeros((down * _TILE, across * _TILE), cells.dtype)
    padded[:high, :wide] = cells
    tiles = padded.reshape(down, _TILE, across, _TILE).swapaxes(1, 2).reshape(-1, _TILE, _TILE)
    size = tiles[0].nbytes
    offsets = [8 + size * number for number in range(len(tiles))]
    lists = 8 + size * len(tiles)
    bits = 8 * cells.itemsize
    fields = ((256, _SHORT, 1, wide), (257, _SHORT, 1, high), (258, _SHORT, 1, bits),
              (259, _SHORT, 1, 1), (262, _SHORT, 1, 1), (277, _SHORT, 1, 1),
              (322, _SHORT, 1, _TILE), (323, _SHORT, 1, _TILE),
              (324, _LONG, len(tiles), lists),
              (325, _LONG, len(tiles), lists + 4 * len(tiles)))  # fmt: skip
    directory = struct.pack("<H", len(fields))
    for field in fields:
        directory += struct.pack("<HHII", *field)
    sizes = struct.pack(f"<{2 * len(tiles)}I", *offsets, *[size] * len(tiles))
    head = b"II*\x00" + struct.pack("<I", lists + len(sizes))
    return head + tiles.tobytes() + sizes + directory + bytes(4)
