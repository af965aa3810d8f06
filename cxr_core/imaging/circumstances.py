"""How a film was taken, as far as its header tells, in sentences for whoever reads it.

An ordinary film, upright and posterior-anterior, gets none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cxr_core.imaging.dicom_file import numbers

if TYPE_CHECKING:
    from cxr_core.imaging.dicom_file import DicomFile
    from cxr_core.imaging.remarks import Remarks

_PEOPLE = {"", "HUMAN", "HOMO SAPIENS", "HOMO SAPIENS SAPIENS"}
_AP_WORDS = {"AP", "ANTEROPOSTERIOR", "ANTERO"}
_LYING_WORDS = {"SUPINE", "RECUMBENT", "LYING"}
_BEDSIDE_WORDS = {"PORTABLE", "PORT", "BEDSIDE", "MOBILE"}
_UPRIGHT = ("L", "F")
_TURNS = {
    ("R", "F"): "mirrored",
    ("L", "H"): "upside down",
    ("R", "H"): "turned by half",
    ("F", "L"): "turned by a quarter",
    ("F", "R"): "turned by a quarter",
    ("H", "L"): "turned by a quarter",
    ("H", "R"): "turned by a quarter",
}


def note_circumstances(file: DicomFile, remarks: Remarks) -> None:
    """Remark on a frontal film that was taken lying, at the bedside, or stored turned.

    Notes
    -----
    View Position PS3.3 C.8.7.1.1.3, Patient Position C.7.3.1.1.2, Patient Orientation
    C.7.6.1.1.1, which speaks of the stored pixels and so goes before the Field of View
    elements (C.8.11.4.1.1), which tell what was done to get there.
    """
    view = f"{file.text('ViewPosition')} {file.meaning('ViewCodeSequence')}"
    words = set(re.findall(r"[A-Z]+", f"{view} {file.text('BodyPartExamined')}"))
    is_lying = bool(words & _LYING_WORDS) or "SUPINE" in file.text("PatientPosition")
    is_lying |= file.text("PatientPosition") in {"HFS", "FFS"}
    if words & _AP_WORDS or is_lying:
        note = "AP, lying: the heart looks wider, and fluid and free air may not layer."
        remarks.add(note if is_lying else "AP view: the heart looks wider than on a PA film.")
    if words & _BEDSIDE_WORDS:
        remarks.add("Taken at the bedside: expect rotation and a shallow breath.")
    if turn := _find_turn(file):
        remarks.add(f"The header says that the film is stored {turn}: check the side marker.")
    if file.text("PatientSpeciesDescription") not in _PEOPLE:
        remarks.add("The header says that this is no human; the models know people only.")


def _find_turn(file: DicomFile) -> str:
    """Say how the stored film differs from one that is read upright, "" if it does not."""
    orientation = tuple(each[:1] for each in file.texts("PatientOrientation"))
    if orientation == _UPRIGHT:
        return ""
    if orientation in _TURNS:
        return _TURNS[orientation]
    if any(orientation):
        return "in another direction than a frontal film"
    rotation = numbers(file.dataset, "FieldOfViewRotation")
    if rotation and rotation[0] % 360.0:
        return "turned"
    return "mirrored" if file.text("FieldOfViewHorizontalFlip") == "YES" else ""
