"""What a DICOM header tells of its film, and nothing of whose it is.

Whatever leaves here is a number, a digest, or plain capitals of an element whose values are
codes. Elements with free text (a window's name, a species) are compared, or pass word by word.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from cxr_core.domain import Provenance
from cxr_core.imaging.dicom_file import DicomFile, numbers
from cxr_core.imaging.window import read_windows

if TYPE_CHECKING:
    from cxr_core.domain import Window
    from cxr_core.imaging.remarks import Remarks

_YEARS_PER_UNIT = {"Y": 1.0, "M": 1.0 / 12.0, "W": 7.0 / 365.25, "D": 1.0 / 365.25}
_UID = re.compile(r"[0-9.]{1,64}")
_GREATEST_SPACING_MM = 10.0
_MOST_KEY_BYTES = hashlib.blake2b.MAX_KEY_SIZE
# A window's explanation is free text; these words, and single letters and digits, name no one.
_WINDOW_WORDS = {
    *("NORMAL", "STANDARD", "DEFAULT", "HARDER", "HARD", "SOFTER", "SOFT", "HIGH", "LOW"),
    *("CONTRAST", "BRIGHT", "BRIGHTER", "DARK", "DARKER", "WIDE", "NARROW", "FULL", "RANGE"),
    *("WINDOW", "WL", "VOI", "LUT", "USER", "AUTO", "MIN", "MAX", "MID", "OPT"),
    *("LUNG", "LUNGS", "BONE", "BONES", "TISSUE", "MEDIASTINUM", "CHEST", "THORAX"),
}


def describe(file: DicomFile, sha256: str, study_key: bytes, remarks: Remarks) -> Provenance:
    """Describe a film; without a `study_key` its study stays untold."""
    spacing, is_calibrated = _read_spacing(file, remarks)
    view = file.text("ViewPosition") or file.meaning("ViewCodeSequence")
    return Provenance(
        sha256=sha256,
        format="dicom",
        rows=file.whole("Rows") or 0,
        columns=file.whole("Columns") or 0,
        bits_stored=file.whole("BitsStored") or 0,
        photometric_interpretation=file.text("PhotometricInterpretation") or None,
        view_position=view or None,
        transfer_syntax=file.transfer_syntax,
        patient_age_years=_read_age(file),
        pixel_spacing_mm=spacing,
        is_spacing_calibrated=is_calibrated,
        windows=tuple(map(_with_harmless_name, read_windows(file))),
        study=_read_study(file, study_key),
    )


def _read_age(file: DicomFile) -> float | None:
    """Read (0010,1010) Patient's Age, an age string such as 018M (PS3.5 section 6.2)."""
    match = re.fullmatch(r"(\d{1,3})([DWMY])", file.text("PatientAge"))
    return int(match[1]) * _YEARS_PER_UNIT[match[2]] if match else None


def _read_spacing(file: DicomFile, remarks: Remarks) -> tuple[tuple[float, float] | None, bool]:
    """Read the distance of pixels in mm, and whether it was corrected for magnification.

    PS3.3 10.7.1.3: Pixel Spacing that differs from Imager Pixel Spacing is calibrated; where
    they are equal, or only one is there, lengths are those at the detector, or nobody knows.
    """
    calibrated, at_detector = (
        _plausible_spacing(file, keyword, remarks)
        for keyword in ("PixelSpacing", "ImagerPixelSpacing")
    )
    is_calibrated = None not in {calibrated, at_detector} and calibrated != at_detector
    return calibrated or at_detector, is_calibrated


def _plausible_spacing(
    file: DicomFile, keyword: str, remarks: Remarks
) -> tuple[float, float] | None:
    if keyword not in file.dataset:
        return None
    values = numbers(file.dataset, keyword)
    if len(values) == 2 and all(0.0 < value <= _GREATEST_SPACING_MM for value in values):
        return values[0], values[1]
    if file.text(keyword):
        remarks.add("The distance between pixels in the header cannot be true; no length "
                    "can be measured by it.")  # fmt: skip
    return None


def _with_harmless_name(window: Window) -> Window:
    words = re.findall(r"[A-Z]+", window.name)
    is_harmless = all(len(word) == 1 or word in _WINDOW_WORDS for word in words)
    name = window.name if is_harmless and len(re.findall(r"\d", window.name)) <= 2 else ""
    return replace(window, name=name)


def _read_study(file: DicomFile, key: bytes) -> str | None:
    """Digest (0020,000D) Study Instance UID under a key: alone it tells nothing."""
    uid = file.text("StudyInstanceUID")
    if not key or not _UID.fullmatch(uid):
        return None
    return hashlib.blake2b(uid.encode(), key=key[:_MOST_KEY_BYTES], digest_size=8).hexdigest()
