"""Two gates: what the DICOM header may say, and what the pixels may look like.

They refuse what is surely not a frontal chest radiograph. A learned gate (inference/) looks for
the rest: a limb exported as PNG passes here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import UID

from cxr_core.domain import BURNED_IN_FLAG
from cxr_core.errors import (
    BlankImage,
    ForProcessing,
    MultiFrame,
    NoPixelData,
    NotAChest,
    NotARadiograph,
    NotFrontal,
    TooSmall,
    WrongModality,
)
from cxr_core.imaging.circumstances import note_circumstances
from cxr_core.imaging.polarity import Polarity, estimate_polarity, sampling_steps

if TYPE_CHECKING:
    from cxr_core.imaging.dicom_file import DicomFile
    from cxr_core.imaging.greys import UnpaintedFilm
    from cxr_core.imaging.remarks import Remarks

POLARITY_FLAG = "polarity_contradiction"
INVERTED_FLAG = "gate_looks_inverted"

_CR = "1.2.840.10008.5.1.4.1.1.1"
_DX = "1.2.840.10008.5.1.4.1.1.1.1"
_DX_FOR_PROCESSING = "1.2.840.10008.5.1.4.1.1.1.1.1"
# Of one frame, or multi-frame in grey or true colour with a single one; not of single bits.
_SECONDARY_CAPTURES = {"1.2.840.10008.5.1.4.1.1.7"} | {
    f"1.2.840.10008.5.1.4.1.1.7.{kind}" for kind in range(2, 5)
}
_DIRECTORY = "1.2.840.10008.1.3.10"
_UPLOAD = "Upload the frontal chest radiograph of the study."

_CHEST_WORDS = ("CHEST", "THORAX", "TORAX", "LUNG")
_OTHER_PARTS = ("ABD", "PELV", "SPIN", "NECK", "HEAD", "SKULL", "SHOULDER", "LEG", "ARM", "HIP")
_NO_PART = {"", "?", "UNKNOWN", "OTHER", "NONE", "NA", "N/A", "UNDEFINED", "UNSPECIFIED"}

_FRONTAL_WORDS = {"PA", "AP", "POSTERO", "ANTERO", "POSTEROANTERIOR", "ANTEROPOSTERIOR"}
_OTHER_VIEWS = {"LL", "RL", "LLD", "RLD", "LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "LAT",
                "LATERAL", "LLAT", "RLAT", "LATERO", "OBL", "OBLIQUE", "XTL", "ML", "LM", "MLO",
                "DECUB", "DECUBITUS", "TAN", "TANGENTIAL", "AX", "AXIAL"}  # fmt: skip

_LEAST_SIDE = 64
_GREATEST_ASPECT = 3.5  # three films of Kermany et al., cropped to the chest, reach 3.2
_LEAST_SPREAD = 0.04
_LEAST_LEVELS = 16
# Measured: real films 0, tinted films with thick arrows up to 0.10, photographs from 0.3.
_GREATEST_COLOUR_SHARE = 0.20
# Of the two commonest greys together. Measured: 7028 films up to 0.50, lung masks from 0.97.
_GREATEST_FLAT_SHARE = 0.95
_SAMPLED_PIXELS = 250_000


def check_header(file: DicomFile, remarks: Remarks, *, any_view: bool = False) -> bool:
    """Refuse what the header says is not a frontal chest film, remark on what it leaves open.

    Returns
    -------
    Whether the film is frontal; with `any_view` others pass too.

    Raises
    ------
    WrongModality, NoPixelData, MultiFrame, NotAChest, ForProcessing, NotFrontal

    Notes
    -----
    Modality PS3.3 C.7.3.1.1.1, Body Part Examined PS3.16 annex L, View Position PS3.3
    C.8.7.1.1.3 and C.8.11.5.1.3, Presentation Intent Type PS3.3 C.8.11.1.1.1.
    """
    sop_class = str(file.dataset.get("SOPClassUID") or file.media_class)
    if _DIRECTORY in {sop_class, file.media_class}:
        raise NoPixelData("The file is a DICOMDIR, an index without an image. " + _UPLOAD)
    _check_modality(file, sop_class, remarks)
    if not file.pixels.content:
        raise NoPixelData(
            "(7FE0,0010) Pixel Data is missing, or the file is cut short before it; expected "
            "an image. " + _UPLOAD
        )
    frames = file.whole("NumberOfFrames")
    if frames is not None and frames > 1:
        raise MultiFrame(
            f"(0028,0008) Number of Frames is {frames}; expected 1. Upload each film by itself."
        )
    _check_body_part(file, remarks)
    intent = file.text("PresentationIntentType")
    if intent == "FOR PROCESSING" or sop_class == _DX_FOR_PROCESSING:
        raise ForProcessing(
            "(0008,0068) Presentation Intent Type is FOR PROCESSING; expected FOR "
            "PRESENTATION. Upload the processed film, not the raw detector data."
        )
    if file.text("BurnedInAnnotation") == "YES":
        remarks.add(
            "(0028,0301) Burned In Annotation is YES: text in the film may name the patient "
            "and mislead the models.",
            BURNED_IN_FLAG,
        )
    try:
        _check_view(file, remarks)
    except NotFrontal:
        if not any_view:
            raise
        return False
    note_circumstances(file, remarks)
    return True


def check_content(film: UnpaintedFilm, colour_share: float, remarks: Remarks) -> None:
    """Refuse pixels that no chest film has, whatever the file format.

    Parameters
    ----------
    film
        (rows, columns).
    colour_share
        Share of pixels in [0, 1] with a colour of their own.

    Raises
    ------
    TooSmall, BlankImage, NotARadiograph
    """
    rows, columns = film.shape
    if min(rows, columns) < _LEAST_SIDE:
        raise TooSmall(
            f"The image is {columns} x {rows} pixels; expected at least {_LEAST_SIDE} on each "
            "side. Export the film at its native size."
        )
    if max(rows, columns) > _GREATEST_ASPECT * min(rows, columns):
        raise NotARadiograph(
            f"The image is {columns} x {rows} pixels, a strip; expected a chest film. "
            + _UPLOAD
        )
    if colour_share > _GREATEST_COLOUR_SHARE:
        raise NotARadiograph(
            f"{colour_share:.0%} of the pixels are coloured; expected a grey film. " + _UPLOAD
        )
    _check_greys(film)
    if colour_share > 0.0:
        remarks.add("The file has coloured pixels; only their brightness is read.")


def check_polarity(film: UnpaintedFilm, remarks: Remarks) -> None:
    """Remark on a frontal film whose bone looks dark; it stays as it is.

    The models have read it so, and therefore abstain.
    """
    if estimate_polarity(film.every(*sampling_steps(film.shape))) is Polarity.INVERTED:
        remarks.add(
            "The film looks inverted: lungs bright, spine dark. Check that bone is bright; it "
            "can be turned round in Review.",
            POLARITY_FLAG,
        )
        remarks.add_flag(INVERTED_FLAG)


def _check_greys(film: UnpaintedFilm) -> None:
    rows, columns = film.shape
    step = max(1, int((rows * columns / _SAMPLED_PIXELS) ** 0.5))
    sample = film.every(step, step)
    low, high = np.percentile(sample, (0.5, 99.5))
    if high - low < _LEAST_SPREAD:
        raise BlankImage(
            "The image is (nearly) one grey; expected a film. Check the export or the exposure."
        )
    # 256 greys between the percentiles: a deep film may use a small part of its range.
    greys = np.rint((sample - sample.min()) * (255.0 / (high - low))).astype(np.int64)
    counts = np.bincount(greys.ravel())
    levels = int(np.count_nonzero(counts))
    flat_share = float(np.sort(counts)[-2:].sum() / sample.size)
    if levels < _LEAST_LEVELS or flat_share > _GREATEST_FLAT_SHARE:
        raise NotARadiograph(
            f"The image is flat like a drawing or a mask ({levels} grey levels, two of them on "
            f"{flat_share:.0%} of it); expected a film. " + _UPLOAD
        )


def _check_modality(file: DicomFile, sop_class: str, remarks: Remarks) -> None:
    modality = file.text("Modality")
    is_capture = sop_class in _SECONDARY_CAPTURES
    is_projection = sop_class in {_CR, _DX, _DX_FOR_PROCESSING}
    if sop_class and not is_capture and not is_projection:
        raise WrongModality(
            f"(0008,0016) SOP Class is {_class_name(sop_class)}; expected a CR or DX image. "
            + _UPLOAD
        )
    accepted = {"CR", "DX", "SC"}
    if is_capture:
        accepted |= {"OT", ""}
    if is_projection:
        accepted |= {""}
    if modality not in accepted:
        raise WrongModality(
            f"(0008,0060) Modality is {_shown(modality)}; expected CR or DX. " + _UPLOAD
        )
    if is_capture or modality == "SC":
        remarks.add("The film is a secondary capture: its depth and window may be lost.")
    elif modality == "":
        remarks.add("(0008,0060) Modality is missing; taken from the SOP class.")


def _check_body_part(file: DicomFile, remarks: Remarks) -> None:
    part = file.text("BodyPartExamined") or file.meaning("AnatomicRegionSequence")
    if part in _NO_PART:
        remarks.add("(0018,0015) Body Part Examined says nothing; a chest is assumed.")
        return
    words = re.findall(r"[A-Z]+", part)
    is_chest = any(word.startswith(_CHEST_WORDS) for word in words)
    is_other = any(other in word for word in words for other in _OTHER_PARTS)
    if not is_chest or is_other:
        raise NotAChest(
            f"(0018,0015) Body Part Examined is {_shown(part)}; expected CHEST. " + _UPLOAD
        )


def _check_view(file: DicomFile, remarks: Remarks) -> None:
    view = file.text("ViewPosition") or file.meaning("ViewCodeSequence")
    view = view or file.text("BodyPartExamined")  # some write CHEST LAT there
    words = set(re.findall(r"[A-Z]+", view))
    if words & _OTHER_VIEWS:
        raise NotFrontal(
            f"(0018,5101) View Position is {_shown(view)}; expected PA or AP. " + _UPLOAD
        )
    if words & _FRONTAL_WORDS:
        return
    # PS3.3 C.7.6.1.1.1: rows that run from back to front show the patient from the side.
    if file.text("PatientOrientation")[:1] in {"A", "P"}:
        raise NotFrontal(
            "(0020,0020) Patient Orientation says that rows run front to back, a lateral; "
            "expected PA or AP. " + _UPLOAD
        )
    remarks.add("(0018,5101) View Position is neither PA nor AP; a frontal view is assumed.")


def _shown(value: str) -> str:
    return {"": "missing", "?": "unreadable"}.get(value, value)


def _class_name(uid: str) -> str:
    name = UID(uid).name
    return "unknown" if name == uid else name
