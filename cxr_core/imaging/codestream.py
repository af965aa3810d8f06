"""Read what a compressed frame claims of itself, before any decoder allocates for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from cxr_core.errors import CorruptImage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_JPEG_FRAMES = {marker for marker in range(0xC0, 0xD0) if marker not in {0xC4, 0xC8, 0xCC}}
_JPEG_NAMES = {0xC0: "baseline", 0xC1: "extended", 0xC3: "lossless"}
_START_OF_SCAN, _JPEG_LS_FRAME, _JPEG_LS_PRESETS = 0xDA, 0xF7, 0xF8
_JP2_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_RLE_HEADER_BYTES = 64
_TAIL_BYTES = 16  # padding tolerated behind the end marker


@dataclass(frozen=True, slots=True)
class Codestream:
    """Size, components and bits per sample as the compressed data states them.

    `tells_colour` says that a JPEG's own markers tell RGB from YCbCr.
    """

    rows: int
    columns: int
    samples: int
    precision: int
    tells_colour: bool = False


def read_jpeg_size(frame: bytes, processes: Collection[int]) -> Codestream:
    """Read the frame header of a JPEG (ITU-T T.81, B.2.2).

    Parameters
    ----------
    processes
        The SOF markers that the transfer syntax has.

    Raises
    ------
    CorruptImage
        No frame header, another coding than the transfer syntax has, or no end marker.
    """
    _refuse_missing_end(frame, "JPEG")
    tells_colour = False
    for marker, segment in _walk_segments(frame, "JPEG"):
        tells_colour |= marker == 0xE0 and segment.startswith(b"JFIF\x00")
        tells_colour |= marker == 0xEE and segment.startswith(b"Adobe")
        if marker not in _JPEG_FRAMES:
            continue
        if marker not in processes:
            expected = " or ".join(_JPEG_NAMES[process] for process in processes)
            raise CorruptImage(
                f"The JPEG frame is coded as SOF{marker - 0xC0}; expected {expected}, as the "
                "transfer syntax says. Export the film again, uncompressed."
            )
        return _read_frame_header(segment, "JPEG", tells_colour=tells_colour)
    raise _damaged("JPEG")


def find_deep_jpeg(data: bytes) -> Codestream | None:
    """Return what a JPEG of more than 8 bits claims, None for any other file."""
    try:
        for marker, segment in _walk_segments(data, "JPEG"):
            if marker in _JPEG_FRAMES:
                claim = _read_frame_header(segment, "JPEG")
                return claim if claim.precision > 8 else None
    except CorruptImage:
        return None
    return None


def read_jpeg_ls_size(frame: bytes) -> Codestream:
    """Read the frame header of a JPEG-LS codestream (ITU-T T.87, C.2.2).

    Raises
    ------
    CorruptImage
        No frame header or end marker, or presets that change what the header says: mapping
        tables, and sizes of their own (C.2.4.1.2 to C.2.4.1.4).
    """
    _refuse_missing_end(frame, "JPEG-LS")
    claim = None
    for marker, segment in _walk_segments(frame, "JPEG-LS"):
        if marker == _JPEG_LS_FRAME:
            claim = _read_frame_header(segment, "JPEG-LS")
        if marker in _JPEG_FRAMES or (marker == _JPEG_LS_PRESETS and segment[:1] != b"\x01"):
            raise _damaged("JPEG-LS")
    if claim is None:
        raise _damaged("JPEG-LS")
    return claim


def _walk_segments(frame: bytes, coding: str) -> Iterator[tuple[int, bytes]]:
    """Give the marker and content of each segment ahead of the first scan."""
    if not frame.startswith(b"\xff\xd8"):
        raise _damaged(coding)
    offset = 2
    while offset + 4 <= len(frame) and frame[offset] == 0xFF:
        marker = frame[offset + 1]
        if marker == 0xFF:  # fill bytes may stand before any marker
            offset += 1
            continue
        length = int.from_bytes(frame[offset + 2 : offset + 4], "big")
        if marker == _START_OF_SCAN:
            return
        if length < 2:
            break
        yield marker, frame[offset + 4 : offset + 2 + length]
        offset += 2 + length
    raise _damaged(coding)


def _read_frame_header(
    segment: bytes, coding: str, *, tells_colour: bool = False
) -> Codestream:
    if len(segment) < 6:
        raise _damaged(coding)
    precision, rows, columns, samples = struct.unpack_from(">BHHB", segment)
    is_named_rgb = segment[6::3] == b"RGB"  # the components' own names
    return Codestream(rows, columns, samples, precision, tells_colour or is_named_rgb)


def _refuse_missing_end(frame: bytes, coding: str) -> None:
    # Decoders fill what is missing with grey, and say nothing.
    if b"\xff\xd9" not in frame[-_TAIL_BYTES:]:
        raise _damaged(coding)


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
        No codestream, or one that is cut short.
    """
    codestream = frame
    if frame.startswith(_JP2_SIGNATURE):
        codestream = _find_jp2_codestream(frame)
    _refuse_missing_end(codestream, "JPEG 2000")
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


def split_rle(frame: bytes) -> list[bytes]:
    """Return the segments of an RLE frame, as its header places them (PS3.5 G.5).

    Raises
    ------
    CorruptImage
        Offsets that lie outside the frame or run backwards.
    """
    if len(frame) < _RLE_HEADER_BYTES:
        raise _damaged("RLE")
    count, *offsets = struct.unpack_from("<16I", frame)
    if not 1 <= count <= 12:
        raise _damaged("RLE")
    edges = [*offsets[:count], len(frame)]
    if edges[0] < _RLE_HEADER_BYTES or edges != sorted(edges):
        raise _damaged("RLE")
    return [frame[start:stop] for start, stop in pairwise(edges)]


def _damaged(coding: str) -> CorruptImage:
    return CorruptImage(
        f"The {coding} data is damaged or cut short. Send the film again from where it came."
    )
