"""From compressed Pixel Data to cells: joined, its claims compared, then decoded.

Each decoder gets a codestream that claims the size and depth that the header claims, so that
none allocates for more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

import imagecodecs
import numpy as np
from pydicom.pixels.processing import convert_color_space

from cxr_core.errors import CorruptImage, MultiFrame
from cxr_core.imaging.codestream import (
    Codestream,
    read_jpeg2000_size,
    read_jpeg_ls_size,
    read_jpeg_size,
    split_rle,
    unwrap_jpeg2000,
)
from cxr_core.imaging.encodings import Coding
from cxr_core.imaging.halves import decode_jpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.imaging.dicom_file import PixelData
    from cxr_core.imaging.encodings import Encoding
    from cxr_core.imaging.stored_pixels import PixelFormat

    Cells = NDArray[np.integer[Any]]

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_RLE_PADDING = 16  # bytes that segments may hold beyond their pixels
_SEQUENTIAL, _LOSSLESS = (0xC0, 0xC1), (0xC3,)


def decode_frame(source: PixelData, encoding: Encoding, pixel_format: PixelFormat) -> Cells:
    """Decode the one frame of encapsulated Pixel Data (PS3.5 A.4).

    Returns
    -------
    Cells as wide as Bits Allocated, laid out as the header says: (rows, columns), or (rows,
    columns, 3) as RGB.

    Raises
    ------
    CorruptImage
        The frame is damaged, cut short, or claims another size or depth than the header.
    MultiFrame
        There are several frames.
    """
    frame, coding = join_fragments(source), encoding.coding
    if coding is Coding.RLE:
        cells = _decode_rle(frame, pixel_format)
        precision = pixel_format.bits_allocated
    else:
        frame, claim = _read_claim(frame, coding)
        _refuse_contradiction(claim, pixel_format)
        cells = _decode(frame, coding, claim, pixel_format)
        precision = claim.precision
    if cells.shape[:2] != (pixel_format.rows, pixel_format.columns):
        raise CorruptImage("The compressed data unpacks to another size than it claims.")
    if _is_converted_here(coding, pixel_format):
        cells = np.asarray(
            convert_color_space(cells, pixel_format.photometric_interpretation, "RGB")
        )
    cells = _lay_out(cells, precision, pixel_format)
    if encoding.is_lossy and precision > pixel_format.bits_stored:
        return _saturate(cells, pixel_format)
    return cells


def join_fragments(pixels: PixelData) -> bytes:
    """Join the fragments of the only frame; the first item is the Basic Offset Table.

    Raises
    ------
    CorruptImage, MultiFrame
    """
    source = pixels.content
    items = []
    offset = 0
    while source[offset : offset + 4] == _ITEM:
        length = int.from_bytes(source[offset + 4 : offset + 8], "little")
        items.append(source[offset + 8 : offset + 8 + length])
        offset += 8 + length
    is_at_end = offset == len(source) and not pixels.is_open
    is_whole = is_at_end or source[offset : offset + 4] == _END
    if len(items) < 2 or not is_whole:
        raise CorruptImage(
            "The compressed Pixel Data is damaged or cut short. Send the film again from where "
            "it came."
        )
    if len(items[0]) > 4:
        raise MultiFrame(
            f"The Basic Offset Table lists {len(items[0]) // 4} frames; expected 1. Upload "
            "each film by itself."
        )
    return bytes(items[1]) if len(items) == 2 else b"".join(items[1:])


def _read_claim(frame: bytes, coding: Coding) -> tuple[bytes, Codestream]:
    match coding:
        case Coding.JPEG:
            return frame, read_jpeg_size(frame, _SEQUENTIAL)
        case Coding.JPEG_LOSSLESS:
            return frame, read_jpeg_size(frame, _LOSSLESS)
        case Coding.JPEG_LS:
            return frame, read_jpeg_ls_size(frame)
        case Coding.JPEG_2000 | Coding.HTJ2K:
            codestream = unwrap_jpeg2000(frame)
            return codestream, read_jpeg2000_size(codestream)
        case Coding.NATIVE | Coding.RLE:
            raise ValueError(coding)
        case _:
            assert_never(coding)


def _decode(
    frame: bytes, coding: Coding, claim: Codestream, pixel_format: PixelFormat
) -> Cells:
    match coding:
        case Coding.JPEG if pixel_format.samples > 1:
            if claim.precision == 8:
                decode_jpeg(frame, "RGB")  # for what is missing; its colours may be others
            stored_as = None if claim.tells_colour else _jpeg_colour(pixel_format)
            decoded = imagecodecs.jpeg8_decode(frame, colorspace=stored_as, outcolorspace="RGB")
        case Coding.JPEG_LOSSLESS if pixel_format.samples > 1:
            decoded = imagecodecs.jpeg8_decode(frame, colorspace="RGB", outcolorspace="RGB")
        case Coding.JPEG if claim.precision == 8:
            decoded = decode_jpeg(frame, "GRAY")
        case Coding.JPEG | Coding.JPEG_LOSSLESS:
            decoded = imagecodecs.jpeg8_decode(frame)
        case Coding.JPEG_LS:
            decoded = imagecodecs.jpegls_decode(frame)
        case Coding.JPEG_2000 | Coding.HTJ2K:
            # OpenJPH is four times as quick, and returns half films of damaged codestreams.
            decoded = imagecodecs.jpeg2k_decode(frame, numthreads=1)
        case Coding.NATIVE | Coding.RLE:
            raise ValueError(coding)
        case _:
            assert_never(coding)
    return np.asarray(decoded)


def _decode_rle(frame: bytes, pixel_format: PixelFormat) -> Cells:
    """Unpack the byte planes (PS3.5 annex G), the most significant of each sample first.

    Two bytes unpack to 128: every plane is unpacked into the room of one byte per pixel.
    """
    shape = (pixel_format.samples, pixel_format.rows, pixel_format.columns)
    width = pixel_format.bits_allocated // 8
    pixels = pixel_format.rows * pixel_format.columns
    segments = split_rle(frame)
    if len(segments) != pixel_format.samples * width:
        raise CorruptImage(
            f"The RLE data has {len(segments)} byte planes, the header says "
            f"{pixel_format.samples * width}. Export the film again."
        )
    planes = np.empty((*shape, width), dtype=np.uint8)
    for number, segment in enumerate(segments):
        unpacked = imagecodecs.packbits_decode(segment, out=pixels + _RLE_PADDING)
        if not pixels <= len(unpacked) <= pixels + _RLE_PADDING:
            raise CorruptImage("The RLE data is damaged or cut short. Export the film again.")
        plane = np.frombuffer(unpacked, np.uint8, count=pixels).reshape(shape[1:])
        planes[number // width, ..., width - 1 - number % width] = plane
    cells = planes.view(f"<u{width}")[..., 0]
    return cells[0] if pixel_format.samples == 1 else np.moveaxis(cells, 0, -1)


def _jpeg_colour(pixel_format: PixelFormat) -> str:
    is_rgb = pixel_format.photometric_interpretation == "RGB"
    return "RGB" if is_rgb else "YCBCR"


def _is_converted_here(coding: Coding, pixel_format: PixelFormat) -> bool:
    """Say whether the decoder left YBR alone: JPEG converts, and JPEG 2000 with YBR_ICT."""
    is_full_ybr = pixel_format.photometric_interpretation.startswith("YBR_FULL")
    return is_full_ybr and coding is not Coding.JPEG


def _lay_out(cells: Cells, precision: int, pixel_format: PixelFormat) -> Cells:
    """Give decoded values the width, sign and place in the cell that the header tells of.

    Codestreams of fewer bits than Bits Stored hold the value itself (PS3.5 8.2): its sign is
    carried on from its own highest bit, and it is moved up to High Bit.
    """
    bits = pixel_format.bits_allocated
    kind = "i" if pixel_format.is_signed else "u"
    cells = np.ascontiguousarray(cells, dtype=f"{cells.dtype.kind}{bits // 8}")
    laid_out: Cells = cells.view(f"{kind}{bits // 8}")
    if precision < pixel_format.bits_stored and pixel_format.is_signed:
        above = bits - precision
        laid_out = (laid_out << above) >> above
    lowest = pixel_format.high_bit + 1 - pixel_format.bits_stored
    if lowest > 0 and precision <= pixel_format.bits_stored:
        laid_out = laid_out << lowest
    return laid_out


def _saturate(cells: Cells, pixel_format: PixelFormat) -> Cells:
    """Keep white white: what lossy coding adds to it runs over Bits Stored, into black."""
    lowest = pixel_format.high_bit + 1 - pixel_format.bits_stored
    values = 1 << pixel_format.bits_stored
    half = values // 2 if pixel_format.is_signed else 0
    return np.clip(cells, -half << lowest, (values - half << lowest) - 1)


def _refuse_contradiction(claim: Codestream, pixel_format: PixelFormat) -> None:
    if (claim.rows, claim.columns) != (pixel_format.rows, pixel_format.columns):
        raise CorruptImage(
            f"The compressed data is {claim.columns} x {claim.rows} pixels, the header says "
            f"{pixel_format.columns} x {pixel_format.rows}. Export the film again."
        )
    if claim.samples != pixel_format.samples or claim.precision > pixel_format.bits_allocated:
        raise CorruptImage(
            f"The compressed data has {claim.samples} sample(s) of {claim.precision} bits, the "
            f"header says {pixel_format.samples} of {pixel_format.bits_allocated}. "
            "Export the film again."
        )
