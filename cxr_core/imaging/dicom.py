"""DICOM bytes to a film: header, gate, pixels, window, polarity, in this order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from pydicom.pixels.processing import apply_color_lut

from cxr_core.domain import Presentation, Provenance
from cxr_core.errors import InputError
from cxr_core.imaging.border import keep_quiet, translate_damage
from cxr_core.imaging.colour import measure_colour_share
from cxr_core.imaging.described import describe
from cxr_core.imaging.dicom_file import DAMAGED, DicomFile, read_dicom_file
from cxr_core.imaging.encodings import refuse_transfer_syntax
from cxr_core.imaging.gate import POLARITY_FLAG, check_content, check_header, check_polarity
from cxr_core.imaging.greys import Scale, UnpaintedFilm, spread_cells, spread_unit
from cxr_core.imaging.remarks import TURNED_ROUND, Remarks
from cxr_core.imaging.stored_pixels import (
    GREY,
    PixelFormat,
    StoredPixels,
    decode_cells,
    read_pixel_format,
    refuse_oversize,
    to_stored_values,
)
from cxr_core.imaging.synthetic import note_synthetic_dicom
from cxr_core.imaging.window import to_modality_values, to_unit_range

if TYPE_CHECKING:
    from cxr_core.imaging.decode import Limits
    from cxr_core.imaging.stored_pixels import Cells

_CONTRADICTIONS = {("MONOCHROME1", "IDENTITY"), ("MONOCHROME2", "INVERSE")}


def decode_dicom(
    data: bytes, sha256: str, limits: Limits, presentation: Presentation
) -> tuple[UnpaintedFilm, Provenance]:
    """Decode one single-frame CR, DX or secondary capture that shows a frontal chest.

    Parameters
    ----------
    data
        The file; `sha256` is its digest in hexadecimal.
    limits
        The most Rows x Columns that are decoded, and the key that studies are digested with.
    presentation
        What a person overrules.

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
            file = read_dicom_file(data, limits.max_pixels)
            remarks = Remarks()
            provenance = describe(file, sha256, limits.study_key, remarks)
        try:
            with translate_damage(DAMAGED, is_chained=False):
                film = _read_film(file, limits.max_pixels, presentation, remarks)
        except InputError as refusal:
            refusal.provenance = _with_remarks(provenance, remarks)
            raise
        return film, _with_remarks(provenance, remarks)


def _read_film(
    file: DicomFile, max_pixels: int, presentation: Presentation, remarks: Remarks
) -> UnpaintedFilm:
    note_synthetic_dicom(file, remarks)
    is_frontal = check_header(file, remarks, any_view=presentation.any_view)
    if file.encoding is None:
        raise refuse_transfer_syntax(file.transfer_syntax)
    pixel_format = read_pixel_format(file)
    refuse_oversize(pixel_format, max_pixels)
    cells = decode_cells(file, pixel_format)
    colour_share = 0.0
    if pixel_format.photometric_interpretation in GREY:
        film = _read_grey(to_stored_values(cells, file, pixel_format), file, presentation,
                            remarks)  # fmt: skip
    else:
        film, colour_share = _read_colour(cells, file, pixel_format)
        remarks.add("The film is stored in colour; its brightness is read, without a window.")
        if presentation.is_inverted:
            film = film.inverted()
    check_content(film, colour_share, remarks)
    if presentation.is_inverted:
        remarks.add(TURNED_ROUND)
    elif is_frontal:
        check_polarity(film, remarks)
    return film


def _read_grey(
    stored: StoredPixels, file: DicomFile, presentation: Presentation, remarks: Remarks
) -> UnpaintedFilm:
    if stored.is_masked:
        remarks.add("Bits above Bits Stored were set (an old overlay); they are removed.")
    modality = to_modality_values(stored, file, remarks)
    greys = to_unit_range(modality.levels, stored, file, remarks)
    polarity = (file.text("PhotometricInterpretation"), file.text("PresentationLUTShape"))
    if polarity in _CONTRADICTIONS and not presentation.is_inverted:
        remarks.add(
            f"(2050,0020) Presentation LUT Shape {polarity[1]} contradicts {polarity[0]}; "
            "the latter is followed. Check that bone is bright.",
            POLARITY_FLAG,
        )
    is_inverted = (polarity[0] == "MONOCHROME1") != presentation.is_inverted
    if is_inverted:
        greys = np.float32(1.0) - greys
    greys[stored.is_padding] = 0.0
    scale = Scale(
        modality.whole, modality.slope, modality.intercept, is_inverted, stored.is_padding
    )
    return stored.show(greys, scale)


def _read_colour(
    cells: Cells, file: DicomFile, pixel_format: PixelFormat
) -> tuple[UnpaintedFilm, float]:
    """Reduce RGB or palette cells to brightness; YBR has become RGB in the decoder."""
    top = (1 << pixel_format.bits_stored) - 1
    if pixel_format.photometric_interpretation == "PALETTE COLOR":
        cells = apply_color_lut(np.asarray(cells), file.dataset)
        top = (1 << (8 * cells.dtype.itemsize)) - 1
    if cells.dtype == np.uint8 and top == 255:  # the very rounding of the raster formats
        rgb = np.ascontiguousarray(cells, dtype=np.uint8)
        grey = np.asarray(Image.fromarray(rgb).convert("L"))
        return spread_cells(grey, top)[0], measure_colour_share(rgb)
    unit = np.asarray(cells, dtype=np.float32) / np.float32(top)
    share = measure_colour_share(np.rint(np.clip(unit, 0.0, 1.0) * 255.0).astype(np.uint8))
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    grey = np.clip(unit @ weights, 0.0, 1.0, dtype=np.float32)
    return UnpaintedFilm(spread_unit(grey)[0]), share


def _with_remarks(provenance: Provenance, remarks: Remarks) -> Provenance:
    return replace(provenance, flags=tuple(remarks.flags), warnings=tuple(remarks.warnings))
