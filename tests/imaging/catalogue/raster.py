"""Picture files that are damaged or lie, and pictures that are no chest film."""

from __future__ import annotations

import io
import struct
import zlib
from functools import partial

import numpy as np
from PIL import Image

from tests.imaging.catalogue.kind import READ, Kind, warned
from tests.imaging.catalogue.making import (
    COLUMNS,
    GREY,
    ROWS,
    TIFF_TAIL,
    chunk,
    packed_rows,
    patched,
    png,
    tiff,
    tiff_entries,
)
from tests.imaging.films import picture_of

JPEG, PNG, OTHERS = "JPEG files", "PNG files", "WebP, TIFF and BMP files"
CONTENT = "Pictures that are no chest film"
_DAMAGED, _TOO_MANY, _NO_FILM = "corrupt_image", "too_many_pixels", "not_a_radiograph"
_UNKNOWN = "unsupported_format"
_BOMB = zlib.compress(bytes(64 << 20), 9)
_SOF = b"\xff\xc0"


def _jpeg(**options: object) -> bytes:
    return picture_of(GREY, "JPEG", quality=95, **options)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _cut(kind: str, share: float) -> bytes:
    data = picture_of(GREY, kind)
    return data[: int(len(data) * share)]


def _jpeg_of_size(rows: int, columns: int) -> bytes:
    return patched(_jpeg(), _SOF, 5, ">HH", rows, columns)


def _jpeg_with_garbage() -> bytes:
    data = _jpeg()
    start = data.index(b"\xff\xda") + 14
    noise = np.random.default_rng(5).integers(0, 255, len(data) - start - 2).astype(np.uint8)
    return data[:start] + noise.tobytes() + data[-2:]


def _jpeg_without(marker: bytes) -> bytes:
    data = _jpeg()
    while (start := data.find(marker)) >= 0:
        (size,) = struct.unpack_from(">H", data, start + 2)
        data = data[:start] + data[start + 2 + size :]
    return data


def _scan_bomb() -> bytes:
    """A progressive JPEG whose last scan comes 3,000 times; each goes over the whole image."""
    data = picture_of(np.full((3000, 3000), 90, np.uint8), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * 3000 + data[-2:]


def _black(side: int) -> bytes:
    return png(side, side, zlib.compress((b"\0" + bytes(side)) * side))


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]


def _pages(kind: str) -> bytes:
    return picture_of(GREY, kind, save_all=True, append_images=[Image.fromarray(255 - GREY)])


def _huge_webp() -> bytes:
    data = bytearray(picture_of(GREY, "WEBP", lossless=True))
    start = data.index(b"VP8L") + 9  # 14 bits of width less 1, 14 bits of height less 1
    data[start : start + 4] = ((16_382 | 16_382 << 14) | (data[start + 3] >> 4 << 28)).to_bytes(
        4, "little"
    )
    return bytes(data)


def _looping_tiff() -> bytes:
    return tiff(tiff_entries(), GREY.tobytes(), following=8)


def _tiff(**entries: tuple[int, int, int]) -> bytes:
    return tiff(tiff_entries(**entries), GREY.tobytes())


def _packed_tiff(packed: bytes, compression: int) -> bytes:
    entries = tiff_entries(t259=(3, 1, compression), t279=(4, 1, len(packed)))
    return tiff(entries, packed)


def _float_tiff() -> bytes:
    cells = GREY.astype(np.float32) / 255
    cells[3, 3] = np.nan
    return picture_of(cells, "TIFF")


def _bmp(columns: int, rows: int) -> bytes:
    return patched(picture_of(GREY, "BMP"), b"BM", 18, "<ii", columns, rows)


def _photograph() -> bytes:
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    sky = np.stack([40 + x, 90 + y // 2, 240 - y], axis=-1)
    return picture_of(np.clip(sky, 0, 255).astype(np.uint8), "JPEG")


def _arrow() -> bytes:
    cells = np.repeat(GREY[..., None], 3, axis=2)
    cells[20:24, 10:90] = (255, 220, 0)
    return picture_of(cells)


def _noise() -> bytes:
    return picture_of(np.random.default_rng(2).integers(0, 256, GREY.shape).astype(np.uint8))


def _page_of_text() -> bytes:
    page = np.full((300, 220), 255, np.uint8)
    page[20:280:12, 20:200:3] = 0
    return picture_of(page)


def _transparent() -> bytes:
    clear = np.zeros((*GREY.shape, 4), np.uint8)
    clear[..., :3] = GREY[..., None]
    return picture_of(clear)


def _flat(grey: int, rows: int = ROWS, columns: int = COLUMNS) -> bytes:
    return picture_of(np.full((rows, columns), grey, np.uint8))


_DAMAGED_JPEGS = (
    Kind(JPEG, "cut short in its tables", partial(_cut, "JPEG", 0.1), _DAMAGED),
    Kind(JPEG, "cut short in the middle", partial(_cut, "JPEG", 0.5), _DAMAGED),
    Kind(JPEG, "cut short before its last lines", partial(_cut, "JPEG", 0.95), _DAMAGED),
    Kind(JPEG, "cut short, and closed with an end marker",
         lambda: _cut("JPEG", 0.5) + b"\xff\xd9", _DAMAGED),
    Kind(JPEG, "claims 65,500 x 65,500 pixels", partial(_jpeg_of_size, 65_500, 65_500),
         _TOO_MANY),
    Kind(JPEG, "claims more lines than it has", partial(_jpeg_of_size, 2 * ROWS, COLUMNS),
         _DAMAGED),
    Kind(JPEG, "claims no lines", partial(_jpeg_of_size, 0, COLUMNS), _UNKNOWN),
    Kind(JPEG, "noise in place of its pixels (a JPEG has no checksum)", _jpeg_with_garbage,
         READ),
    Kind(JPEG, "9 megapixels in 3,000 scans (a bomb of time)", _scan_bomb, "decoder_failed"),
    Kind(JPEG, "20,000 comments before the pixels",
         lambda: _jpeg()[:2] + b"\xff\xfe\x00\x04hi" * 20_000 + _jpeg()[2:], READ),
    Kind(JPEG, "without Huffman tables (the usual ones are taken)",
         partial(_jpeg_without, b"\xff\xc4"), READ),
    Kind(JPEG, "without quantisation tables", partial(_jpeg_without, b"\xff\xdb"), _DAMAGED),
    Kind(JPEG, "claims 12 bits and has 8 (which is as dark, and as sharp)",
         lambda: patched(_jpeg(), _SOF, 4, ">B", 12), READ),
)  # fmt: skip
_DAMAGED_PNGS = (
    Kind(PNG, "claims 50,000 x 50,000 pixels (a bomb)",
         partial(png, 50_000, 50_000, zlib.compress(bytes(1000))), _TOO_MANY),
    Kind(PNG, "claims 12,000 x 12,000 pixels",
         partial(png, 12_000, 12_000, zlib.compress(bytes(1000))), _TOO_MANY),
    Kind(PNG, "claims 9,000 x 9,000 pixels and has twelve thousand",
         lambda: png(9000, 9000, packed_rows()), _DAMAGED),
    Kind(PNG, "no pixels", lambda: png(COLUMNS, ROWS, b""), _DAMAGED),
    Kind(PNG, "no width", lambda: png(0, ROWS, packed_rows()), _DAMAGED),
    Kind(PNG, "3 bits per pixel", lambda: png(COLUMNS, ROWS, packed_rows(), depth=3),
         _DAMAGED),
    Kind(PNG, "a wrong checksum in its header",
         lambda: _flipped(picture_of(GREY), 31), _DAMAGED),
    Kind(PNG, "one byte of its pixels changed", lambda: _flipped(picture_of(GREY), 900),
         _DAMAGED),
    Kind(PNG, "cut short", partial(_cut, "PNG", 0.6), _DAMAGED),
    Kind(PNG, "fewer lines than it claims",
         lambda: png(COLUMNS, ROWS, packed_rows(GREY[:80])), _DAMAGED),
    Kind(PNG, "pixels that unpack to 64 MiB (a bomb)", lambda: png(COLUMNS, ROWS, _BOMB),
         "blank_image"),
    Kind(PNG, "25 megapixels of black in 24 kB (a bomb within the limits)",
         partial(_black, 5000), "blank_image"),
    Kind(PNG, "a compressed text that unpacks to 64 MiB (a bomb)",
         lambda: png(COLUMNS, ROWS, packed_rows(), chunk(b"zTXt", b"a\0\0" + _BOMB)),
         _DAMAGED),
    Kind(PNG, "an international text that unpacks to 64 MiB (a bomb)",
         lambda: png(COLUMNS, ROWS, packed_rows(),
                     chunk(b"iTXt", b"a\0\1\0\0\0" + _BOMB)), _DAMAGED),
    Kind(PNG, "a colour profile that unpacks to 64 MiB (a bomb)",
         lambda: png(COLUMNS, ROWS, packed_rows(), chunk(b"iCCP", b"a\0\0" + _BOMB)),
         _DAMAGED),
    Kind(PNG, "20,000 private chunks",
         lambda: png(COLUMNS, ROWS, packed_rows(), chunk(b"prVt", b"") * 20_000), READ),
    Kind(PNG, "animated (APNG)", partial(_pages, "PNG"), "multi_frame"),
)  # fmt: skip
_DAMAGED_OTHERS = (
    Kind(OTHERS, "an animated WebP", partial(_pages, "WEBP"), "multi_frame"),
    Kind(OTHERS, "a WebP cut short", partial(_cut, "WEBP", 0.6), _DAMAGED),
    Kind(OTHERS, "a WebP that claims 16,383 x 16,383 pixels", _huge_webp, _TOO_MANY),
    Kind(OTHERS, "a TIFF of several pages", partial(_pages, "TIFF"), "multi_frame"),
    Kind(OTHERS, "a TIFF whose second page is its first (a loop)", _looping_tiff, READ),
    Kind(OTHERS, "a TIFF whose pixels lie beyond its end",
         partial(_tiff, t273=(4, 1, 1 << 30)), _DAMAGED),
    Kind(OTHERS, "a TIFF that claims 4,294,967,295 x 4,294,967,295 pixels",
         partial(_tiff, t256=(4, 1, 0xFFFFFFFF), t257=(4, 1, 0xFFFFFFFF)), _TOO_MANY),
    Kind(OTHERS, "a TIFF with a list of 4,294,967,295 strips",
         partial(_tiff, t273=(4, 0xFFFFFFFF, TIFF_TAIL)), _DAMAGED),
    Kind(OTHERS, "a TIFF without strips", lambda: tiff({256: (4, 1, 90), 257: (4, 1, 90)}),
         _DAMAGED),
    Kind(OTHERS, "a TIFF with a strip for half of its lines",
         partial(_tiff, t278=(4, 1, ROWS // 2)), _DAMAGED),
    Kind(OTHERS, "a TIFF whose LZW data are noise",
         partial(_packed_tiff, np.random.default_rng(3).bytes(9000), 5), _DAMAGED),
    Kind(OTHERS, "a TIFF whose deflated strip unpacks to 64 MiB (a bomb)",
         partial(_packed_tiff, _BOMB, 8), "blank_image"),
    Kind(OTHERS, "a TIFF cut short", partial(_cut, "TIFF", 0.6), _DAMAGED),
    Kind(OTHERS, "a TIFF of fractions, one of them no number", _float_tiff, _DAMAGED),
    Kind(OTHERS, "a BMP that claims 2,000,000,000 x 2,000,000,000 pixels",
         partial(_bmp, 2_000_000_000, 2_000_000_000), _TOO_MANY),
    Kind(OTHERS, "a BMP with a negative width", partial(_bmp, -COLUMNS, ROWS), _TOO_MANY),
    Kind(OTHERS, "a BMP with more lines than data", partial(_bmp, COLUMNS, 5000), _DAMAGED),
    Kind(OTHERS, "a BMP cut short", partial(_cut, "BMP", 0.6), _DAMAGED),
)  # fmt: skip
_NO_FILMS = (
    Kind(CONTENT, "one pixel", partial(_flat, 9, 1, 1), "too_small"),
    Kind(CONTENT, "a thumbnail of 60 x 50 pixels",
         lambda: picture_of(GREY[::2, ::2]), "too_small"),
    Kind(CONTENT, "a strip of 4,000 x 20 pixels",
         lambda: picture_of(np.tile(GREY[:20], 40)), "too_small"),
    Kind(CONTENT, "a strip of 1,000 x 120 pixels", lambda: picture_of(np.tile(GREY, 10)),
         _NO_FILM),
    Kind(CONTENT, "all black", partial(_flat, 0), "blank_image"),
    Kind(CONTENT, "all white", partial(_flat, 255), "blank_image"),
    Kind(CONTENT, "wholly transparent", _transparent, "blank_image"),
    Kind(CONTENT, "a photograph in colour", _photograph, _NO_FILM),
    Kind(CONTENT, "a lung mask",
         lambda: picture_of((GREY > 100).astype(np.uint8) * 255), _NO_FILM),
    Kind(CONTENT, "a film of one bit per pixel",
         lambda: _saved(Image.fromarray(GREY).convert("1"), "PNG"), _NO_FILM),
    Kind(CONTENT, "a fax of a film (TIFF, group 4)",
         lambda: _saved(Image.fromarray(GREY).convert("1"), "TIFF", compression="group4"),
         _NO_FILM),
    Kind(CONTENT, "a scanned page of text", _page_of_text, _NO_FILM),
    Kind(CONTENT, "a drawing of six greys",
         lambda: picture_of((GREY // 50 * 50).astype(np.uint8)), _NO_FILM),
    Kind(CONTENT, "grey noise (its greys are those of a film)", _noise, READ),
    Kind(CONTENT, "a film with a coloured arrow", _arrow, warned("coloured pixels")),
    Kind(CONTENT, "a film whose greys are turned round", lambda: picture_of(255 - GREY),
         warned("looks inverted")),
)  # fmt: skip
KINDS = (*_DAMAGED_JPEGS, *_DAMAGED_PNGS, *_DAMAGED_OTHERS, *_NO_FILMS)
