"""How a file says that its film was made by a program, and what the reader is told then.

DICOM has an element for it; our own drawings say besides who drew them, and a PNG says that in
a text chunk. A copy may lose either, which is why the words stand in the picture too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cxr_core.imaging.dicom_file import DicomFile
    from cxr_core.imaging.remarks import Remarks

SYNTHETIC_FLAG = "synthetic_film"
MAKER = "CXR TRIAGE"
TEXT_CHUNK = b"Source\0CXR Triage, synthetic film"
"""Keyword and words of a PNG's tEXt chunk (PNG specification, 11.3.4.2 and 11.3.4.3)."""

_DRAWN_HERE = (
    "Synthetic film, drawn by this program: it shows no patient, and what the models say of it "
    "means nothing."
)
_MADE = "(0008,001C) Synthetic Data is YES: a program made the film, or part of it."
_PNG_MAGIC = b"\x89PNG"
_PNG_HEAD = 4096  # bytes: where the chunks before the pixels stand


def note_synthetic_dicom(file: DicomFile, remarks: Remarks) -> None:
    """Remark on a film that its header calls made (PS3.3 C.12.1.1, Synthetic Data)."""
    if file.text("SyntheticData") == "YES":
        is_ours = file.text("Manufacturer") == MAKER
        remarks.add(_DRAWN_HERE if is_ours else _MADE, SYNTHETIC_FLAG)


def note_synthetic_picture(data: bytes, remarks: Remarks) -> None:
    """Remark on a PNG that this program drew, by the chunk that it wrote."""
    if data.startswith(_PNG_MAGIC) and b"tEXt" + TEXT_CHUNK in data[:_PNG_HEAD]:
        remarks.add(_DRAWN_HERE, SYNTHETIC_FLAG)
