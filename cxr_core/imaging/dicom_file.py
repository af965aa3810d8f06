"""The DICOM file around the picture: preamble, group 2, and the few elements that are read.

The transfer syntax is read here and pydicom's `dcmread` is not used: it would inflate a
deflated data set without a bound. Elements outside `_ELEMENTS` (names, numbers, dates of
people) never leave the file.
"""

from __future__ import annotations

import io
import math
import re
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.multival import MultiValue

from cxr_core.errors import CorruptImage, UnsupportedFormat, UnsupportedTransferSyntax
from cxr_core.imaging.border import DAMAGE
from cxr_core.imaging.deflated import inflate
from cxr_core.imaging.encodings import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Encoding,
    find_encoding,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

DAMAGED = "The DICOM file is damaged or cut short. Send it again from where it came."
_PREAMBLE_BYTES = 128
_TIFF_MAGICS = (b"II*\x00", b"MM\x00*")
_LONG_VRS = {b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT",
             b"UV"}  # fmt: skip
_UNDEFINED_LENGTH = 0xFFFFFFFF
_PLAIN_TEXT = re.compile(r"[A-Z0-9 _/.,()-]{1,32}")

_ELEMENTS = (
    "SpecificCharacterSet", "SOPClassUID", "Modality", "PresentationIntentType",
    "BodyPartExamined", "AnatomicRegionSequence", "ViewPosition", "ViewCodeSequence",
    "PatientOrientation", "PatientAge", "BurnedInAnnotation", "NumberOfFrames",
    "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration", "Rows", "Columns",
    "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PixelPaddingValue",
    "PixelPaddingRangeLimit", "ModalityLUTSequence", "RescaleSlope", "RescaleIntercept",
    "VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth",
    "WindowCenterWidthExplanation", "PresentationLUTShape", "ImagerPixelSpacing",
    "PixelSpacing", "StudyInstanceUID", "PatientPosition", "PatientSpeciesDescription",
    "FieldOfViewRotation", "FieldOfViewHorizontalFlip", "SyntheticData", "Manufacturer",
    "RedPaletteColorLookupTableDescriptor", "GreenPaletteColorLookupTableDescriptor",
    "BluePaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
)  # fmt: skip
_PIXEL_DATA = tag_for_keyword("PixelData")


@dataclass(frozen=True, slots=True)
class PixelData:
    """(7FE0,0010) where it lies in the file: a film is not copied to be looked at.

    `is_open` tells that its length is undefined and `content` all that follows.
    """

    content: memoryview = field(default_factory=lambda: memoryview(b""), repr=False)
    vr: str = "OW"
    is_open: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class DicomFile:
    """The elements that are read, and how the file is encoded.

    `encoding` is None for a compression that no decoder here reads; the header still speaks.
    """

    dataset: Dataset
    encoding: Encoding | None
    transfer_syntax: str
    media_class: str
    pixels: PixelData = PixelData()

    def text(self, keyword: str) -> str:
        """Return the first value in plain capitals: "" if absent, "?" if unfit to be shown."""
        return next(iter(self.texts(keyword)), "")

    def texts(self, keyword: str) -> list[str]:
        """Return every value like `text` does, [] if absent."""
        value = _value(self.dataset, keyword)
        values = value if isinstance(value, MultiValue | list | tuple) else [value]
        return [_in_plain_capitals(item) for item in values]

    def meaning(self, keyword: str) -> str:
        """Return the Code Meaning of a sequence's first item like `text` does."""
        items = sequence_items(self.dataset, keyword)
        return DicomFile(items[0], None, "", "").text("CodeMeaning") if items else ""

    def whole(self, keyword: str) -> int | None:
        """Return the first value as an integer, None if absent or not a number."""
        values = numbers(self.dataset, keyword)
        return int(values[0]) if values else None


def is_dicom(data: bytes) -> bool:
    """Say whether the bytes carry the DICOM prefix (PS3.10 section 7.1)."""
    return data[_PREAMBLE_BYTES : _PREAMBLE_BYTES + 4] == b"DICM"


def read_dicom_file(data: bytes, max_pixels: int) -> DicomFile:
    """Parse a DICOM file's header, with or without preamble (PS3.10 section 7.1).

    A deflated data set is inflated as far as a film of `max_pixels` may reach.

    Raises
    ------
    CorruptImage
        Damaged, a bomb, or with a preamble that makes the file something else too.
    TooManyPixels
        Deflated, and more than a film of `max_pixels`.
    UnsupportedFormat
        No preamble, and nothing like a radiograph's data set either.
    UnsupportedTransferSyntax
        Private, so that not even the header can be read.
    """
    if is_dicom(data):
        _refuse_polyglot(data[:_PREAMBLE_BYTES])
        meta, offset = _read_group_2(data, _PREAMBLE_BYTES + 4)
        return _read_body(data, offset, meta, max_pixels)
    return _read_headless(data, max_pixels)


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return an element's values as finite floats; [] if absent, empty or not numeric."""
    value = _value(dataset, keyword)
    values = value if isinstance(value, MultiValue | list | tuple) else [value]
    try:
        floats = [float(item) for item in values]
    except (TypeError, ValueError, OverflowError):
        return []
    return floats if all(map(math.isfinite, floats)) else []


def sequence_items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return a sequence's items, [] if absent or unreadable."""
    value = _value(dataset, keyword)
    if value is None or isinstance(value, str | bytes | int | float):
        return []
    return [item for item in value if isinstance(item, Dataset)]


def _value(dataset: Dataset, keyword: str) -> Any:  # noqa: ANN401
    """Return an element's value, None if it is absent or cannot be converted."""
    try:
        return dataset.get(keyword)
    except DAMAGE:
        return None


def _in_plain_capitals(value: object) -> str:
    words = " ".join(str(value if value is not None else "").upper().split())
    return words if not words or _PLAIN_TEXT.fullmatch(words) else "?"


def _refuse_polyglot(preamble: bytes) -> None:
    """Refuse a preamble that another program could run (CVE-2019-11687, PS3.10 7.5)."""
    if any(preamble) and not preamble.startswith(_TIFF_MAGICS):
        raise CorruptImage(
            "The DICOM preamble holds foreign content (a polyglot, which may run as a "
            "program); expected zeros or a TIFF header. Export the film again from the archive."
        )


def _read_group_2(data: bytes, offset: int) -> tuple[dict[int, bytes], int]:
    """Read the file meta information, explicit VR little endian (PS3.10 section 7.1)."""
    meta: dict[int, bytes] = {}
    while data[offset : offset + 2] == b"\x02\x00":
        if offset + 12 > len(data):
            raise CorruptImage(DAMAGED)
        element = int.from_bytes(data[offset + 2 : offset + 4], "little")
        if data[offset + 4 : offset + 6] in _LONG_VRS:
            (length,), start = struct.unpack_from("<I", data, offset + 8), offset + 12
        else:
            (length,), start = struct.unpack_from("<H", data, offset + 6), offset + 8
        offset = start + length
        if offset > len(data):
            raise CorruptImage(DAMAGED)
        meta[element] = data[start:offset]
    return meta, offset


def _read_body(data: bytes, offset: int, meta: dict[int, bytes], max_pixels: int) -> DicomFile:
    uid = _as_uid(meta.get(0x0010, b""))
    if not uid:
        raise UnsupportedTransferSyntax(
            "(0002,0010) Transfer Syntax UID is missing, so the pixels could mean anything. "
            "Export the film again with a file header."
        )
    encoding = find_encoding(uid)
    if encoding is not None and encoding.is_deflated:
        data, offset = inflate(memoryview(data)[offset:], max_pixels), 0
    dataset, pixels = _parse(data, offset, encoding or EXPLICIT_LITTLE)
    return DicomFile(dataset, encoding, uid, _as_uid(meta.get(0x0002, b"")), pixels)


def _parse(data: bytes, offset: int, encoding: Encoding) -> tuple[Dataset, PixelData]:
    """Read the wanted elements up to the pixels, and find these."""
    stream = io.BytesIO(data)  # shares the bytes
    stream.seek(offset)
    found = []

    def is_at_pixels(tag: int, vr: str | None, length: int) -> bool:
        if tag == _PIXEL_DATA:
            is_open = length == _UNDEFINED_LENGTH
            rest = memoryview(data)[stream.tell() :]
            found.append(PixelData(rest if is_open else rest[:length], vr or "OW", is_open))
        return tag == _PIXEL_DATA

    dataset = read_dataset(
        stream,
        encoding.is_implicit,
        encoding.is_little_endian,
        stop_when=is_at_pixels,
        specific_tags=[tag for tag in map(tag_for_keyword, _ELEMENTS) if tag is not None],
    )
    return dataset, found[-1] if found else PixelData()


def _read_headless(data: bytes, max_pixels: int) -> DicomFile:
    """Read a data set without preamble, if it is beyond doubt one."""
    unknown = UnsupportedFormat(
        "The content is not PNG, JPEG, WebP, TIFF, BMP or DICOM. "
        "Upload the radiograph as one of these."
    )
    if data[:2] == b"\x02\x00":
        try:
            meta, offset = _read_group_2(data, 0)
        except CorruptImage:
            raise unknown from None
        if _as_uid(meta.get(0x0010, b"")):
            return _read_body(data, offset, meta, max_pixels)
    if data[:2] != b"\x08\x00" or data[3:4] != b"\x00":
        raise unknown
    encoding = EXPLICIT_LITTLE if data[4:6].isalpha() else IMPLICIT_LITTLE
    try:
        dataset, pixels = _parse(data, 0, encoding)
    except DAMAGE:
        raise unknown from None
    if not pixels.content or not _has_all(dataset, ("SOPClassUID", "Rows", "Columns")):
        raise unknown
    return DicomFile(dataset, encoding, encoding.uid, "", pixels)


def _has_all(dataset: Dataset, keywords: Iterable[str]) -> bool:
    return all(keyword in dataset for keyword in keywords)


def _as_uid(value: bytes) -> str:
    text = value.rstrip(b"\x00 ").decode("ascii", "replace")
    return text if re.fullmatch(r"[0-9.]{1,64}", text) else ""
