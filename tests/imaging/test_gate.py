"""What is surely not a frontal chest radiograph is refused, and says what it was."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.uid import (
    MPEG4HP41,
    CTImageStorage,
    DigitalXRayImageStorageForProcessing,
    SecondaryCaptureImageStorage,
)

from cxr_core.errors import (
    BlankImage,
    CorruptImage,
    EmptyFile,
    FileTooLarge,
    ForProcessing,
    InputError,
    MultiFrame,
    NoPixelData,
    NotAChest,
    NotARadiograph,
    NotFrontal,
    TooManyPixels,
    TooSmall,
    UnsupportedFormat,
    UnsupportedTransferSyntax,
    WrongModality,
)
from cxr_core.imaging.decode import Limits, decode_radiograph
from tests.imaging.films import COMPRESSED, NATIVE, dicom_of, picture_of, stored_chest

STORED = stored_chest()
GREY = stored_chest(8).astype(np.uint8)

REFUSED = [
    ({"Modality": "CT"}, WrongModality),
    ({"Modality": "MG"}, WrongModality),
    ({"Modality": "", "SOPClassUID": "1.2.3"}, WrongModality),
    ({"SOPClassUID": CTImageStorage}, WrongModality),
    ({"BodyPartExamined": "EXTREMITY"}, NotAChest),
    ({"BodyPartExamined": "CHESTABDPELVIS"}, NotAChest),
    ({"BodyPartExamined": "TSPINE"}, NotAChest),
    *[
        ({"ViewPosition": view}, NotFrontal)
        for view in ("LL", "RL", "LLD", "RLD", "LAT", "LATERAL", "L LAT", "LAO", "OBLIQUE")
    ],
    ({"ViewPosition": "", "PatientOrientation": ["A", "F"]}, NotFrontal),
    ({"PresentationIntentType": "FOR PROCESSING"}, ForProcessing),
    ({"SOPClassUID": DigitalXRayImageStorageForProcessing}, ForProcessing),
    ({"NumberOfFrames": 2}, MultiFrame),
    ({"PixelData": None}, NoPixelData),
]


@pytest.mark.parametrize(("elements", "refusal"), REFUSED, ids=str)
def test_the_header_is_refused_and_described(elements: dict, refusal: type[InputError]):
    with pytest.raises(refusal) as caught:
        decode_radiograph(dicom_of(STORED, **elements))
    provenance = caught.value.provenance
    assert provenance is not None
    assert (provenance.rows, provenance.columns, provenance.format) == (120, 100, "dicom")
    assert "ecret" not in str(caught.value) + repr(provenance)


@pytest.mark.parametrize(
    "elements",
    [
        {"BodyPartExamined": "THORAX AP", "ViewPosition": "AP SUPINE"},
        {"BodyPartExamined": ""},
        {"BodyPartExamined": None, "ViewPosition": None},
        {"Modality": "CR"},
        {"Modality": "OT", "SOPClassUID": SecondaryCaptureImageStorage},
        {"Modality": "SC", "SOPClassUID": SecondaryCaptureImageStorage},
        {"Modality": None},
        {"ViewPosition": "", "PatientOrientation": ["L", "F"]},
        {"NumberOfFrames": 1},
    ],
    ids=str,
)
def test_a_frontal_chest_is_accepted(elements: dict):
    assert decode_radiograph(dicom_of(STORED, **elements)).provenance.flags == (
        "window_missing",
    )


def test_burned_in_text_is_flagged():
    radiograph = decode_radiograph(dicom_of(STORED, BurnedInAnnotation="YES"))
    assert "gate_burned_in_annotation" in radiograph.provenance.flags


def test_a_message_says_what_came_what_was_expected_and_what_to_do():
    with pytest.raises(WrongModality) as caught:
        decode_radiograph(dicom_of(STORED, Modality="CT"))
    assert str(caught.value) == (
        "(0008,0060) Modality is CT; expected CR or DX. "
        "Upload the frontal chest radiograph of the study."
    )


def test_transfer_syntaxes_that_are_not_read_are_named():
    data = dicom_of(STORED)
    for uid, name in ((MPEG4HP41, "MPEG-4 AVC"), ("1.2.3.4", "private")):
        with pytest.raises(UnsupportedTransferSyntax, match=name):
            decode_radiograph(_resyntax(data, uid))


def test_a_polyglot_is_refused_and_a_tiff_preamble_is_not():
    data = dicom_of(STORED)
    with pytest.raises(CorruptImage, match="polyglot"):
        decode_radiograph(b"MZ\x90\x00" + data[4:])
    assert decode_radiograph(b"II*\x00" + data[4:]).pixels.shape == STORED.shape


@pytest.mark.parametrize("syntax", (*NATIVE, *COMPRESSED), ids=lambda syntax: syntax.name)
def test_a_compressed_frame_must_be_as_large_as_the_header_says(syntax):
    data = dicom_of(STORED, syntax=syntax)
    order = "big" if not syntax.is_little_endian else "little"
    with pytest.raises(InputError):
        decode_radiograph(_with_rows(data, 121, order))


def test_size_limits_come_before_decoding():
    data = dicom_of(STORED)
    with pytest.raises(EmptyFile):
        decode_radiograph(b"")
    with pytest.raises(FileTooLarge):
        decode_radiograph(data, Limits(max_bytes=100))
    with pytest.raises(TooManyPixels):
        decode_radiograph(data, Limits(max_pixels=11_999))
    with pytest.raises(TooManyPixels):
        decode_radiograph(picture_of(GREY), Limits(max_pixels=11_999))


def test_other_content_is_refused():
    noise = np.random.default_rng(1).integers(0, 256, (100, 100, 3)).astype(np.uint8)
    mask = (GREY > 100).astype(np.uint8) * 255
    refused = {
        picture_of(GREY[:60]): TooSmall,
        picture_of(np.full((100, 100), 9, np.uint8)): BlankImage,
        picture_of(np.full((100, 100), 255, np.uint8)): BlankImage,
        picture_of(noise): NotARadiograph,
        picture_of(mask): NotARadiograph,
        picture_of(np.tile(GREY, (1, 5))): NotARadiograph,
        b"GIF89a" + bytes(100): UnsupportedFormat,
        b"PK\x03\x04" + bytes(100): UnsupportedFormat,
        b"some words": UnsupportedFormat,
    }
    for data, refusal in refused.items():
        with pytest.raises(refusal):
            decode_radiograph(data)


def test_films_that_use_a_part_of_their_depth_are_films():
    ordinary = (600 + STORED // 2).astype(np.uint16)
    marked = ordinary.copy()
    marked[0, :4] = 65535
    deep = [picture_of(cells, kind) for cells in (stored_chest(10), ordinary, STORED)
            for kind in ("PNG", "TIFF")]  # fmt: skip
    for data in (*deep, dicom_of(marked, 16)):
        pixels = decode_radiograph(data).pixels
        assert np.ptp(np.percentile(pixels, (1, 99))) > 0.25


def test_hot_pixels_do_not_set_the_range_of_a_film_without_window():
    hot = STORED.copy()
    hot[3, 3] = 65535
    radiograph = decode_radiograph(dicom_of(hot, 16))
    film = np.delete(radiograph.pixels, 3, axis=0)
    assert np.ptp(film) > 0.45  # a hot pixel counts as one inner range above it, not more
    assert np.abs(np.corrcoef(film.ravel(), np.delete(STORED, 3, axis=0).ravel())[0, 1]) > 0.999
    assert any("far-off" in warning for warning in radiograph.provenance.warnings)
    assert "window_missing" in radiograph.provenance.flags


def test_few_greys_in_a_deep_film_are_counted_within_its_range():
    narrow = (20_000 + STORED * 0.75).astype(np.uint16)
    narrow[0, 0] = 65535
    assert decode_radiograph(picture_of(narrow)).provenance.bits_stored == 16
    mask = np.where(STORED > 1600, 24_000, 20_000).astype(np.uint16)
    with pytest.raises(NotARadiograph):
        decode_radiograph(picture_of(mask))


def test_a_blank_film_stays_blank_whatever_its_depth():
    noise = np.random.default_rng(3).integers(0, 20, STORED.shape)
    for level in (0, 1000, 4000, 60_000):
        blank = np.full(STORED.shape, level, np.uint16)
        with pytest.raises(BlankImage):
            decode_radiograph(picture_of(blank))
        hot = (blank + noise).astype(np.uint16)
        hot[5, 5] = 65535
        for data in (picture_of(hot), dicom_of(np.minimum(hot, 65535), 16)):
            if level < 60_000:
                with pytest.raises(BlankImage):
                    decode_radiograph(data)


def test_a_tinted_film_with_coloured_arrows_is_a_film():
    film = np.clip(GREY[..., None] * np.array([0.75, 0.9, 1.1]), 0, 255).astype(np.uint8)
    film[20:24, 10:90] = (255, 220, 0)
    for kind in ("PNG", "JPEG"):
        assert decode_radiograph(picture_of(film, kind)).pixels.shape == GREY.shape


@pytest.mark.parametrize("folder", ["originals", "dicom"])
def test_real_films_pass_and_the_limb_does_not(shared_films, folder: str):
    verdicts = {}
    for path in sorted((shared_films / folder).glob("*.*")):
        try:
            decode_radiograph(path.read_bytes())
            verdicts[path.name] = "ok"
        except InputError as refusal:
            verdicts[path.name] = refusal.code
    limb = verdicts.pop("extremity-cr-jpeg2000.dcm", "not_a_chest")
    assert limb == "not_a_chest"
    assert set(verdicts.values()) <= {"ok"}


def _resyntax(data: bytes, uid: str) -> bytes:
    """Put another transfer syntax into the group 2 of a file."""
    value = uid.encode() + b"\x00" * (len(uid) % 2)
    tag = b"\x02\x00\x10\x00UI"
    start = data.index(tag)
    length = int.from_bytes(data[start + 6 : start + 8], "little")
    return (data[: start + 6] + len(value).to_bytes(2, "little") + value
            + data[start + 8 + length :])  # fmt: skip


def _with_rows(data: bytes, rows: int, order: str) -> bytes:
    tag = (0x0028).to_bytes(2, order) + (0x0010).to_bytes(2, order)
    start = data.index(tag) + 8
    return data[:start] + rows.to_bytes(2, order) + data[start + 2 :]
