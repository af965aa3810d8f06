"""DICOM bytes to a Radiograph: header, gate, pixels, window, polarity, in this order."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from pydicom.pixels.processing import apply_color_lut

from cxr_core.domain import Provenance, Radiograph
from cxr_core.errors import InputError
from cxr_core.imaging.border import keep_quiet, translate_damage
from cxr_core.imaging.colour import measure_colour_share
from cxr_core.imaging.dicom_file import (
    DAMAGED,
    DicomFile,
    read_dicom_file,
    refuse_transfer_syntax,
)
from cxr_core.imaging.gate import check_content, check_header
from cxr_core.imaging.remarks import Remarks
from cxr_core.imaging.stored_pixels import (
    GREY,
    PixelFormat,
    decode_cells,
    read_pixel_format,
    refuse_oversize,
    to_stored_values,
)
from cxr_core.imaging.window import to_modality_values, to_unit_range

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

POLARITY_FLAG = "polarity_contradiction"
_CONTRADICTIONS = {("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")}
_YEARS_PER_UNIT = {"Y": 1.0, "M": 1.0 / 12.0, "W": 7.0 / 365.25, "D": 1.0 / 365.25}


def decode_dicom(data: bytes, sha256: str, max_pixels: int) -> Radiograph:
    """Decode one single-frame CR, DX or secondary capture that shows a frontal chest.

    Parameters
    ----------
    data
        The file; `sha256` is its digest in hexadecimal.
    max_pixels
        The most Rows x Columns that are decoded.

    Raises
    ------
    InputError
        One of the tree, with `provenance` as soon as the header has been read.

    Notes
    -----
    Grey scale pipeline PS3.3 C.11 (modality, then value of interest), polarity C.7.6.3.1.2:
    inverted once, on MONOCHROME1. Presentation LUT Shape would only say the same again.
    """
    with keep_quiet():
        with translate_damage(DAMAGED, is_chained=False):
            file = read_dicom_file(data)
            provenance = _describe(file, sha256)
        remarks = Remarks()
        try:
            with translate_damage(DAMAGED, is_chained=False):
                pixels = _read_film(file, max_pixels, remarks)
        except InputError as refusal:
            refusal.provenance = _with_remarks(provenance, remarks)
            raise
        return Radiograph(pixels, _with_remarks(provenance, remarks))


def _read_film(file: DicomFile, max_pixels: int, remarks: Remarks) -> FloatArray:
    check_header(file, remarks)
    if file.encoding is None:
        raise refuse_transfer_syntax(file.transfer_syntax)
    pixel_format = read_pixel_format(file)
    refuse_oversize(pixel_format, max_pixels)
    cells = decode_cells(file, pixel_format)
    colour_share = 0.0
    if pixel_format.photometric_interpretation in GREY:
        pixels = _read_grey(cells, file, pixel_format, remarks)
    else:
        pixels, colour_share = _read_colour(cells, file, pixel_format)
        remarks.add("The film is stored in colour; its brightness is read, without a window.")
    check_content(pixels, colour_share, remarks)
    return np.ascontiguousarray(pixels, dtype=np.float32)


def _read_grey(
    cells: NDArray[np.generic], file: DicomFile, pixel_format: PixelFormat, remarks: Remarks
) -> FloatArray:
    stored = to_stored_values(cells, file, pixel_format)
    if stored.is_masked:
        remarks.add("Bits above Bits Stored were set (an old overlay); they are removed.")
    values = to_modality_values(stored, file, remarks)
    pixels = to_unit_range(values, stored, file, remarks)
    polarity = (pixel_format.photometric_interpretation, file.text("PresentationLUTShape"))
    if polarity in _CONTRADICTIONS:
        remarks.add(
            f"(2050,0020) Presentation LUT Shape {polarity[1]} contradicts {polarity[0]}; "
            "the latter is followed. Check that bone is bright.",
            POLARITY_FLAG,
        )
    if polarity[0] == "MONOCHROME1":
        pixels = np.float32(1.0) - pixels
    pixels[stored.is_padding] = 0.0
    return pixels


def _read_colour(
    cells: NDArray[np.generic], file: DicomFile, pixel_format: PixelFormat
) -> tuple[FloatArray, float]:
    """Reduce RGB or palette cells to brightness; YBR has become RGB in the decoder."""
    top = (1 << pixel_format.bits_stored) - 1
    if pixel_format.photometric_interpretation == "PALETTE COLOR":
        cells = apply_color_lut(np.asarray(cells), file.dataset)
        top = (1 << (8 * cells.dtype.itemsize)) - 1
    unit = np.asarray(cells, dtype=np.float32) / np.float32(top)
    rgb = np.rint(np.clip(unit, 0.0, 1.0) * 255.0).astype(np.uint8)
    share = measure_colour_share(rgb)
    if top == 255:  # the very rounding of the raster formats
        grey = np.asarray(Image.fromarray(rgb).convert("L"), dtype=np.float32)
        return grey / np.float32(255.0), share
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return np.clip(unit @ weights, 0.0, 1.0, dtype=np.float32), share


def _describe(file: DicomFile, sha256: str) -> Provenance:
    return Provenance(
        sha256=sha256,
        format="dicom",
        rows=file.whole("Rows") or 0,
        columns=file.whole("Columns") or 0,
        bits_stored=file.whole("BitsStored") or 0,
        photometric_interpretation=file.text("PhotometricInterpretation") or None,
        view_position=file.text("ViewPosition") or None,
        transfer_syntax=file.transfer_syntax,
        patient_age_years=_read_age(file),
    )


def _read_age(file: DicomFile) -> float | None:
    """Read (0010,1010) Patient's Age, an age string such as 018M (PS3.5 section 6.2)."""
    match = re.fullmatch(r"(\d{1,3})([DWMY])", file.text("PatientAge"))
    return int(match[1]) * _YEARS_PER_UNIT[match[2]] if match else None


def _with_remarks(provenance: Provenance, remarks: Remarks) -> Provenance:
    return replace(provenance, flags=tuple(remarks.flags), warnings=tuple(remarks.warnings))
