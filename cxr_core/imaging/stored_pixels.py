"""From Pixel Data to stored values: size bounded, unused bits and padding out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from pydicom.encaps import encapsulate, get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from cxr_core.errors import CorruptImage, TooManyPixels, UnsupportedFormat
from cxr_core.imaging import dicom_file
from cxr_core.imaging.codestream import (
    Codestream,
    check_rle_length,
    read_jpeg2000_size,
    read_jpeg_size,
    unwrap_jpeg2000,
)
from cxr_core.imaging.dicom_file import DicomFile, Encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

IntegerArray: TypeAlias = "NDArray[np.signedinteger[Any]]"

GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """The Image Pixel module (PS3.3 C.7.6.3), checked."""

    rows: int
    columns: int
    samples: int
    photometric_interpretation: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    is_signed: bool
    planar_configuration: int


@dataclass(frozen=True, slots=True, eq=False)
class StoredPixels:
    """Grey stored values (rows, columns), where they are padding, whether bits were removed."""

    values: IntegerArray
    is_padding: NDArray[np.bool_]
    is_masked: bool


def read_pixel_format(file: DicomFile) -> PixelFormat:
    """Read and check the Image Pixel module (PS3.3 C.7.6.3.1).

    Raises
    ------
    CorruptImage
        An element is missing or contradicts another.
    UnsupportedFormat
        Colour or depth that no radiograph has.
    """
    photometric = file.text("PhotometricInterpretation")
    if photometric not in (*GREY, *_COLOUR, "PALETTE COLOR"):
        raise UnsupportedFormat(
            f"(0028,0004) Photometric Interpretation is {photometric or 'missing'}; expected "
            "MONOCHROME1 or MONOCHROME2. Export the film as greyscale."
        )
    allocated = _required(file, "BitsAllocated")
    stored = _required(file, "BitsStored")
    high_bit = file.whole("HighBit")
    pixel_format = PixelFormat(
        rows=_required(file, "Rows"),
        columns=_required(file, "Columns"),
        samples=file.whole("SamplesPerPixel") or (3 if photometric in _COLOUR else 1),
        photometric_interpretation=photometric,
        bits_allocated=allocated,
        bits_stored=stored,
        high_bit=stored - 1 if high_bit is None else high_bit,
        is_signed=file.whole("PixelRepresentation") == 1,
        planar_configuration=file.whole("PlanarConfiguration") or 0,
    )
    _check_format(pixel_format)
    return pixel_format


def refuse_oversize(pixel_format: PixelFormat, max_pixels: int) -> None:
    """Refuse more than `max_pixels`.

    Raises
    ------
    TooManyPixels
    """
    rows, columns = pixel_format.rows, pixel_format.columns
    if rows * columns > max_pixels:
        raise TooManyPixels(
            f"The image claims {columns} x {rows} pixels; at most "
            f"{max_pixels // 1_000_000} megapixels are read. Export it at its native size."
        )


def decode_cells(file: DicomFile, pixel_format: PixelFormat) -> NDArray[np.generic]:
    """Decode Pixel Data into cells (rows, columns), or (rows, columns, 3) as RGB.

    Raises
    ------
    CorruptImage, UnsupportedTransferSyntax
    """
    if file.encoding is None:
        raise dicom_file.refuse_transfer_syntax(file.transfer_syntax)
    element = file.dataset["PixelData"]
    source = element.value
    if not isinstance(source, bytes):
        raise CorruptImage(dicom_file.DAMAGED)
    if not file.encoding.is_native:
        source = encapsulate([_checked_frame(source, file.encoding, pixel_format)])
    options: dict[str, object] = {
        "rows": pixel_format.rows,
        "columns": pixel_format.columns,
        "samples_per_pixel": pixel_format.samples,
        "photometric_interpretation": pixel_format.photometric_interpretation,
        "bits_allocated": pixel_format.bits_allocated,
        "bits_stored": pixel_format.bits_stored,
        "pixel_representation": int(pixel_format.is_signed),
        "planar_configuration": pixel_format.planar_configuration,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
        "pixel_vr": str(element.VR),
        "correct_unused_bits": False,  # done in `to_stored_values`, which knows High Bit
    }
    cells, _ = get_decoder(UID(file.encoding.uid)).as_array(
        source,
        index=0,
        decoding_plugin=file.encoding.plugin,
        **options,  # type: ignore[arg-type]
    )
    return np.asarray(cells)


def to_stored_values(
    cells: NDArray[np.generic], file: DicomFile, pixel_format: PixelFormat
) -> StoredPixels:
    """Cut stored values out of their cells and find the padding.

    Bits outside High Bit and Bits Stored may hold an old overlay (PS3.5 section 8.1.1), padding
    is (0028,0120) up to (0028,0121) (PS3.3 C.7.5.1.1.2).
    """
    is_deep = pixel_format.bits_allocated > 16
    whole: IntegerArray = np.asarray(cells).astype(np.int64 if is_deep else np.int32)
    lowest = pixel_format.high_bit + 1 - pixel_format.bits_stored
    shifted = whole >> lowest
    values = shifted & ((1 << pixel_format.bits_stored) - 1)
    unused = shifted >> pixel_format.bits_stored
    is_masked = unused != 0
    if pixel_format.is_signed:
        is_masked &= unused != -1  # negative values carry their sign there
        sign = 1 << (pixel_format.bits_stored - 1)
        values = (values ^ sign) - sign
    padding = _find_padding(whole, values, file, pixel_format)
    return StoredPixels(values, padding, bool(is_masked.any()))


def _find_padding(
    cells: IntegerArray, values: IntegerArray, file: DicomFile, pixel_format: PixelFormat
) -> NDArray[np.bool_]:
    first = file.whole("PixelPaddingValue")
    if first is None:
        return np.zeros(values.shape, dtype=np.bool_)
    limit = file.whole("PixelPaddingRangeLimit")
    ends = [first, first if limit is None else limit]
    if pixel_format.is_signed:  # some devices write it with the unsigned VR
        half = 1 << (pixel_format.bits_allocated - 1)
        ends = [end - 2 * half if end >= half else end for end in ends]
    low, high = sorted(ends)
    top = 1 << (pixel_format.bits_stored - int(pixel_format.is_signed))
    bottom = -top if pixel_format.is_signed else 0
    # A padding value that the stored bits cannot hold was written into the whole cell.
    compared = values if bottom <= low and high < top else cells
    return (compared >= low) & (compared <= high)


def _checked_frame(source: bytes, encoding: Encoding, pixel_format: PixelFormat) -> bytes:
    """Return the one compressed frame, once it claims what the header claims."""
    frame = get_frame(source, 0, number_of_frames=1)
    if encoding is dicom_file.RLE:
        check_rle_length(frame, pixel_format.rows * pixel_format.columns)
        return frame
    if encoding is dicom_file.JPEG_BASELINE:
        claim = read_jpeg_size(frame)
    else:
        frame = unwrap_jpeg2000(frame)
        claim = read_jpeg2000_size(frame)
    _refuse_contradiction(claim, pixel_format)
    return frame


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


def _check_format(pixel_format: PixelFormat) -> None:
    if pixel_format.bits_allocated not in {8, 16, 32}:
        raise UnsupportedFormat(
            f"(0028,0100) Bits Allocated is {pixel_format.bits_allocated}; expected 8 or 16. "
            "Export the film as greyscale."
        )
    is_grey = pixel_format.samples == 1
    is_consistent = (
        1 <= pixel_format.bits_stored <= pixel_format.bits_allocated
        and pixel_format.bits_stored - 1 <= pixel_format.high_bit < pixel_format.bits_allocated
        and (is_grey or pixel_format.samples == 3)
        and is_grey == (pixel_format.photometric_interpretation not in _COLOUR)
        and pixel_format.rows > 0
        and pixel_format.columns > 0
    )
    if not is_consistent:
        raise CorruptImage(
            "Group 0028 of the DICOM header contradicts itself (size, samples or bits). "
            "Export the film again."
        )


def _required(file: DicomFile, keyword: str) -> int:
    value = file.whole(keyword)
    if value is None:
        raise CorruptImage(f"The DICOM element {keyword} is missing. Export the film again.")
    return value
