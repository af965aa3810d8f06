"""A film for looking keeps all its values, and shows what the models read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxr_core.domain import AS_STORED, Normalisation, Presentation
from cxr_core.errors import InputError
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.pool import DecoderPool
from cxr_core.imaging.preparing import InProcess, Look
from tests.imaging.films import dataset_of, file_of, picture_of
from tests.imaging.test_dicom import lut_item
from tests.synthetic import synthetic_chest

TOP = 4095
STORED = np.rint(synthetic_chest(90, 80) * TOP).astype(np.uint16)
KINDS = [(64, Normalisation.FILM)]
HERE = InProcess(Limits())


def look_at(data: bytes, presentation: Presentation = AS_STORED) -> Look:
    return HERE.look(data, KINDS, presentation)


def shown(look: Look) -> np.ndarray:
    return look.film.greys[look.film.steps] / 255


def assert_shown_as_read(data: bytes, presentation: Presentation = AS_STORED) -> Look:
    look = look_at(data, presentation)
    read = HERE.decode(data, presentation)
    assert np.abs(shown(look) - read.pixels).max() <= 0.5 / 255 + 1e-6
    assert look.provenance == read.provenance
    return look


@settings(max_examples=40)
@given(
    slope=st.sampled_from([1, 2, 0.25, -1, -3.5]),
    intercept=st.sampled_from([0, -1024, 17.5, 1e6]),
    photometric=st.sampled_from(["MONOCHROME1", "MONOCHROME2"]),
    is_signed=st.booleans(),
    has_window=st.booleans(),
    is_turned=st.booleans(),
)
def test_steps_measure_the_modality_value_and_are_shown_as_they_are_read(
    slope: float,
    intercept: float,
    photometric: str,
    is_signed: bool,
    has_window: bool,
    is_turned: bool,
) -> None:
    stored = STORED.astype(np.int32) - 2048 if is_signed else STORED
    values = slope * stored.astype(float) + intercept
    window = {"WindowCenter": float(np.median(values)), "WindowWidth": abs(slope) * 2000}
    dataset = dataset_of(
        stored.astype(np.int16) if is_signed else stored,
        12,
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        PhotometricInterpretation=photometric,
        **(window if has_window else {}),
    )
    look = assert_shown_as_read(file_of(dataset), Presentation(is_inverted=is_turned))
    film = look.film
    assert film.slope == abs(slope)
    assert np.allclose(film.slope * film.steps.astype(float) + film.intercept, values)
    assert film.is_inverted == ((photometric == "MONOCHROME1") != is_turned)


def test_the_closest_window_is_the_one_that_was_applied() -> None:
    data = file_of(dataset_of(STORED, 12, WindowCenter=1800, WindowWidth=2000))
    window = look_at(data).film.window
    assert (window.center, window.width) == pytest.approx((1800, 2000), rel=0.01)


def test_padding_is_dark_in_every_window() -> None:
    cells = STORED.copy()
    cells[:20] = TOP
    for photometric, step in (("MONOCHROME2", "min"), ("MONOCHROME1", "max")):
        look = assert_shown_as_read(
            file_of(
                dataset_of(
                    cells,
                    12,
                    PixelPaddingValue=TOP,
                    PhotometricInterpretation=photometric,
                )
            )
        )
        ends = {"min": look.film.steps.min(), "max": look.film.steps.max()}
        assert (look.film.steps[:20] == ends[step]).all()


def test_a_modality_table_makes_the_values() -> None:
    table = lut_item(np.arange(TOP, -1, -1), 0, 12)
    look = assert_shown_as_read(file_of(dataset_of(STORED, 12, ModalityLUTSequence=[table])))
    values = look.film.slope * look.film.steps.astype(float) + look.film.intercept
    assert np.array_equal(values, TOP - STORED.astype(float))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_pictures_keep_their_depth(kind: str) -> None:
    look = assert_shown_as_read(picture_of((STORED >> 4).astype(np.uint8), kind))
    assert look.film.bits == 8
    deep = assert_shown_as_read(picture_of(STORED * 16))
    assert (deep.film.bits, deep.film.slope) == (16, 1.0)


def test_a_decoder_process_answers_the_same() -> None:
    data = file_of(dataset_of(STORED, 12, WindowCenter=1800, WindowWidth=2000))
    pool = DecoderPool(Limits())
    try:
        there, here = pool.look(data, KINDS, AS_STORED), look_at(data)
        with pytest.raises(InputError) as refusal:
            pool.look(b"no film", KINDS, AS_STORED)
    finally:
        pool.close()
    assert refusal.value.code == "unsupported_format"
    assert np.array_equal(there.film.steps, here.film.steps)
    assert np.array_equal(there.film.greys, here.film.greys)
    assert there.film.window == here.film.window
    assert there.provenance == here.provenance
    assert np.array_equal(there.inputs[KINDS[0]].pixels, here.inputs[KINDS[0]].pixels)
