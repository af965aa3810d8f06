"""What a header means: which films belong together, how they were taken, whose they are not."""

from __future__ import annotations

import logging

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    DigitalMammographyXRayImageStorageForPresentation,
    EncapsulatedPDFStorage,
    EnhancedXAImageStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    MRImageStorage,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameSingleBitSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from cxr_core.domain import Presentation, Window
from cxr_core.errors import ForProcessing, InputError, NotAChest, NotFrontal, WrongModality
from cxr_core.imaging.decode import Limits, decode_radiograph
from tests.imaging.films import dataset_of, dicom_of, file_of, picture_of, stored_chest

STORED = stored_chest()
CELLS = stored_chest(8).astype(np.uint8)
KEYED = Limits(study_key=b"of this server")
TO_LOOK_AT = Presentation(any_view=True)
WINDOWED = {"WindowCenter": 2048, "WindowWidth": 4096}


def provenance_of(limits: Limits = KEYED, **elements: object):
    return decode_radiograph(dicom_of(STORED, **WINDOWED, **elements), limits).provenance


FOREIGN = [
    (CTImageStorage, "CT Image Storage"),
    (MRImageStorage, "MR Image Storage"),
    (UltrasoundImageStorage, "Ultrasound Image Storage"),
    (EnhancedXAImageStorage, "Enhanced XA Image Storage"),
    (DigitalMammographyXRayImageStorageForPresentation, "Mammography"),
    (EncapsulatedPDFStorage, "Encapsulated PDF"),
    (GrayscaleSoftcopyPresentationStateStorage, "Presentation State"),
    ("1.2.840.10008.5.1.4.1.1.88.33", "Comprehensive SR"),
    (MultiFrameSingleBitSecondaryCaptureImageStorage, "Single Bit"),
    ("1.2.3.4", "unknown"),
]


@pytest.mark.parametrize(("uid", "name"), FOREIGN, ids=lambda value: str(value))
@pytest.mark.parametrize("has_pixels", [True, False])
def test_what_is_no_film_is_refused_by_its_name(uid: str, name: str, has_pixels: bool):
    pixels = {} if has_pixels else {"PixelData": None}
    with pytest.raises(WrongModality, match=name):
        decode_radiograph(dicom_of(STORED, SOPClassUID=uid, **pixels))


@pytest.mark.parametrize(
    "uid",
    [
        MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        MultiFrameTrueColorSecondaryCaptureImageStorage,
    ],
)
def test_a_multi_frame_capture_with_one_frame_is_a_film(uid: str):
    told = provenance_of(SOPClassUID=uid, Modality="OT", NumberOfFrames=1)
    assert any("secondary capture" in warning for warning in told.warnings)


def test_a_lateral_is_described_refused_and_shown_to_who_wants_to_look():
    data = dicom_of(STORED, ViewPosition="LL", StudyInstanceUID="1.2.3", **WINDOWED)
    with pytest.raises(NotFrontal) as caught:
        decode_radiograph(data, KEYED)
    assert caught.value.provenance.view_position == "LL"
    assert caught.value.provenance.study == provenance_of(StudyInstanceUID="1.2.3").study
    shown = decode_radiograph(data, KEYED, TO_LOOK_AT)
    assert shown.pixels.shape == STORED.shape
    assert shown.provenance.study == caught.value.provenance.study


def test_the_view_may_stand_in_a_code_sequence():
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "399198007", "SCT"
    code.CodeMeaning = "right lateral"
    data = dicom_of(STORED, ViewPosition=None, ViewCodeSequence=[code])
    with pytest.raises(NotFrontal) as caught:
        decode_radiograph(data)
    assert caught.value.provenance.view_position == "RIGHT LATERAL"


@pytest.mark.parametrize(
    ("elements", "refusal"),
    [
        ({"BodyPartExamined": "HAND"}, NotAChest),
        ({"PresentationIntentType": "FOR PROCESSING"}, ForProcessing),
        ({"Modality": "MG"}, WrongModality),
    ],
    ids=str,
)
def test_looking_opens_no_other_gate(elements: dict, refusal: type[InputError]):
    with pytest.raises(refusal):
        decode_radiograph(
            dicom_of(STORED, ViewPosition="LL", **elements), presentation=TO_LOOK_AT
        )


def test_a_lateral_is_not_judged_for_its_polarity():
    data = dicom_of((4095 - STORED).astype(np.uint16), ViewPosition="LL", **WINDOWED)
    assert decode_radiograph(data, presentation=TO_LOOK_AT).provenance.flags == ()


def test_burnt_in_text_of_a_lateral_is_known_before_it_is_shown():
    with pytest.raises(NotFrontal) as caught:
        decode_radiograph(dicom_of(STORED, ViewPosition="LL", BurnedInAnnotation="YES"))
    assert "gate_burned_in_annotation" in caught.value.provenance.flags


def test_films_of_a_study_share_a_digest_that_needs_the_key():
    first = provenance_of(StudyInstanceUID="1.2.3.4").study
    assert first == provenance_of(StudyInstanceUID="1.2.3.4", ViewPosition="AP").study
    assert first != provenance_of(StudyInstanceUID="1.2.3.5").study
    other_server = Limits(study_key=b"of another")
    assert first != provenance_of(other_server, StudyInstanceUID="1.2.3.4").study
    assert "1.2.3.4" not in first


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_without_a_key_or_a_study_nothing_is_grouped():
    assert provenance_of(Limits(), StudyInstanceUID="1.2.3.4").study is None
    assert provenance_of().study is None
    for uid in ("", "Doe^Jane", "1.2.3-4"):
        assert provenance_of(StudyInstanceUID=uid).study is None
    assert decode_radiograph(picture_of(CELLS), KEYED).provenance.study is None


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({}, (None, False)),
        ({"ImagerPixelSpacing": [0.143, 0.15]}, ((0.143, 0.15), False)),
        ({"PixelSpacing": [0.2, 0.2]}, ((0.2, 0.2), False)),
        (
            {"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.2]},
            ((0.2, 0.2), False),
        ),
        (
            {"PixelSpacing": [0.18, 0.18], "ImagerPixelSpacing": [0.2, 0.2]},
            ((0.18, 0.18), True),
        ),
    ],
    ids=str,
)
def test_pixel_spacing_is_kept_and_said_to_be_calibrated_only_where_it_is(elements, expected):
    told = provenance_of(**elements)
    assert (told.pixel_spacing_mm, told.is_spacing_calibrated) == expected
    assert told.warnings == ()


@pytest.mark.parametrize("spacing", [[0, 0.1], [-0.1, 0.1], [11, 11], [0.1], ["1e99", "0.1"]])
def test_a_spacing_that_cannot_be_true_is_left_out_with_a_word(spacing: list):
    told = provenance_of(ImagerPixelSpacing=spacing)
    assert told.pixel_spacing_mm is None
    assert any("cannot be true" in warning for warning in told.warnings)


def test_the_windows_of_the_header_are_offered_and_the_first_is_read():
    windows = {
        "WindowCenter": [2048, 1000],
        "WindowWidth": [4096, 2000],
        "WindowCenterWidthExplanation": ["NORMAL", "Dr Jane Doe"],
    }
    data = dicom_of(STORED, **windows)
    first = decode_radiograph(data)
    assert first.provenance.windows == (Window(2048, 4096, name="NORMAL"), Window(1000, 2000))
    alone = decode_radiograph(dicom_of(STORED, WindowCenter=2048, WindowWidth=4096))
    assert np.array_equal(first.pixels, alone.pixels)


ORDINARY = [
    {},
    {"PatientOrientation": ["L", "F"]},
    {"PatientOrientation": ["L", "F"], "FieldOfViewHorizontalFlip": "YES"},
    {"FieldOfViewRotation": 0, "FieldOfViewHorizontalFlip": "NO"},
    {"PatientSpeciesDescription": "Homo sapiens"},
    {"PatientAge": "044Y"},
]
NOTED = [
    ({"ViewPosition": "AP"}, "AP view"),
    ({"ViewPosition": "AP SUPINE"}, "AP, lying"),
    ({"ViewPosition": "AP", "PatientPosition": "HFS"}, "AP, lying"),
    ({"ViewPosition": "AP PORTABLE"}, "bedside"),
    ({"BodyPartExamined": "PORT CHEST"}, "bedside"),
    ({"FieldOfViewRotation": 90}, "stored turned"),
    ({"FieldOfViewHorizontalFlip": "YES"}, "mirrored"),
    ({"PatientOrientation": ["R", "F"]}, "mirrored"),
    ({"PatientOrientation": ["L", "H"]}, "upside down"),
    ({"PatientOrientation": ["F", "R"]}, "turned by a quarter"),
    ({"PatientSpeciesDescription": "Canis lupus familiaris"}, "no human"),
]


@pytest.mark.parametrize("elements", ORDINARY, ids=str)
def test_an_ordinary_film_is_not_talked_about(elements: dict):
    assert provenance_of(**elements).warnings == ()


@pytest.mark.parametrize(("elements", "words"), NOTED, ids=str)
def test_how_a_film_was_taken_is_one_sentence_and_no_refusal(elements: dict, words: str):
    told = provenance_of(**elements)
    assert sum(words in warning for warning in told.warnings) == 1
    assert told.flags == ()


SECRET = "JANEDOE"
SECRETS = {
    "PatientName": SECRET,
    "PatientID": SECRET,
    "PatientBirthDate": "19010203",
    "PatientAddress": SECRET,
    "PatientComments": SECRET,
    "OtherPatientIDs": SECRET,
    "AccessionNumber": SECRET,
    "StudyID": SECRET,
    "StudyDate": "19010203",
    "AcquisitionDate": "19010203",
    "StudyTime": "190102.03",
    "StudyDescription": SECRET,
    "SeriesDescription": SECRET,
    "ProtocolName": SECRET,
    "InstitutionName": SECRET,
    "InstitutionAddress": SECRET,
    "StationName": SECRET,
    "ReferringPhysicianName": SECRET,
    "OperatorsName": SECRET,
    "RequestingPhysician": SECRET,
    "ImageComments": SECRET,
    "AdditionalPatientHistory": SECRET,
    "DeviceSerialNumber": SECRET,
    "DetectorID": SECRET,
    "SeriesInstanceUID": "1.2.19010203.2",
    "StudyInstanceUID": "1.2.19010203.1",
    "FrameOfReferenceUID": "1.2.19010203.3",
    "PatientSpeciesDescription": SECRET,
    "WindowCenterWidthExplanation": [SECRET, "DR " + SECRET],
    "WindowCenter": [2048, 1000],
    "WindowWidth": [4096, 2000],
}
REFUSED = ("BodyPartExamined", "HAND"), ("ViewPosition", "LL"), ("Modality", "MR"), ("Rows", 1)


def secret_film(**elements: object) -> bytes:
    dataset = dataset_of(STORED, **SECRETS | elements)
    block = dataset.private_block(0x0011, SECRET, create=True)
    block.add_new(1, "LO", SECRET)
    block.add_new(2, "UN", SECRET.encode())
    return file_of(dataset)


def secrets_in(*words: object) -> list[str]:
    text = " ".join(map(repr, words)).upper()
    return [each for each in (SECRET, "19010203", "190102") if each in text]


def test_no_other_tag_leaves_the_reader(caplog, capfd):
    caplog.set_level(logging.DEBUG)
    told = decode_radiograph(secret_film(), KEYED).provenance
    assert secrets_in(told) == []
    assert [window.name for window in told.windows] == ["", ""]
    for keyword, value in REFUSED:
        with pytest.raises(InputError) as caught:
            decode_radiograph(secret_film(**{keyword: value}), KEYED)
        error = caught.value
        assert secrets_in(error, error.provenance, error.__cause__) == []
    assert secrets_in(caplog.text, *capfd.readouterr()) == []


@given(place=st.integers(0, 3000), value=st.integers(0, 255))
def test_no_tag_leaves_a_damaged_header_either(place: int, value: int):
    data = bytearray(secret_film())
    data[140 + place % 1400] = value
    try:
        told = [decode_radiograph(bytes(data), KEYED).provenance]
    except InputError as error:
        told = [error, error.provenance, error.__cause__]
    assert secrets_in(*told) == []
