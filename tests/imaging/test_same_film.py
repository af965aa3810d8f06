"""The same film in any clothes: whatever file it comes in, the networks see the same."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cxr_core.domain import Normalisation
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.greys import find_span
from cxr_core.imaging.model_input import prepare
from tests.imaging.films import LOSSLESS, dataset_of, file_of, picture_of, stored_chest

if TYPE_CHECKING:
    from pydicom.uid import UID

SIDE = 64
FILM = stored_chest(10).astype(np.int64)
TOP = 1023
EQUAL, REQUANTISED = 1e-3, 0.05  # of a standard deviation


def square_of(data: bytes) -> np.ndarray:
    return prepare(decode_radiograph(data), SIDE, Normalisation.FILM).pixels


REFERENCE = square_of(picture_of((FILM * 64).astype(np.uint16)))


@dataclass(frozen=True)
class Clothes:
    """One way to write FILM: stored is FILM (or its inverse) x factor + offset."""

    syntax: UID
    bits: int
    high_bit: int
    factor: int
    offset: int
    slope: float
    intercept: int
    is_signed: bool
    is_inverted: bool
    is_windowed: bool
    is_padded: bool

    def file(self) -> bytes:
        shown = TOP - FILM if self.is_inverted else FILM
        stored = shown * self.factor + self.offset
        cells = (stored << (self.high_bit + 1 - self.bits)) & 0xFFFF
        middle = (self.offset + TOP * self.factor / 2) * self.slope + self.intercept
        window = {"WindowCenter": f"{middle:.10g}", "VOILUTFunction": "LINEAR_EXACT",
                  "WindowWidth": f"{TOP * self.factor * self.slope:.10g}"}  # fmt: skip
        dataset = dataset_of(
            cells.astype(np.uint16),
            self.bits,
            HighBit=self.high_bit,
            PixelRepresentation=int(self.is_signed),
            PhotometricInterpretation="MONOCHROME1" if self.is_inverted else "MONOCHROME2",
            RescaleSlope=f"{self.slope:g}",
            RescaleIntercept=f"{self.intercept}",
            **(window if self.is_windowed else {}),
        )
        if self.is_padded and self.offset > 0:  # a value that no pixel has
            dataset.add_new("PixelPaddingValue", "US", 0)
        return file_of(dataset, self.syntax)


@st.composite
def clothes(draw: st.DrawFn) -> Clothes:
    bits, is_signed = draw(st.integers(10, 16)), draw(st.booleans())
    factor = draw(st.integers(1, (1 << bits) // (TOP + 1)))
    offset = draw(st.integers(0, (1 << bits) - 1 - TOP * factor))
    return Clothes(
        syntax=draw(st.sampled_from(LOSSLESS)),
        bits=bits,
        high_bit=draw(st.integers(bits - 1, 15)),
        factor=factor,
        offset=offset - (1 << (bits - 1)) if is_signed else offset,
        slope=draw(st.sampled_from([0.125, 0.5, 1.0, 2.0, 10.0])),
        intercept=draw(st.integers(-5000, 5000)),
        is_signed=is_signed,
        is_inverted=draw(st.booleans()),
        is_windowed=draw(st.booleans()),
        is_padded=draw(st.booleans()),
    )


@settings(max_examples=120, deadline=None)
@given(clothes())
def test_tags_that_mean_the_same_film_give_the_same_input(worn: Clothes):
    assert np.abs(square_of(worn.file()) - REFERENCE).max() < EQUAL


def requantised() -> dict[str, bytes]:
    grey = np.rint(FILM * 255 / TOP).astype(np.uint8)
    half = (grey // 2 + 60).astype(np.uint8)
    lossy = io.BytesIO()
    Image.fromarray(grey).save(lossy, "JPEG", quality=95)
    return {
        "png": picture_of(grey),
        "faint png": picture_of(half),
        "tiff": picture_of(grey, "TIFF"),
        "webp": picture_of(grey, "WEBP", lossless=True),
        "bmp": picture_of(grey, "BMP"),
        "jpeg": lossy.getvalue(),
        "colour png": picture_of(np.stack([grey] * 3, -1)),
        "dicom": file_of(dataset_of(grey, 8)),
    }


@pytest.mark.parametrize("kind", requantised())
def test_a_requantised_film_gives_nearly_the_same_input(kind: str):
    assert np.abs(square_of(requantised()[kind]) - REFERENCE).max() < REQUANTISED


@pytest.mark.parametrize("marks", [0, 4, 60, 300])
def test_burnt_in_marks_are_cut_alike_at_eight_bits_at_sixteen_and_in_dicom(marks: int):
    film = (FILM * 20 + 4000).astype(np.uint16)
    film.flat[7 : 7 + 11 * marks : 11] = 65535
    grey = np.rint(film / 257).astype(np.uint8)
    inputs = [square_of(data) for data in (
        picture_of(film), picture_of(film, "TIFF"), file_of(dataset_of(film, 16)),
        picture_of(grey), file_of(dataset_of(grey, 8)))]  # fmt: skip
    for other in inputs[1:3]:
        assert np.abs(other - inputs[0]).max() < EQUAL
    for other in inputs[3:]:
        assert np.abs(other - inputs[0]).max() < 2 * REQUANTISED


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=300, unique=True), st.data())
def test_a_span_follows_every_linear_change_of_the_greys(
    levels: list[int], data: st.DataObject
):
    counts = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(levels),
                                         max_size=len(levels))))  # fmt: skip
    scale, shift = data.draw(st.sampled_from([0.25, 3.0])), data.draw(st.integers(-99, 99))
    greys = np.array(levels)
    plain, moved = find_span(greys, counts), find_span(greys * scale + shift, counts)
    if plain is None or moved is None:
        assert plain is moved is None
        return
    assert moved.low == pytest.approx(plain.low * scale + shift)
    assert moved.high == pytest.approx(plain.high * scale + shift)
    assert moved.is_cut == plain.is_cut
