"""Read what a compressed frame claims of itself, before any decoder allocates for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise

from cxr_core.errors import CorruptImage

_SEQUENTIAL_FRAMES = {0xC0, 0xC1}  # SOF0 baseline, SOF1 extended sequential
_OTHER_FRAMES = {marker for marker in range(0xC2, 0xD0) if marker not in {0xC4, 0xC8, 0xCC}}
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_RLE_HEADER_BYTES = 64
_TAIL_BYTES = 16  # padding tolerated behind the end marker


@dataclass(frozen=True, slots=True)
class Codestream:
    """Size, components and bits per sample as the compressed data states them."""

    rows: int
    columns: int
    samples: int
    precision: int


def read_jpeg_size(frame: bytes) -> Codestream:
    """Read the frame header of a sequential JPEG (ITU-T T.81, B.2.2).

    Raises
    ------
    CorruptImage
        No frame header, or a coding that JPEG baseline does not have.
    """
    if not frame.startswith(b"\xff\xd8"):
        raise _damaged("JPEG")
    offset = 2
    while offset + 4 <= len(frame):
        if frame[offset] != 0xFF:
            break
        marker = frame[offset + 1]
        if marker == 0xFF:
            offset += 1
            continue
        if marker in _OTHER_FRAMES:
            raise CorruptImage(
                f"The JPEG frame is coded as SOF{marker - 0xC0}; expected baseline (SOF0), as "
                "the transfer syntax says. Export the film again, uncompressed."
            )
        length = int.from_bytes(frame[offset + 2 : offset + 4], "big")
        if marker in _SEQUENTIAL_FRAMES and length >= 8 and offset + 10 <= len(frame):
            precision, rows, columns, samples = struct.unpack_from(">BHHB", frame, offset + 4)
            return Codestream(rows, columns, samples, precision)
        if length < 2 or marker == 0xDA:
            break
        offset += 2 + length
    raise _damaged("JPEG")


def read_jpeg2000_size(codestream: bytes) -> Codestream:
    """Read the SIZ segment of a bare JPEG 2000 codestream (ITU-T T.800, A.5.1).

    Raises
    ------
    CorruptImage
        No SIZ, sub-sampled components, or components of different depths.
    """
    if not codestream.startswith(b"\xff\x4f\xff\x51") or len(codestream) < 42:
        raise _damaged("JPEG 2000")
    right, bottom, left, top = struct.unpack_from(">4I", codestream, 8)
    samples = int.from_bytes(codestream[40:42], "big")
    components = codestream[42 : 42 + 3 * samples]
    alike = samples > 0 and components == components[:3] * samples
    if not alike or len(components) < 3 or components[1:3] != b"\x01\x01":
        raise _damaged("JPEG 2000")
    if right <= left or bottom <= top:
        raise _damaged("JPEG 2000")
    return Codestream(bottom - top, right - left, samples, (components[0] & 0x7F) + 1)


def unwrap_jpeg2000(frame: bytes) -> bytes:
    """Return the bare codestream of a frame, taken out of a JP2 wrapper where it has one.

    PS3.5 A.4.4 forbids the wrapper, and some devices write it. The boxes are walked here since
    pydicom never returns from a box of length 0.

    Raises
    ------
    CorruptImage
        No codestream, or one that is cut short (OpenJPEG would fill the rest silently).
    """
    codestream = frame
    if frame.startswith(_JP2_SIGNATURE):
        codestream = _find_jp2_codestream(frame)
    if b"\xff\xd9" not in codestream[-_TAIL_BYTES:]:
        raise _damaged("JPEG 2000")
    return codestream


def _find_jp2_codestream(frame: bytes) -> bytes:
    offset = len(_JP2_SIGNATURE)
    while offset + 8 <= len(frame):
        length = int.from_bytes(frame[offset : offset + 4], "big")
        if frame[offset + 4 : offset + 8] == b"jp2c":
            start = offset + (16 if length == 1 else 8)
            return frame[start : offset + length if length > 1 else len(frame)]
        if length < 8:
            break
        offset += length
    raise _damaged("JPEG 2000")


def check_rle_length(frame: bytes, pixels: int) -> None:
    """Refuse an RLE frame whose segments unpack to anything but one byte per pixel.

    Two bytes unpack to 128 (PS3.5 G.3.1), and pydicom's decoder only counts afterwards.

    Raises
    ------
    CorruptImage
        Bad offsets, too much data or too little.
    """
    if len(frame) < _RLE_HEADER_BYTES:
        raise _damaged("RLE")
    count, *offsets = struct.unpack_from("<16I", frame)
    if not 1 <= count <= 12:
        raise _damaged("RLE")
    edges = [*offsets[:count], len(frame)]
    if edges[0] < _RLE_HEADER_BYTES or edges != sorted(edges) or edges[-2] > len(frame):
        raise _damaged("RLE")
    for start, stop in pairwise(edges):
        if not _unpacks_to(memoryview(frame)[start:stop], pixels):
            raise _damaged("RLE")


def _unpacks_to(segment: memoryview, pixels: int) -> bool:
    """Say whether a PackBits segment holds `pixels` bytes, give or take its padding."""
    position, total, size = 0, 0, len(segment)
    while position < size and total <= pixels + _TAIL_BYTES:
        control = segment[position]
        if control < 128:
            total += min(control + 1, size - position - 1)
            position += control + 2
        elif control > 128:
            total += 257 - control if position + 1 < size else 0
            position += 2
        else:
            position += 1
    return pixels <= total <= pixels + _TAIL_BYTES


def _damaged(coding: str) -> CorruptImage:
    return CorruptImage(
        f"The {coding} data is damaged or cut short. Send the film again from where it came."
    )
