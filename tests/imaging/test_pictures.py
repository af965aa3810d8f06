"""Every kind of picture file that films come in, and the named end of those that do not."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pytest
from PIL import Image

from cxr_core.errors import (
    CorruptImage,
    InputError,
    MultiFrame,
    TooManyPixels,
    UnsupportedFormat,
)
from cxr_core.imaging.decode import Limits, decode_radiograph
from cxr_core.imaging.raster import RasterImage, decode_raster
from tests.imaging.films import picture_of, stored_chest

GREY = stored_chest(8).astype(np.uint8)
DEEP = stored_chest(16)
UNIT = GREY.astype(np.float32) / np.float32(255)
DEEP_UNIT = DEEP.astype(np.float32) / np.float32(65535)
COLOUR = np.stack([GREY] * 3, -1)
OPAQUE = np.full_like(GREY, 255)


def decode(data: bytes) -> RasterImage:
    return decode_raster(data, 10**6)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def png_of(rows: list[bytes], header: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG written by hand: what Pillow does not write."""
    body = zlib.compress(b"".join(b"\x00" + row for row in rows))
    parts = ((b"IHDR", header), *chunks, (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
        for name, data in parts
    )


def interlaced(cells: np.ndarray, depth: int) -> bytes:
    """A grey PNG in the seven passes of Adam7."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2),
              (0, 1, 2, 2), (1, 0, 2, 1))  # fmt: skip
    wide = cells.astype(f">u{depth // 8}")
    rows = [row.tobytes() for top, left, down, right in passes
            for row in wide[top::down, left::right]]  # fmt: skip
    high, width = cells.shape
    return png_of(rows, struct.pack(">IIBBBBB", width, high, depth, 0, 0, 0, 1))


def palette() -> Image.Image:
    image = Image.fromarray(GREY).convert("P")
    image.putpalette([level for level in range(256) for _ in range(3)])
    image.putdata(list(GREY.ravel()))
    return image


def cmyk() -> Image.Image:
    return Image.fromarray(np.stack([255 - GREY] * 3 + [np.zeros_like(GREY)], -1), "CMYK")


EXACT = {
    "grey png": picture_of(GREY),
    "grey and alpha": saved(Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(OPAQUE)]),
                            "PNG"),
    "rgb": picture_of(COLOUR),
    "rgba": picture_of(np.dstack([COLOUR, OPAQUE])),
    "palette": saved(palette(), "PNG"),
    "interlaced": interlaced(GREY, 8),
    "webp": picture_of(GREY, "WEBP", lossless=True),
    "webp with alpha": picture_of(np.dstack([COLOUR, OPAQUE]), "WEBP", lossless=True),
    "bmp": picture_of(GREY, "BMP"),
    "24-bit bmp": picture_of(COLOUR, "BMP"),
    "32-bit bmp": saved(Image.fromarray(np.dstack([COLOUR, OPAQUE])), "BMP"),
    "lzw tiff": picture_of(GREY, "TIFF", compression="tiff_lzw"),
    "deflate tiff": picture_of(GREY, "TIFF", compression="tiff_adobe_deflate"),
    "packbits tiff": picture_of(GREY, "TIFF", compression="packbits"),
    "rgb tiff": picture_of(COLOUR, "TIFF", compression="tiff_lzw"),
    "cmyk tiff": saved(cmyk(), "TIFF"),
}  # fmt: skip


@pytest.mark.parametrize("kind", EXACT)
def test_eight_bit_pictures_keep_their_greys(kind: str):
    picture = decode(EXACT[kind])
    assert np.abs(picture.pixels - UNIT).max() < 1.5 / 255
    assert picture.colour_share == 0.0


LOSSY = {
    "jpeg": picture_of(GREY, "JPEG", quality=100),
    "progressive": picture_of(GREY, "JPEG", quality=100, progressive=True),
    "colour jpeg": picture_of(COLOUR, "JPEG", quality=100),
    "cmyk jpeg": saved(cmyk(), "JPEG", quality=100),
    "ycck jpeg": imagecodecs.jpeg8_encode(
        np.ascontiguousarray(255 - np.asarray(cmyk())), level=100, colorspace="CMYK",
        outcolorspace="YCCK"),
    "webp": picture_of(GREY, "WEBP", quality=100),
    "tiff with jpeg": picture_of(GREY, "TIFF", compression="jpeg", quality=100),
    "jpeg with a tail": picture_of(GREY, "JPEG", quality=100) + b"tail" * 99,
}  # fmt: skip


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_pictures_stay_near_their_greys(kind: str):
    assert np.abs(decode(LOSSY[kind]).pixels - UNIT).mean() < 0.01


def test_transparency_is_laid_on_black():
    veil = np.where(np.arange(GREY.shape[1]) < 20, 0, 255).astype(np.uint8)
    alpha = np.broadcast_to(veil, GREY.shape)
    see_through = palette()
    files = [picture_of(np.dstack([COLOUR, alpha])),
             picture_of(np.dstack([COLOUR, alpha]), "WEBP", lossless=True, exact=True),
             saved(Image.merge("LA", [Image.fromarray(GREY), Image.fromarray(alpha.copy())]),
                   "PNG")]  # fmt: skip
    for data in files:
        pixels = decode(data).pixels
        assert not pixels[:, :20].any()
        assert np.abs(pixels[:, 20:] - UNIT[:, 20:]).max() < 1.5 / 255
    data = saved(see_through, "PNG", transparency=bytes([0] * 100 + [255] * 156))
    assert not decode(data).pixels[GREY < 100].any()


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bits_per_pixel_are_spread_over_all_greys(depth: int):
    levels = GREY >> (8 - depth)
    packed = [np.packbits(np.unpackbits(row[:, None], axis=1)[:, 8 - depth :].ravel()).tobytes()
              for row in levels]  # fmt: skip
    high, width = GREY.shape
    data = png_of(packed, struct.pack(">IIBBBBB", width, high, depth, 0, 0, 0, 0))
    assert np.allclose(decode(data).pixels, levels / ((1 << depth) - 1), atol=1e-6)


def test_one_and_four_bit_bitmaps_are_read():
    bilevel = Image.fromarray(GREY > 127)
    assert np.array_equal(decode(saved(bilevel, "BMP")).pixels, (GREY > 127).astype(np.float32))
    for compression in (None, "group4"):
        data = saved(bilevel, "TIFF", compression=compression)
        assert np.array_equal(decode(data).pixels, (GREY > 127).astype(np.float32))
    nibbles = (GREY >> 4).astype(np.uint8)
    high, width = GREY.shape
    stride = (width // 2 + 3) // 4 * 4
    pairs = nibbles[::-1, ::2] << 4 | nibbles[::-1, 1::2]
    lines = b"".join(row.tobytes().ljust(stride, b"\0") for row in pairs)
    colours = b"".join(bytes([17 * level] * 3 + [0]) for level in range(16))
    head = struct.pack("<IiiHHIIiiII", 40, width, high, 1, 4, 0, len(lines), 0, 0, 16, 16)
    data = b"BM" + struct.pack("<IHHI", 118 + len(lines), 0, 0, 118) + head + colours + lines
    assert np.abs(decode(data).pixels - nibbles / 15).max() < 1e-3


DEEP_FILES = {
    "png": picture_of(DEEP),
    "interlaced png": interlaced(DEEP, 16),
    "rgb png": cv2.imencode(".png", np.stack([DEEP] * 3, -1))[1].tobytes(),
    "tiff": picture_of(DEEP, "TIFF"),
    "lzw tiff": picture_of(DEEP, "TIFF", compression="tiff_lzw"),
    "deflate tiff": picture_of(DEEP, "TIFF", compression="tiff_adobe_deflate"),
    "float tiff": picture_of(DEEP_UNIT, "TIFF"),
}


@pytest.mark.parametrize("kind", DEEP_FILES)
def test_deep_pictures_keep_their_depth(kind: str):
    assert np.allclose(decode(DEEP_FILES[kind]).pixels, DEEP_UNIT, atol=2e-5)


def test_a_tiled_tiff_is_read():
    from tests.imaging.tiled import tiled_tiff

    for cells, unit in ((GREY, UNIT), (DEEP, DEEP_UNIT)):
        assert np.allclose(decode(tiled_tiff(cells)).pixels, unit, atol=1e-6)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "12-bit JPEG"])
def test_every_orientation_comes_out_upright(kind: str, orientation: int):
    back = {1: lambda film: film, 2: np.fliplr, 3: lambda film: np.rot90(film, 2), 4: np.flipud,
            5: lambda film: film.T, 6: np.rot90, 7: lambda film: np.rot90(film, 2).T,
            8: lambda film: np.rot90(film, -1)}[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    if kind == "12-bit JPEG":
        whole = imagecodecs.jpeg8_encode(
            np.ascontiguousarray(back(DEEP >> 4)), level=100, bitspersample=12)  # fmt: skip
        segment = b"Exif\x00\x00" + exif.tobytes().removeprefix(b"Exif\x00\x00")
        marker = b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment
        data = whole[:2] + marker + whole[2:]
    else:
        quality = {"quality": 100} if kind in {"JPEG", "WEBP"} else {}
        data = saved(
            Image.fromarray(np.ascontiguousarray(back(GREY))), kind, exif=exif, **quality
        )
    picture = decode(data)
    assert np.abs(picture.pixels - UNIT).mean() < 0.01
    assert bool(picture.warnings) == (orientation > 1)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_a_jpeg_of_more_than_eight_bits_is_read(bits: int):
    film = stored_chest(bits)
    is_lossless = bits != 12
    data = imagecodecs.jpeg8_encode(film, level=100, bitspersample=bits, lossless=is_lossless)
    picture = decode(data + b"tail" * 9)
    assert np.abs(picture.pixels - film / np.float32((1 << bits) - 1)).mean() < 0.01
    assert (picture.format, picture.bits_stored) == ("jpeg", bits)
    with pytest.raises(TooManyPixels):
        decode_raster(data, 1000)
    with pytest.raises(CorruptImage):
        decode(data[: len(data) // 2])


def test_several_pictures_in_one_file_are_refused_by_name():
    others = [Image.fromarray(255 - GREY), Image.fromarray(GREY // 2)]
    for kind in ("TIFF", "PNG", "WEBP"):
        data = saved(Image.fromarray(GREY), kind, save_all=True, append_images=others)
        with pytest.raises(MultiFrame, match=f"{kind} file holds 3"):
            decode(data)


FOREIGN = {
    saved(Image.fromarray(GREY), "GIF"): "GIF",
    b"%PDF-1.7 film": "PDF",
    imagecodecs.jpeg2k_encode(GREY, codecformat="jp2"): "JPEG 2000",
    imagecodecs.jpegls_encode(GREY): "JPEG-LS",
    saved(Image.fromarray(GREY), "AVIF"): "AVIF",
    b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00": "HEIC",
    (348).to_bytes(4, "little") + bytes(340) + b"n+1\x00": "NIfTI",
    b"\x1f\x8b\x08\x00" + bytes(40): "gzip",
    b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>": "SVG",
    b"<!DOCTYPE html><html></html>": "web page",
    b"MZ\x90\x00" + bytes(60): "program",
    b"no film": "unknown",
}


@pytest.mark.parametrize("data", FOREIGN, ids=FOREIGN.values())
def test_other_formats_are_refused_by_name(data: bytes):
    with pytest.raises(UnsupportedFormat, match=FOREIGN[data]):
        decode_radiograph(data)


def test_a_jpeg_cut_short_is_refused_whatever_its_coding():
    for kind in ("jpeg", "progressive", "colour jpeg"):
        data = LOSSY[kind]
        for share in (0.4, 0.9):
            with pytest.raises(InputError):
                decode_radiograph(data[: int(len(data) * share)], Limits())
