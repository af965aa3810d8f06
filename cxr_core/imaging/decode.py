"""The way in: any file's bytes become one Radiograph, or one of the errors that say why not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cxr_core.domain import AS_STORED, Presentation, Provenance, Radiograph
from cxr_core.errors import EmptyFile, FileTooLarge, InputError, UnsupportedFormat
from cxr_core.imaging.border import translate_damage
from cxr_core.imaging.dicom import decode_dicom
from cxr_core.imaging.dicom_file import is_dicom
from cxr_core.imaging.gate import check_content, check_polarity
from cxr_core.imaging.raster import DAMAGED, RasterImage, decode_raster
from cxr_core.imaging.remarks import TURNED_ROUND, Remarks
from cxr_core.imaging.synthetic import note_synthetic_picture

if TYPE_CHECKING:
    from cxr_core.imaging.greys import UnpaintedFilm

_MEBIBYTE = 1 << 20
_HEADLESS_DICOM = (b"\x08\x00", b"\x02\x00")  # group 0008 or 0002, little endian


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one file may weigh and claim.

    With a `study_key` films tell their study, as a digest that means nothing without the key.
    """

    max_bytes: int = 64 * _MEBIBYTE
    max_pixels: int = 100_000_000
    study_key: bytes = b""


_DEFAULT_LIMITS = Limits()


def digest(data: bytes) -> str:
    """Return the SHA-256 that a film is known by, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode_radiograph(
    data: bytes, limits: Limits = _DEFAULT_LIMITS, presentation: Presentation = AS_STORED
) -> Radiograph:
    """Decode PNG, JPEG, WebP, TIFF, BMP or DICOM; the content decides which.

    Parameters
    ----------
    data
        The whole file.
    limits
        Checked before anything is decoded.
    presentation
        What a person overrules: a film turned round by hand is not judged for its polarity,
        `any_view` lets laterals and obliques through, and no other gate. A picture file has
        no view.

    Returns
    -------
    Radiograph
        float32 (rows, columns) in [0, 1], dense tissue bright, read-only.

    Raises
    ------
    InputError
        Some class of the tree, and no other exception. `error.provenance` tells what was read
        before the refusal, so that a rejected lateral is still described.

    Notes
    -----
    Run it in a child process where files come from strangers: a decoder written in C may
    crash, and only the process border stops that.

    Examples
    --------
    >>> from pathlib import Path
    >>> radiograph = decode_radiograph(Path("film.png").read_bytes())  # doctest: +SKIP
    >>> radiograph.pixels.dtype  # doctest: +SKIP
    dtype('float32')
    """
    film, provenance = decode_film(data, digest(data), limits, presentation)
    return Radiograph(film.paint(), provenance)


def decode_film(
    data: bytes, sha256: str, limits: Limits, presentation: Presentation
) -> tuple[UnpaintedFilm, Provenance]:
    """Decode like `decode_radiograph`, for whoever paints elsewhere and knows the digest.

    Raises
    ------
    InputError
    """
    if not data:
        raise EmptyFile("The file is empty. Export the film again.")
    if len(data) > limits.max_bytes:
        raise FileTooLarge(
            f"The file has {len(data) / _MEBIBYTE:.0f} MiB; at most "
            f"{limits.max_bytes // _MEBIBYTE} MiB are read. Export a single film."
        )
    if is_dicom(data) or data[:2] in _HEADLESS_DICOM:
        return decode_dicom(data, sha256, limits, presentation)
    if data.startswith(b"PK\x03\x04"):
        raise UnsupportedFormat(
            "The content is a zip archive; expected one film. Read it as an archive."
        )
    picture = decode_raster(data, limits.max_pixels)
    remarks = Remarks()
    note_synthetic_picture(data, remarks)
    return _check_picture(picture, sha256, remarks, is_inverted=presentation.is_inverted)


def _check_picture(
    picture: RasterImage, sha256: str, remarks: Remarks, *, is_inverted: bool
) -> tuple[UnpaintedFilm, Provenance]:
    film = picture.film.inverted() if is_inverted else picture.film
    for sentence in picture.warnings:
        remarks.add(sentence)
    provenance = _describe(picture, sha256)
    try:
        with translate_damage(DAMAGED):
            check_content(film, picture.colour_share, remarks)
            if is_inverted:
                remarks.add(TURNED_ROUND)
            else:
                check_polarity(film, remarks)
    except InputError as refusal:
        refusal.provenance = replace(provenance, warnings=tuple(remarks.warnings))
        raise
    told = replace(provenance, flags=tuple(remarks.flags), warnings=tuple(remarks.warnings))
    return film, told


def _describe(picture: RasterImage, sha256: str) -> Provenance:
    rows, columns = picture.film.shape
    return Provenance(
        sha256=sha256,
        format=picture.format,
        rows=rows,
        columns=columns,
        bits_stored=picture.bits_stored,
        photometric_interpretation=picture.photometric_interpretation,
    )
