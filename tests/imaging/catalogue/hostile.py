"""The two public DICOM files that end or unsettle other decoders, as they are and relabelled.

They lie in the folder of shared films, which the repository does not hold. Relabelled as chest
films they pass every gate of the header, so that their pixels reach a decoder.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pydicom.uid import ComputedRadiographyImageStorage

from tests.imaging.catalogue.kind import Kind
from tests.imaging.catalogue.making import before, element, with_text

if TYPE_CHECKING:
    from pathlib import Path

GROUP = "Two files that end other decoders"
SECRETS = ("lestrade", "moriarty", "compressedsamples", "4mr1", "toshiba")
_JPEG, _RLE = "jpeg-baseline-aborts-gdcm.dcm", "rle-panics-pylibjpeg.dcm"


def hostile_kinds(films: Path) -> tuple[Kind, ...]:
    """The files under a folder of shared films; nothing is read yet."""
    folder = films / "dicom" / "hostile"
    return (
        Kind(GROUP, "a JPEG that aborts GDCM", (folder / _JPEG).read_bytes, "corrupt_image"),
        Kind(GROUP, "an RLE film (an MR) that makes pylibjpeg panic",
             (folder / _RLE).read_bytes, "wrong_modality"),
        Kind(GROUP, "the JPEG, relabelled as a chest CR", partial(_relabelled, folder / _JPEG),
             "corrupt_image"),
        Kind(GROUP, "the RLE film, relabelled as a chest CR",
             partial(_relabelled, folder / _RLE), "corrupt_image"),
    )  # fmt: skip


def _relabelled(path: Path) -> bytes:
    data = with_text(path.read_bytes(), "SOPClassUID", ComputedRadiographyImageStorage)
    data = with_text(data, "Modality", "CR")
    labels = element("BodyPartExamined", b"CHEST ") + element("ViewPosition", b"PA")
    return before(data, "StudyInstanceUID", labels)
