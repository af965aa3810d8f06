"""DICOM files that are damaged, lie or mean something else before any pixel is looked at."""

from __future__ import annotations

import struct
import zlib
from functools import partial

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalXRayImageStorageForProcessing,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    GrayscaleSoftcopyPresentationStateStorage,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
    MRImageStorage,
    UltrasoundImageStorage,
    XRayAngiographicImageStorage,
)

from tests.imaging.catalogue.kind import READ, Kind, warned
from tests.imaging.catalogue.making import (
    UNDEFINED,
    before,
    body_of,
    element,
    film,
    head_of,
    item,
    meta_of,
    open_sequence,
    with_syntax,
    with_text,
    without,
    zip_of,
)

FILE, SYNTAX = "The DICOM file", "Transfer syntaxes"
MEANING = "DICOM that is no frontal chest film for reading"
_DAMAGED, _NO_SYNTAX = "corrupt_image", "unsupported_transfer_syntax"
_MODALITY, _NO_PIXELS = "wrong_modality", "no_pixel_data"
_BIG = 1 << 31
_UNREAD = {
    "MPEG-2": "1.2.840.10008.1.2.4.100",
    "MPEG-4": "1.2.840.10008.1.2.4.102",
    "HEVC": "1.2.840.10008.1.2.4.107",
    "JPIP (the pixels are on another server)": "1.2.840.10008.1.2.4.94",
    "JPIP deflated": "1.2.840.10008.1.2.4.95",
    "JPEG XL": "1.2.840.10008.1.2.4.110",
    "JPEG spectral selection (retired)": "1.2.840.10008.1.2.4.53",
    "deflated frames": "1.2.840.10008.1.2.8.1",
    "one of a vendor's own": "1.2.840.113619.5.2",
    "one that nobody knows": "1.2.3.4",
}
_PREAMBLES = {
    "a Windows program": b"MZ\x90\x00",
    "a web page": b"<html><script>alert(1)</script>",
    "a shell script": b"#!/bin/sh\necho pwned\nexit\n",
}


def _with_preamble(start: bytes) -> bytes:
    return start.ljust(128, b"\0") + film()[128:]


def _as_zip(data: bytes) -> bytes:
    """A DICOM file that is a zip too, since zips are found by their end."""
    return data + zip_of({"film.png": b"film"})


def _with_first(inserted: bytes) -> bytes:
    return before(film(), "Modality", inserted)


def _nested(depth: int) -> bytes:
    return head_of(film()) + open_sequence() * depth


def _crowded(elements: int) -> bytes:
    private = b"".join(
        struct.pack("<HH2sH", 9, 0x1000 + number, b"LO", 0) for number in range(elements)
    )
    return before(film(), "BodyPartExamined", private)


def _many_items(count: int) -> bytes:
    content = item(b"") * count
    return _with_first(element("ReferencedStudySequence", content, "SQ"))


def _long_number() -> bytes:
    data = film(syntax=ImplicitVRLittleEndian)
    start = data.index(b"\x28\x00\x10\x00") + 4
    return data[:start] + UNDEFINED + data[start + 4 :]


def _without_meta() -> bytes:
    data = film()
    return data[:132] + body_of(data)


def _lying_group_length() -> bytes:
    data = film()
    start = data.index(b"\x02\x00\x00\x00UL\x04\x00") + 8
    return data[:start] + struct.pack("<I", 7) + data[start + 4 :]


def _meta_beyond_the_end() -> bytes:
    meta = meta_of(film(), "1.2.840.10008.1.2.1")
    return meta + struct.pack("<HH2s2xI", 2, 0x102, b"OB", _BIG) + body_of(film())


def _deflated(body: bytes) -> bytes:
    return meta_of(film(), DeflatedExplicitVRLittleEndian) + body


def _deflate(body: bytes) -> bytes:
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflater.compress(body) + deflater.flush()


def _object(sop_class: UID, modality: str) -> bytes:
    """A DICOM object of a hospital that holds no image."""
    data = head_of(film(SOPClassUID=sop_class, Modality=modality))
    return with_text(data, "MediaStorageSOPClassUID", sop_class)


def _lateral_by_code() -> bytes:
    view = Dataset()
    view.CodeValue, view.CodingSchemeDesignator = "399067008", "SCT"
    view.CodeMeaning = "lateral projection"
    return film(ViewPosition="", ViewCodeSequence=[view])


def _named_part() -> bytes:
    return with_text(film(), "BodyPartExamined", "Secret^Name")


_FILES = (
    *(Kind(FILE, f"its preamble is {name} (a polyglot)", partial(_with_preamble, start),
           _DAMAGED) for name, start in _PREAMBLES.items()),
    Kind(FILE, "its preamble is a zip (a polyglot)",
         partial(_with_preamble, b"PK\x03\x04\x14\x00"), "unsafe_archive"),
    Kind(FILE, "its preamble is a TIFF's (allowed by the standard)",
         partial(_with_preamble, b"II*\0"), READ),
    Kind(FILE, "a zip is hung onto its end (never unpacked)", lambda: _as_zip(film()), READ),
    Kind(FILE, "no preamble and no file header, and beyond doubt a film",
         lambda: body_of(film()), READ),
    Kind(FILE, "of before DICOM (ACR-NEMA: no SOP class)",
         lambda: without(body_of(film()), "SOPClassUID"), "unsupported_format"),
    Kind(FILE, "padded at its end, as the standard allows",
         lambda: film() + b"\xfc\xff\xfc\xffOB\0\0" + struct.pack("<I", 64) + bytes(64), READ),
    Kind(FILE, "nothing behind the letters DICM", lambda: film()[:132], _NO_SYNTAX),
    Kind(FILE, "no file header behind DICM", _without_meta, _NO_SYNTAX),
    Kind(FILE, "no transfer syntax", lambda: without(film(), "TransferSyntaxUID"), _NO_SYNTAX),
    Kind(FILE, "a transfer syntax that is text",
         lambda: with_text(film(), "TransferSyntaxUID", "'; DROP TABLE films"), _NO_SYNTAX),
    Kind(FILE, "a wrong group length", _lying_group_length, READ),
    Kind(FILE, "a file header that reaches beyond the end", _meta_beyond_the_end, _DAMAGED),
    Kind(FILE, "cut short in the file header", lambda: film()[:200], _DAMAGED),
    Kind(FILE, "cut short in the header", lambda: head_of(film())[:-30], _NO_PIXELS),
    Kind(FILE, "an element of 2 GiB in a small file",
         lambda: _with_first(struct.pack("<HH2s2xI", 8, 0x41, b"OB", _BIG)), _NO_PIXELS),
    Kind(FILE, "a number of undefined length", _long_number, _NO_PIXELS),
    Kind(FILE, "a sequence that never ends",
         lambda: head_of(film()) + open_sequence() + b"\0" * 200, _DAMAGED),
    Kind(FILE, "sequences nested 5,000 deep", partial(_nested, 5000), "decoder_failed"),
    Kind(FILE, "a sequence of 50,000 empty items", partial(_many_items, 50_000), READ),
    Kind(FILE, "40,000 private elements", partial(_crowded, 40_000), READ),
    Kind(FILE, "an unknown character set",
         lambda: with_text(film(SpecificCharacterSet="ISO_IR 100"), "SpecificCharacterSet",
                           "ISO_IR 999"),
         READ),
    Kind(FILE, "a patient's name that would colour a terminal",
         lambda: with_text(film(), "PatientName", "\x1b[31mSecret\r\n^Name"), READ),
    Kind(FILE, "the patient's name where the body part belongs", _named_part,
         warned("Body Part Examined says nothing")),
)  # fmt: skip
_SYNTAXES = (
    *(Kind(SYNTAX, f"{name}", partial(lambda uid: with_syntax(film(), uid), uid), _NO_SYNTAX)
      for name, uid in _UNREAD.items()),
    Kind(SYNTAX, "claims big endian and is little",
         lambda: with_syntax(film(), ExplicitVRBigEndian), _NO_PIXELS),
    Kind(SYNTAX, "claims implicit VR and is explicit (its first element tells)",
         lambda: with_syntax(film(), ImplicitVRLittleEndian), READ),
    Kind(SYNTAX, "claims explicit VR and is implicit (its first element tells)",
         lambda: with_syntax(film(syntax=ImplicitVRLittleEndian), "1.2.840.10008.1.2.1"),
         READ),
    Kind(SYNTAX, "deflated, unpacks to a thousand times its size (a bomb)",
         lambda: _deflated(_deflate(bytes(64 << 20))), _DAMAGED),
    Kind(SYNTAX, "deflated, and noise", lambda: _deflated(bytes(range(255, 0, -1)) * 9),
         _DAMAGED),
    Kind(SYNTAX, "deflated, cut short", lambda: _deflated(_deflate(body_of(film()))[:-2000]),
         _DAMAGED),
    Kind(SYNTAX, "claims to be deflated and is not", lambda: _deflated(body_of(film())),
         _DAMAGED),
)  # fmt: skip
_MEANINGS = (
    *(Kind(MEANING, f"{name} image", partial(film, Modality=modality, SOPClassUID=sop_class),
           _MODALITY)
      for name, modality, sop_class in (
          ("a CT", "CT", CTImageStorage), ("an MR", "MR", MRImageStorage),
          ("a mammography", "MG", DigitalMammographyXRayImageStorageForPresentation),
          ("an ultrasound", "US", UltrasoundImageStorage),
          ("an angiography", "XA", XRayAngiographicImageStorage))),
    Kind(MEANING, "a DX whose modality says CT", partial(film, Modality="CT"), _MODALITY),
    Kind(MEANING, "a modality with a script in it",
         lambda: with_text(film(), "Modality", "<script>"), _MODALITY),
    Kind(MEANING, "an SOP class that nobody knows", partial(film, SOPClassUID=UID("1.2.3")),
         _MODALITY),
    Kind(MEANING, "a structured report", partial(_object, BasicTextSRStorage, "SR"),
         _MODALITY),
    Kind(MEANING, "an encapsulated PDF", partial(_object, EncapsulatedPDFStorage, "DOC"),
         _MODALITY),
    Kind(MEANING, "a presentation state",
         partial(_object, GrayscaleSoftcopyPresentationStateStorage, "PR"), _MODALITY),
    Kind(MEANING, "a DICOMDIR", partial(_object, MediaStorageDirectoryStorage, ""),
         _NO_PIXELS),
    Kind(MEANING, "raw detector data by (0008,0068)",
         partial(film, PresentationIntentType="FOR PROCESSING"), "for_processing"),
    Kind(MEANING, "raw detector data by SOP class",
         partial(film, SOPClassUID=DigitalXRayImageStorageForProcessing), "for_processing"),
    *(Kind(MEANING, f"body part {part}", partial(film, BodyPartExamined=part), "not_a_chest")
      for part in ("FOOT", "ABDOMEN", "CHESTABDPELVIS", "THORACIC SPINE")),
    Kind(MEANING, "no body part", partial(film, BodyPartExamined=None),
         warned("a chest is assumed")),
    Kind(MEANING, "a lateral by View Position", partial(film, ViewPosition="LL"),
         "not_frontal"),
    Kind(MEANING, "a lateral by its view code", _lateral_by_code, "not_frontal"),
    Kind(MEANING, "a lateral by Patient Orientation",
         partial(film, ViewPosition="", PatientOrientation=["A", "F"]), "not_frontal"),
    Kind(MEANING, "an oblique view", partial(film, ViewPosition="RAO"), "not_frontal"),
    Kind(MEANING, "no view position", partial(film, ViewPosition=None),
         warned("a frontal view is assumed")),
    Kind(MEANING, "an AP view of a patient lying",
         partial(film, ViewPosition="AP", PatientPosition="HFS"), warned("AP, lying")),
    Kind(MEANING, "stored mirrored, as its header says",
         partial(film, PatientOrientation=["R", "F"]), warned("stored mirrored")),
    Kind(MEANING, "a dog's thorax, as its header says",
         partial(film, PatientSpeciesDescription="CANINE"), warned("this is no human")),
    Kind(MEANING, "text burnt into the film (held for a person)",
         partial(film, BurnedInAnnotation="YES"), warned("Burned In Annotation is YES")),
    Kind(MEANING, "two frames", partial(film, NumberOfFrames=2), "multi_frame"),
    Kind(MEANING, "no frames", partial(film, NumberOfFrames=0), READ),
    Kind(MEANING, "a number of frames that is no number",
         lambda: with_text(film(NumberOfFrames=1), "NumberOfFrames", "abc"), READ),
)  # fmt: skip
KINDS = (*_FILES, *_SYNTAXES, *_MEANINGS)
