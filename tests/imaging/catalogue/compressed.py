"""Compressed DICOM films whose frames are damaged, lie or are bombs."""

from __future__ import annotations

import struct
from functools import cache, partial

import imagecodecs
import numpy as np
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.imaging.catalogue.kind import READ, Kind
from tests.imaging.catalogue.making import (
    COLUMNS,
    GREY,
    ROWS,
    STORED,
    encapsulated,
    film,
    head_of,
    patched,
    rle_frame,
    small_film,
    with_number,
    with_syntax,
)
from tests.imaging.films import frame_of, picture_of

FRAMES, RLE, JPEG = "Compressed frames", "DICOM, RLE", "DICOM, JPEG and JPEG Lossless"
JPEG_LS, JPEG_2000 = "DICOM, JPEG-LS", "DICOM, JPEG 2000 and HTJ2K"
_DAMAGED, _BLANK = "corrupt_image", "blank_image"
_SOF, _LOSSLESS_SOF, _LS_SOF = b"\xff\xc0", b"\xff\xc3", b"\xff\xf7"
_SIZE = 5  # bytes from a frame header's marker to its rows and columns
_JP2 = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_MANY = 255


@cache
def _frame(syntax: str) -> bytes:
    return frame_of(GREY, 8, syntax)


def _whole(syntax: str, frame: bytes) -> bytes:
    return encapsulated(syntax, frame)


def _cut(syntax: str, share: float = 0.66) -> bytes:
    frame = _frame(syntax)
    return encapsulated(syntax, frame[: int(len(frame) * share)])


def _closed(syntax: str) -> bytes:
    frame = _frame(syntax)
    return encapsulated(syntax, frame[: len(frame) // 2] + b"\xff\xd9")


def _changed(syntax: str, mark: bytes, offset: int, form: str, *values: int) -> bytes:
    return encapsulated(syntax, patched(_frame(syntax), mark, offset, form, *values))


def _siz(syntax: str, offset: int, form: str, *values: int) -> bytes:
    return _changed(syntax, b"\xff\x51", offset - 2, form, *values)


def _of_size(syntax: str, side: int, frame: bytes) -> bytes:
    head = head_of(small_film())
    head = with_number(with_number(head, "Rows", side), "Columns", side)
    return encapsulated(syntax, frame, head=head)


def _honest_bomb(syntax: str, side: int) -> bytes:
    black = np.zeros((side, side), np.uint8)
    return _of_size(syntax, side, frame_of(black, 8, syntax))


def _tile_bomb() -> bytes:
    """65,025 tiles of one pixel, each with tables of its own in most decoders."""
    frame = frame_of(np.zeros((_MANY, _MANY), np.uint8), 8, JPEG2000Lossless)
    return _of_size(JPEG2000Lossless, _MANY, patched(frame, b"\xff\x51", 22, ">II", 1, 1))


def _many_components() -> bytes:
    frame = _frame(JPEG2000Lossless)
    many = 16_384
    size = struct.pack(">H", 38 + 3 * many)
    frame = frame[:4] + size + frame[6:40] + struct.pack(">H", many) + frame[42:45] * many
    return encapsulated(JPEG2000Lossless, frame + _frame(JPEG2000Lossless)[45:])


def _noisy(syntax: str, start: int) -> bytes:
    frame = _frame(syntax)
    noise = np.random.default_rng(4).integers(0, 255, len(frame) - start - 2).astype(np.uint8)
    return encapsulated(syntax, frame[:start] + noise.tobytes() + frame[-2:])


def _without_items() -> bytes:
    return encapsulated(JPEG2000Lossless)[:-16] + b"\xfe\xff\xdd\xe0" + bytes(4)


def _item_beyond_the_end() -> bytes:
    data = encapsulated(JPEG2000Lossless, _frame(JPEG2000Lossless))
    place = data.rindex(b"\xfe\xff\x00\xe0") + 4
    return data[:place] + struct.pack("<I", 1 << 30) + data[place + 4 :]


def _colour_jpeg() -> bytes:
    return picture_of(np.repeat(GREY[..., None], 3, axis=2), "JPEG")


def _with_presets(*values: int) -> bytes:
    frame = _frame(JPEGLSLossless)
    presets = b"\xff\xf8\x00\x0d\x01" + struct.pack(">5H", *values)
    return encapsulated(JPEGLSLossless, frame[:2] + presets + frame[2:])


_FRAMES = (
    Kind(FRAMES, "only an offset table", partial(encapsulated, JPEG2000Lossless), _DAMAGED),
    Kind(FRAMES, "no items at all", _without_items, _DAMAGED),
    Kind(FRAMES, "an empty frame", lambda: _whole(JPEG2000Lossless, b""), _DAMAGED),
    Kind(FRAMES, "a fragment of 1 GiB in a small file", _item_beyond_the_end,
         _DAMAGED),
    Kind(FRAMES, "never closed",
         lambda: _whole(JPEG2000Lossless, _frame(JPEG2000Lossless))[:-8], _DAMAGED),
    Kind(FRAMES, "two frames in the offset table",
         lambda: encapsulated(JPEG2000Lossless, _frame(JPEG2000Lossless),
                              _frame(JPEG2000Lossless), table=struct.pack("<2I", 0, 5000)),
         "multi_frame"),
    Kind(FRAMES, "an offset table that points beyond the end (not used)",
         lambda: encapsulated(JPEG2000Lossless, _frame(JPEG2000Lossless),
                              table=struct.pack("<I", 0xFFFFFFFF)), READ),
    Kind(FRAMES, "20,000 empty fragments before the frame",
         lambda: encapsulated(JPEG2000Lossless, *[b""] * 20_000, _frame(JPEG2000Lossless)),
         READ),
    Kind(FRAMES, "a web page in place of the frame",
         lambda: _whole(JPEGBaseline8Bit, b"<html><script>alert(1)</script></html>"),
         _DAMAGED),
    Kind(FRAMES, "a PNG in place of a JPEG",
         lambda: _whole(JPEGBaseline8Bit, picture_of(GREY)), _DAMAGED),
    Kind(FRAMES, "a JPEG in place of JPEG 2000",
         lambda: _whole(JPEG2000Lossless, _frame(JPEGBaseline8Bit)), _DAMAGED),
    Kind(FRAMES, "compressed, and claims to be uncompressed",
         lambda: with_syntax(_whole(RLELossless, _frame(JPEG2000Lossless)),
                             "1.2.840.10008.1.2.1"), _DAMAGED),
)  # fmt: skip
_RLE = (
    Kind(RLE, "offsets beyond the frame",
         lambda: _whole(RLELossless, rle_frame(GREY.tobytes(), offsets=(5_000_000,))),
         _DAMAGED),
    Kind(RLE, "offsets inside the header",
         lambda: _whole(RLELossless, rle_frame(GREY.tobytes(), offsets=(3,))), _DAMAGED),
    Kind(RLE, "offsets that go backwards",
         lambda: _whole(RLELossless, rle_frame(GREY.tobytes(), offsets=(200, 64))), _DAMAGED),
    Kind(RLE, "claims 4,294,967,295 segments",
         lambda: _whole(RLELossless, patched(rle_frame(GREY.tobytes()), b"\x01\0\0\0", 0,
                                             "<I", 0xFFFFFFFF)), _DAMAGED),
    Kind(RLE, "a segment that unpacks to five thousand times the film (a bomb)",
         lambda: _whole(RLELossless, rle_frame(b"")[:64] + b"\x81\0" * 500_000), _DAMAGED),
    Kind(RLE, "cut short",
         lambda: _whole(RLELossless, rle_frame(GREY.tobytes())[:8000]), _DAMAGED),
    Kind(RLE, "one segment where 16 bits need two",
         lambda: encapsulated(RLELossless, rle_frame(GREY.tobytes()), head=head_of(film())),
         _DAMAGED),
    Kind(RLE, "three segments where 8 bits need one",
         lambda: _whole(RLELossless, rle_frame(*[GREY.tobytes()] * 3)), _DAMAGED),
    Kind(RLE, "nothing but its header",
         lambda: _whole(RLELossless, rle_frame(b"")[:64]), _DAMAGED),
)  # fmt: skip
_JPEGS = (
    Kind(JPEG, "claims 65,500 x 65,500 pixels (a bomb)",
         partial(_changed, JPEGBaseline8Bit, _SOF, _SIZE, ">HH", 65_500, 65_500), _DAMAGED),
    Kind(JPEG, "one line more than the header",
         partial(_changed, JPEGBaseline8Bit, _SOF, _SIZE, ">H", ROWS + 1), _DAMAGED),
    Kind(JPEG, "three colours where the header has grey",
         lambda: _whole(JPEGBaseline8Bit, _colour_jpeg()), _DAMAGED),
    Kind(JPEG, "progressive, in the baseline syntax",
         lambda: _whole(JPEGBaseline8Bit, picture_of(GREY, "JPEG", progressive=True)),
         _DAMAGED),
    Kind(JPEG, "12 bits, in a header of 8",
         lambda: _whole(JPEGBaseline8Bit, imagecodecs.jpeg8_encode(STORED, 95,
                                                                  bitspersample=12)),
         _DAMAGED),
    Kind(JPEG, "lossless, in the baseline syntax",
         lambda: _whole(JPEGBaseline8Bit, _frame(JPEGLosslessSV1)), _DAMAGED),
    Kind(JPEG, "cut short", partial(_cut, JPEGBaseline8Bit), _DAMAGED),
    Kind(JPEG, "cut short, and closed with an end marker",
         partial(_closed, JPEGBaseline8Bit), _DAMAGED),
    Kind(JPEG, "Huffman tables with more codes than there are",
         partial(_changed, JPEGBaseline8Bit, b"\xff\xc4", 5, ">16B", *[255] * 16), _DAMAGED),
    Kind(JPEG, "a segment that reaches beyond the frame",
         partial(_changed, JPEGBaseline8Bit, b"\xff\xdb", 2, ">H", 0xFFFF), _DAMAGED),
    Kind(JPEG, "nothing but start and end", lambda: _whole(JPEGBaseline8Bit,
                                                           b"\xff\xd8\xff\xd9"), _DAMAGED),
    Kind(JPEG, "JPEG Lossless, cut short", partial(_cut, JPEGLosslessSV1), _DAMAGED),
    Kind(JPEG, "JPEG Lossless, cut short and closed with an end marker (lines are not counted)",
         partial(_closed, JPEGLosslessSV1), READ),
    Kind(JPEG, "JPEG Lossless, claims 60,000 x 60,000 pixels",
         partial(_changed, JPEGLosslessSV1, _LOSSLESS_SOF, _SIZE, ">HH", 60_000, 60_000),
         _DAMAGED),
    Kind(JPEG, "JPEG Lossless, predictor 99",
         partial(_changed, JPEGLosslessSV1, b"\xff\xda", 7, ">B", 99), _DAMAGED),
)  # fmt: skip
_JPEG_LS = (
    Kind(JPEG_LS, "claims 60,000 x 60,000 pixels",
         partial(_changed, JPEGLSLossless, _LS_SOF, _SIZE, ">HH", 60_000, 60_000), _DAMAGED),
    Kind(JPEG_LS, "one column less than the header",
         partial(_changed, JPEGLSLossless, _LS_SOF, _SIZE + 2, ">H", COLUMNS - 1), _DAMAGED),
    Kind(JPEG_LS, "cut short", partial(_cut, JPEGLSLossless), _DAMAGED),
    Kind(JPEG_LS, "cut short, and closed with an end marker",
         partial(_closed, JPEGLSLossless), _DAMAGED),
    Kind(JPEG_LS, "presets that contradict each other",
         partial(_with_presets, 65_535, 60_000, 7, 3, 0), _DAMAGED),
    Kind(JPEG_LS, "presets with a size of their own",
         lambda: _whole(JPEGLSLossless, _frame(JPEGLSLossless)[:2]
                        + b"\xff\xf8\x00\x08\x04\x02\xff\xff\xff\xff"
                        + _frame(JPEGLSLossless)[2:]), _DAMAGED),
    Kind(JPEG_LS, "noise in place of its pixels", partial(_noisy, JPEGLSLossless, 60),
         _DAMAGED),
    Kind(JPEG_LS, "black, 9 megapixels in some bytes",
         partial(_honest_bomb, JPEGLSLossless, 3000), _BLANK),
)  # fmt: skip
_JPEG_2000 = (
    Kind(JPEG_2000, "claims 60,000 x 60,000 pixels",
         partial(_siz, JPEG2000Lossless, 8, ">II", 60_000, 60_000), _DAMAGED),
    Kind(JPEG_2000, "claims 4,294,967,295 pixels each way, from an origin of as many",
         partial(_siz, JPEG2000Lossless, 8, ">4I", *[0xFFFFFFFF] * 4), _DAMAGED),
    Kind(JPEG_2000, "38 bits per sample", partial(_siz, JPEG2000Lossless, 42, ">B", 37),
         _DAMAGED),
    Kind(JPEG_2000, "16,384 components", _many_components, _DAMAGED),
    Kind(JPEG_2000, "sub-sampled", partial(_siz, JPEG2000Lossless, 43, ">BB", 2, 2),
         _DAMAGED),
    Kind(JPEG_2000, "65,025 tiles of one pixel, all black (a bomb)", _tile_bomb, _BLANK),
    Kind(JPEG_2000, "tiles of no size", partial(_siz, JPEG2000Lossless, 24, ">II", 0, 0),
         _DAMAGED),
    Kind(JPEG_2000, "99 resolutions",
         partial(_changed, JPEG2000Lossless, b"\xff\x52", 9, ">B", 99), _DAMAGED),
    Kind(JPEG_2000, "a tile part of 4 GiB",
         partial(_changed, JPEG2000Lossless, b"\xff\x90", 6, ">I", 0xFFFFFFFF), _DAMAGED),
    Kind(JPEG_2000, "cut short", partial(_cut, JPEG2000Lossless), _DAMAGED),
    Kind(JPEG_2000, "cut short, and closed with an end marker",
         partial(_closed, JPEG2000Lossless), _DAMAGED),
    Kind(JPEG_2000, "noise in place of half of its packets (there is no checksum)",
         lambda: _noisy(JPEG2000Lossless, len(_frame(JPEG2000Lossless)) // 2), READ),
    Kind(JPEG_2000, "a JP2 wrapper of boxes without length",
         lambda: _whole(JPEG2000Lossless, _JP2 + bytes(40) + b"\xff\xd9"), _DAMAGED),
    Kind(JPEG_2000, "a JP2 wrapper around the film (taken off)",
         lambda: _whole(JPEG2000Lossless, _JP2 + bytes(4) + b"jp2c"
                        + _frame(JPEG2000Lossless)), READ),
    Kind(JPEG_2000, "black, 9 megapixels in some bytes",
         partial(_honest_bomb, JPEG2000Lossless, 3000), _BLANK),
    Kind(JPEG_2000, "HTJ2K, claims 60,000 x 60,000 pixels",
         partial(_siz, HTJ2KLossless, 8, ">II", 60_000, 60_000), _DAMAGED),
    Kind(JPEG_2000, "HTJ2K, noise in place of half of its packets",
         lambda: _noisy(HTJ2KLossless, len(_frame(HTJ2KLossless)) // 2), _DAMAGED),
    Kind(JPEG_2000, "HTJ2K, cut short", partial(_cut, HTJ2KLossless), _DAMAGED),
)  # fmt: skip
KINDS = (*_FRAMES, *_RLE, *_JPEGS, *_JPEG_LS, *_JPEG_2000)
