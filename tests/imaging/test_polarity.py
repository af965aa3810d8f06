"""An inverted film is told by its content, flagged, and turned round only by a person."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.polarity import DRESSES
from cxr_core.domain import Presentation
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.polarity import Polarity, estimate_polarity
from tests.imaging.films import dicom_of, picture_of, stored_chest
from tests.synthetic import synthetic_chest

STORED = stored_chest()
TURNED = (4095 - STORED).astype(np.uint16)
CELLS = stored_chest(8).astype(np.uint8)
BY_HAND = Presentation(is_inverted=True)
FLAGS = {"polarity_contradiction", "gate_looks_inverted"}
LYING = ("on its side", "on its head")


@pytest.mark.parametrize("name", [name for name in DRESSES if name not in LYING])
@pytest.mark.parametrize("seed", range(4))
def test_bone_is_known_to_be_bright_or_dark_in_any_dress(name: str, seed: int):
    film = synthetic_chest(300, 260, seed)
    dress = DRESSES[name]
    assert estimate_polarity(dress(film)) is Polarity.UPRIGHT
    assert estimate_polarity(dress(np.float32(1) - film)) is Polarity.INVERTED


@pytest.mark.parametrize("name", LYING)
def test_a_film_that_lies_wrong_is_not_said_to_be_inverted(name: str):
    assert estimate_polarity(DRESSES[name](synthetic_chest(300, 260))) is not Polarity.INVERTED


def test_what_shows_nothing_says_nothing():
    for level in (0.0, 0.5, 1.0):
        flat = np.full((100, 90), level, np.float32)
        assert estimate_polarity(flat) is Polarity.UNKNOWN


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(64, 300), columns=st.integers(64, 300))
def test_a_picture_and_its_negative_never_get_the_same_verdict(
    seed: int, rows: int, columns: int
):
    blots = np.random.default_rng(seed).random((6, 6), dtype=np.float32)
    picture = np.clip(cv2.resize(blots, (columns, rows), interpolation=cv2.INTER_CUBIC), 0, 1)
    verdicts = {estimate_polarity(picture), estimate_polarity(np.float32(1) - picture)}
    assert len(verdicts) == 2 or verdicts == {Polarity.UNKNOWN}


def test_real_films_are_rarely_suspected_and_nearly_always_found(shared_films):
    folders = ("nih-chest-xrays/images", "covid-19-image-repository/png",
               "COVID-CXNet/chest_xray_images/covid19",
               "chest-xray-pneumonia/chest_xray/train/PNEUMONIA")  # fmt: skip
    alarms = []
    for folder in folders:
        for path in sorted((shared_films / folder).glob("*"))[::6][:80]:
            film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
            both = (estimate_polarity(film), estimate_polarity(1 - film))
            alarms.append([verdict is Polarity.INVERTED for verdict in both])
    false, found = np.mean(alarms, axis=0)
    assert len(alarms) > 200
    assert false <= 0.005
    assert found >= 0.98


@pytest.mark.parametrize(
    "data",
    [
        dicom_of(TURNED),
        dicom_of(STORED, PhotometricInterpretation="MONOCHROME1"),
        dicom_of(np.repeat((255 - CELLS)[..., None], 3, axis=2), 8),
        picture_of(255 - CELLS),
    ],
    ids=["MONOCHROME2", "MONOCHROME1 that lies", "colour", "PNG"],
)
def test_an_inverted_film_is_flagged_and_left_until_a_person_turns_it(data: bytes):
    came = decode_radiograph(data)
    assert set(came.provenance.flags) >= FLAGS
    assert any("looks inverted" in warning for warning in came.provenance.warnings)
    turned = decode_radiograph(data, presentation=BY_HAND)
    assert not FLAGS & set(turned.provenance.flags)
    assert "The greys were turned round by hand." in turned.provenance.warnings
    assert np.allclose(turned.pixels, 1 - came.pixels, atol=1e-6)
    assert estimate_polarity(turned.pixels) is Polarity.UPRIGHT


def test_a_right_film_is_not_flagged_and_a_person_may_turn_it_all_the_same():
    for data in (dicom_of(STORED), picture_of(CELLS)):
        assert not FLAGS & set(decode_radiograph(data).provenance.flags)
        turned = decode_radiograph(data, presentation=BY_HAND)
        assert not FLAGS & set(turned.provenance.flags)


def test_padding_stays_black_when_the_greys_are_turned_round():
    padded = TURNED.copy()
    padded[:10] = 5000
    data = dicom_of(padded, 16, PixelPaddingValue=5000)
    assert not decode_radiograph(data, presentation=BY_HAND).pixels[:10].any()


def test_a_contradicting_header_is_no_longer_told_once_a_person_has_decided():
    data = dicom_of(STORED, PresentationLUTShape="INVERSE")
    assert "polarity_contradiction" in decode_radiograph(data).provenance.flags
    assert "gate_looks_inverted" not in decode_radiograph(data).provenance.flags
    by_hand = decode_radiograph(data, presentation=BY_HAND).provenance
    assert "polarity_contradiction" not in by_hand.flags
