"""From Pixel Data to stored values: size bounded, unused bits and padding out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID

from cxr_core.errors import CorruptImage, TooManyPixels, UnsupportedFormat
from cxr_core.imaging.dicom_file import DAMAGED, DicomFile
from cxr_core.imaging.encodings import EXPLICIT_LITTLE, refuse_transfer_syntax
from cxr_core.imaging.frames import decode_frame
from cxr_core.imaging.greys import count_levels, unpainted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.imaging.greys import Counts, Scale, UnpaintedFilm

IntegerArray: TypeAlias = "NDArray[np.signedinteger[Any]]"
Cells: TypeAlias = "NDArray[np.integer[Any]]"

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
    """A grey film as its levels and which of them each pixel has.

    Of each level (n,): its stored `values`, whether it `is_padding`, and its `counts` in the
    film, 0 where it does not occur. `codes` (rows, columns) index them. `is_masked` says that
    bits were removed which the film had set.
    """

    values: IntegerArray
    is_padding: NDArray[np.bool_]
    counts: Counts
    is_masked: bool
    codes: Cells

    def show(self, greys: FloatArray, scale: Scale | None = None) -> UnpaintedFilm:
        """Turn the grey of each level (n,) into the film (rows, columns)."""
        return unpainted(greys, self.codes, scale)


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


def decode_cells(file: DicomFile, pixel_format: PixelFormat) -> Cells:
    """Decode Pixel Data into cells (rows, columns), or (rows, columns, 3) as RGB.

    Raises
    ------
    CorruptImage, MultiFrame, UnsupportedTransferSyntax
    """
    if file.encoding is None:
        raise refuse_transfer_syntax(file.transfer_syntax)
    if not file.encoding.is_native:
        return decode_frame(file.pixels, file.encoding, pixel_format)
    if file.pixels.is_open:
        raise CorruptImage(DAMAGED)
    options: dict[str, Any] = {
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
        "pixel_vr": file.pixels.vr,
        "correct_unused_bits": False,  # done in `to_stored_values`, which knows High Bit
    }
    # Once inflated, a deflated data set is an explicit one.
    uid = EXPLICIT_LITTLE.uid if file.encoding.is_deflated else file.encoding.uid
    cells, _ = get_decoder(UID(uid)).as_array(file.pixels.content, index=0, **options)
    return np.asarray(cells, dtype=cells.dtype.newbyteorder("="))


def to_stored_values(cells: Cells, file: DicomFile, pixel_format: PixelFormat) -> StoredPixels:
    """Cut stored values out of their cells, level by level, and find the padding.

    Bits outside High Bit and Bits Stored may hold an old overlay (PS3.5 section 8.1.1), padding
    is (0028,0120) up to (0028,0121) (PS3.3 C.7.5.1.1.2).
    """
    whole, codes, counts = _find_levels(cells)
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
    return StoredPixels(values, padding, counts, bool((counts[is_masked] > 0).any()), codes)


def _find_levels(cells: Cells) -> tuple[IntegerArray, Cells, Counts]:
    """Return the values that cells may have, which one each cell has, and how many have it."""
    width = cells.dtype.itemsize
    if width > 2:
        whole, codes, counts = np.unique(cells, return_inverse=True, return_counts=True)
        return whole.astype(np.int64), codes.reshape(cells.shape), counts.astype(np.int64)
    unsigned: NDArray[np.unsignedinteger[Any]] = cells.view(f"u{width}")
    every_code = np.arange(1 << (8 * width), dtype=unsigned.dtype)
    return every_code.view(cells.dtype).astype(np.int32), unsigned, count_levels(unsigned)


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
