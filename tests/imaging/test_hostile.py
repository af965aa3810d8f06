"""Damaged and malicious files end in our errors: none hangs, none crashes, none talks."""

from __future__ import annotations

import logging
import struct
import warnings

import numpy as np
import pytest
from pydicom.encaps import encapsulate, get_frame
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from cxr_core.errors import CorruptImage, InputError
from cxr_core.imaging.decode import Limits, decode_radiograph
from tests.imaging.films import (
    LOSSLESS,
    dataset_of,
    dicom_of,
    file_of,
    picture_of,
    stored_chest,
)
from tests.synthetic import synthetic_chest

SMALL = np.rint(synthetic_chest(70, 66) * 255).astype(np.uint8)
LIMITS = Limits(max_bytes=1 << 20, max_pixels=1_000_000)
MUTANTS = 200
SEEDS = {
    **{syntax.name: dicom_of(SMALL, 8, syntax) for syntax in (*LOSSLESS, JPEGBaseline8Bit)},
    **{kind: picture_of(SMALL, kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")},
}


@pytest.mark.parametrize("name", SEEDS)
def test_mutated_files_raise_our_errors_only(name: str, caplog: pytest.LogCaptureFixture):
    random = np.random.default_rng(sum(name.encode()))
    whole = SEEDS[name]
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(MUTANTS):
            try:
                decode_radiograph(_mutate(whole, random, is_cut=number % 4 == 0), LIMITS)
            except InputError as refusal:
                assert "ecret" not in str(refusal)
    assert not [record for record in caplog.records if record.name != "PIL"
                and not record.name.startswith("PIL.")]  # fmt: skip


def test_a_jpeg_2000_bomb_is_refused_by_its_claim():
    frame = bytearray(get_frame(_pixel_data(JPEG2000Lossless), 0, number_of_frames=1))
    struct.pack_into(">2I", frame, 8, 60_000, 60_000)
    with pytest.raises(CorruptImage, match="60000 x 60000"):
        decode_radiograph(_with_frame(bytes(frame), JPEG2000Lossless))


def test_a_jpeg_bomb_is_refused_by_its_claim():
    frame = bytearray(get_frame(_pixel_data(JPEGBaseline8Bit), 0, number_of_frames=1))
    struct.pack_into(">2H", frame, frame.index(b"\xff\xc0") + 5, 60_000, 60_000)
    with pytest.raises(CorruptImage, match="60000 x 60000"):
        decode_radiograph(_with_frame(bytes(frame), JPEGBaseline8Bit))


def test_an_rle_bomb_gets_no_more_room_than_the_film():
    segment = b"\x81\x00" * 500_000
    frame = struct.pack("<16I", 1, 64, *[0] * 14) + segment
    with pytest.raises(CorruptImage):
        decode_radiograph(_with_frame(frame, RLELossless))


def test_a_jp2_box_of_no_length_does_not_hang():
    wrapper = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(40) + b"\xff\xd9"
    with pytest.raises(CorruptImage):
        decode_radiograph(_with_frame(wrapper, JPEG2000Lossless))


def test_a_jp2_wrapper_is_taken_off():
    frame = get_frame(_pixel_data(JPEG2000Lossless), 0, number_of_frames=1)
    frame = frame.rstrip(b"\x00")
    wrapper = b"\x00\x00\x00\x0cjP  \r\n\x87\n" + struct.pack(">I", 0) + b"jp2c" + frame
    pixels = decode_radiograph(_with_frame(wrapper, JPEG2000Lossless)).pixels
    assert np.array_equal(pixels, decode_radiograph(SEEDS[JPEG2000Lossless.name]).pixels)


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGBaseline8Bit, RLELossless],
                         ids=lambda syntax: syntax.name)  # fmt: skip
def test_a_frame_cut_short_is_damage_not_half_a_film(syntax):
    frame = get_frame(_pixel_data(syntax), 0, number_of_frames=1)
    with pytest.raises(CorruptImage):
        decode_radiograph(_with_frame(frame[: len(frame) * 2 // 3], syntax))


def test_deep_nesting_ends_in_our_error():
    item = b"\xfe\xff\x00\xe0\xff\xff\xff\xff\x08\x00\x18\x22SQ\x00\x00\xff\xff\xff\xff"
    data = dicom_of(stored_chest())
    start = data.index(b"\x08\x00\x60\x00CS")
    nested = b"\x08\x00\x18\x22SQ\x00\x00\xff\xff\xff\xff" + item * 5000
    with pytest.raises(InputError):
        decode_radiograph(data[:start] + nested)


def test_the_shared_hostile_files_are_refused(shared_films):
    files = sorted((shared_films / "dicom" / "hostile").glob("*.dcm"))
    for path in files:
        with pytest.raises(InputError):
            decode_radiograph(path.read_bytes())


def _pixel_data(syntax) -> bytes:
    dataset = dataset_of(SMALL, 8)
    file_of(dataset, syntax)
    return dataset.PixelData


def _with_frame(frame: bytes, syntax) -> bytes:
    """A file of `syntax` whose one frame is given."""
    old = encapsulate([get_frame(_pixel_data(syntax), 0, number_of_frames=1)])
    data = file_of(dataset_of(SMALL, 8), syntax)
    start = data.index(old[:8] + old[8:40])
    return data[:start] + encapsulate([frame]) + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def _mutate(whole: bytes, random: np.random.Generator, *, is_cut: bool) -> bytes:
    """Change one to eight bytes, half of them near the start, and sometimes cut the end off."""
    data = bytearray(whole)
    for _ in range(random.integers(1, 9)):
        reach = len(data) if random.random() < 0.5 else min(len(data), 1200)
        data[random.integers(reach)] = random.integers(256)
    return bytes(data[: random.integers(1, len(data))] if is_cut else data)
