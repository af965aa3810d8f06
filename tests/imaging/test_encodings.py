"""Every transfer syntax gives back the cells that went in, and none more than it claims."""

from __future__ import annotations

import tracemalloc
import zlib

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from cxr_core.errors import (
    CorruptImage,
    InputError,
    MultiFrame,
    TooManyPixels,
    UnsupportedFormat,
)
from cxr_core.imaging.decode import Limits, decode_radiograph
from cxr_core.imaging.dicom_file import read_dicom_file
from cxr_core.imaging.stored_pixels import decode_cells, read_pixel_format, to_stored_values
from tests.imaging.films import (
    COMPRESSED,
    LOSSLESS,
    dataset_of,
    dicom_of,
    encapsulate_in,
    file_of,
    frame_of,
    picture_of,
    stored_chest,
)

STORED = stored_chest()
GREY = stored_chest(8).astype(np.uint8)
BITS = (8, 10, 12, 15, 16)


def noise(bits: int, *, is_signed: bool) -> np.ndarray:
    """Every value of the depth, the ends among them."""
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if is_signed else (0, 1 << bits)
    values = np.random.default_rng(bits).integers(low, high, (72, 80))
    values[0, :2] = low, high - 1
    return values.astype(f"{'i' if is_signed else 'u'}{1 if bits <= 8 else 2}")


def stored_values(data: bytes) -> np.ndarray:
    file = read_dicom_file(data, 10**6)
    pixel_format = read_pixel_format(file)
    stored = to_stored_values(decode_cells(file, pixel_format), file, pixel_format)
    return stored.values[stored.codes]


def with_frames(cells: np.ndarray, bits: int, syntax: UID, *frames: bytes, **elements) -> bytes:
    """A file whose compressed fragments are given."""
    dataset = dataset_of(cells, bits)
    has_offsets = elements.pop("has_offsets", True)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    native = file_of(dataset)
    encapsulate_in(dataset, *frames, has_offsets=has_offsets)
    return _resyntaxed(native, dataset, syntax)


def _resyntaxed(native: bytes, dataset: Dataset, syntax: UID) -> bytes:
    end = native.index(b"\x02\x00\x10\x00UI")
    length = int.from_bytes(native[end + 6 : end + 8], "little")
    value = syntax.encode() + b"\x00" * (len(syntax) % 2)
    meta = native[: end + 6] + len(value).to_bytes(2, "little") + value
    start = native.index(b"\xe0\x7f\x10\x00")
    pixels = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff" + dataset.PixelData
    return (meta + native[end + 8 + length : start] + pixels
            + b"\xfe\xff\xdd\xe0\x00\x00\x00\x00")  # fmt: skip


@pytest.mark.parametrize("is_signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", BITS)
@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)
def test_lossless_syntaxes_are_bit_exact(syntax: UID, bits: int, is_signed: bool):
    cells = noise(bits, is_signed=is_signed)
    assert np.array_equal(stored_values(dicom_of(cells, bits, syntax)), cells)


@pytest.mark.parametrize("bits", BITS)
def test_another_encoder_of_lossless_jpeg_is_read_bit_exactly(bits: int):
    cells = noise(bits, is_signed=False)
    frame = imagecodecs.ljpeg_encode(cells, bitspersample=bits)
    for syntax in (JPEGLossless, JPEGLosslessSV1):
        assert np.array_equal(stored_values(with_frames(cells, bits, syntax, frame)), cells)


@pytest.mark.parametrize("bits", [10, 12, 15])
def test_a_jpeg_ls_codestream_of_its_own_depth_is_read_bit_exactly(bits: int):
    other = pytest.importorskip("jpeg_ls")
    cells = noise(bits, is_signed=False)
    frame = bytes(other.encode_array(cells)) if bits == 16 else bytes(
        other.encode_pixel_data(cells.tobytes(), rows=72, columns=80, samples_per_pixel=1,
                                bits_allocated=16, bits_stored=bits,
                                photometric_interpretation="MONOCHROME2",
                                pixel_representation=0, planar_configuration=0,
                                number_of_frames=1))  # fmt: skip
    assert frame[frame.index(b"\xff\xf7") + 4] == bits
    assert np.array_equal(stored_values(with_frames(cells, bits, JPEGLSLossless, frame)), cells)


def test_lossy_syntaxes_stay_within_their_stated_error():
    deep = imagecodecs.jpeg8_encode(STORED, level=98, bitspersample=12)
    rough = imagecodecs.jpeg2k_encode(STORED, codecformat="j2k", level=85, reversible=False)
    fast = imagecodecs.htj2k_encode(STORED, level=0.0001, reversible=False)
    within = {
        with_frames(STORED, 12, JPEGExtended12Bit, deep): 12,
        with_frames(STORED, 12, JPEGLSNearLossless, imagecodecs.jpegls_encode(STORED, 3)): 3,
        with_frames(STORED, 12, JPEG2000, rough): 20,
        with_frames(STORED, 12, HTJ2K, fast): 40,
        with_frames(GREY, 8, JPEGBaseline8Bit, picture_of(GREY, "JPEG", quality=100)): 2,
        with_frames(GREY, 8, JPEGExtended12Bit, picture_of(GREY, "JPEG", quality=100)): 2,
    }
    for data, bound in within.items():
        values = stored_values(data)
        expected = STORED if values.max() > 300 else GREY
        assert 0 <= np.abs(values - expected.astype(int)).max() <= bound


def test_a_chest_film_of_fifteen_bits_in_jpeg_2000_has_bright_bone():
    film = stored_chest(15)
    inverted = ((1 << 15) - 1 - film).astype(np.uint16)
    elements = {"PhotometricInterpretation": "MONOCHROME1", "HighBit": 14, "Modality": "CR"}
    pixels = decode_radiograph(dicom_of(inverted, 15, JPEG2000Lossless, **elements)).pixels
    assert np.allclose(pixels, film / np.float32((1 << 15) - 1), atol=1e-6)


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: syntax.name)
def test_compressed_overlays_and_padding_follow_the_same_rules(syntax: UID):
    overlaid = STORED.copy()
    overlaid[20:40, 20:40] |= 0x8000
    dataset = dataset_of(overlaid, 16)
    dataset.BitsStored, dataset.HighBit = 16, 15
    data = file_of(dataset, syntax)
    narrowed = _with_word(_with_word(data, 0x0101, 12), 0x0102, 11)
    radiograph = decode_radiograph(narrowed)
    assert np.allclose(radiograph.pixels, STORED / np.float32(4095), atol=1e-6)
    assert any("Bits Stored" in warning for warning in radiograph.provenance.warnings)


def test_a_high_bit_above_applies_to_whole_cells_and_not_to_bare_values():
    for cells in ((STORED << 4).astype(np.uint16), STORED):
        bits = 16 if cells is not STORED else 12
        frame = frame_of(cells, bits, JPEG2000Lossless)
        data = with_frames(cells, 12, JPEG2000Lossless, frame, HighBit=15)
        assert np.array_equal(stored_values(data), STORED)


def test_fewer_bits_than_stored_keep_their_values_and_sign():
    cells = noise(10, is_signed=True)
    data = with_frames(cells, 12, JPEG2000Lossless, frame_of(cells, 10, JPEG2000Lossless))
    assert np.array_equal(stored_values(data), cells)
    unsigned = (cells & 1023).astype(np.uint16)
    data = with_frames(cells, 12, JPEG2000Lossless, frame_of(unsigned, 10, JPEG2000Lossless))
    assert np.array_equal(stored_values(data), cells)


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("has_offsets", [True, False])
def test_a_frame_in_several_fragments_is_joined(syntax: UID, *, has_offsets: bool):
    dataset = dataset_of(STORED)
    whole = file_of(dataset, syntax)
    frame = dataset.PixelData[-int.from_bytes(_last_length(dataset.PixelData), "little") :]
    cut = [frame[start : start + 1000] for start in range(0, len(frame), 1000)]
    data = with_frames(STORED, 12, syntax, *cut, has_offsets=has_offsets)
    assert np.array_equal(stored_values(data), stored_values(whole))


def test_an_extended_offset_table_changes_nothing():
    dataset = dataset_of(STORED)
    frame = frame_of(STORED, 12, JPEG2000Lossless)
    dataset.add_new("ExtendedOffsetTable", "OV", (0).to_bytes(8, "little"))
    dataset.add_new("ExtendedOffsetTableLengths", "OV", len(frame).to_bytes(8, "little"))
    native = file_of(dataset)
    encapsulate_in(dataset, frame, has_offsets=False)
    data = _resyntaxed(native, dataset, JPEG2000Lossless)
    assert np.array_equal(stored_values(data), STORED)


def test_an_offset_table_of_two_frames_is_refused():
    frame = frame_of(STORED, 12, JPEG2000Lossless)
    data = with_frames(STORED, 12, JPEG2000Lossless, frame, frame)
    table = b"\xfe\xff\x00\xe0\x04\x00\x00\x00\x00\x00\x00\x00"
    two = b"\xfe\xff\x00\xe0\x08\x00\x00\x00" + bytes(8)
    with pytest.raises(MultiFrame, match="2 frames"):
        decode_radiograph(data.replace(table, two))


LYING = [
    (JPEGLSLossless, b"\xff\xf7", 5),
    (JPEGLosslessSV1, b"\xff\xc3", 5),
    (JPEGExtended12Bit, b"\xff\xc1", 5),
    (HTJ2KLossless, b"\xff\x51", None),
    (JPEG2000Lossless, b"\xff\x51", None),
]


@pytest.mark.parametrize(("syntax", "marker", "offset"), LYING, ids=lambda value: str(value))
def test_a_codestream_that_claims_another_size_is_refused_before_decoding(
    syntax: UID, marker: bytes, offset: int | None
):
    extended = imagecodecs.jpeg8_encode(STORED, level=90, bitspersample=12)
    is_extended = syntax == JPEGExtended12Bit
    frame = bytearray(extended if is_extended else frame_of(STORED, 12, syntax))
    start = frame.index(marker)
    if offset is None:
        frame[start + 6 : start + 14] = (60_000).to_bytes(4, "big") * 2
    else:
        frame[start + offset : start + offset + 4] = (60_000).to_bytes(2, "big") * 2
    tracemalloc.start()
    with pytest.raises(CorruptImage, match="60000 x 60000"):
        decode_radiograph(with_frames(STORED, 12, syntax, bytes(frame)))
    assert tracemalloc.get_traced_memory()[1] < 50 << 20
    tracemalloc.stop()


def test_more_bits_or_samples_than_the_header_allots_are_refused():
    for cells, bits, syntax in ((STORED, 16, JPEGLSLossless), (STORED, 12, JPEG2000Lossless),
                                (np.stack([GREY] * 3, -1), 8, JPEGLosslessSV1)):  # fmt: skip
        data = with_frames(GREY, 8, syntax, frame_of(cells, bits, syntax))
        with pytest.raises(CorruptImage, match="the header says"):
            decode_radiograph(data)


def test_another_coding_than_the_transfer_syntax_says_is_refused_by_name():
    lossless, baseline = frame_of(GREY, 8, JPEGLosslessSV1), frame_of(GREY, 8, JPEGBaseline8Bit)
    progressive = picture_of(GREY, "JPEG", progressive=True)
    for syntax, frame, came in ((JPEGBaseline8Bit, lossless, "SOF3"),
                                (JPEGLosslessSV1, baseline, "SOF0"),
                                (JPEGExtended12Bit, progressive, "SOF2")):  # fmt: skip
        with pytest.raises(CorruptImage, match=came):
            decode_radiograph(with_frames(GREY, 8, syntax, frame))
    for syntax in (JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, RLELossless):
        with pytest.raises(CorruptImage):
            decode_radiograph(with_frames(GREY, 8, syntax, baseline))


def test_presets_that_overrule_a_jpeg_ls_header_are_refused():
    frame = frame_of(GREY, 8, JPEGLSLossless)
    start = frame.index(b"\xff\xda")
    for kind in (2, 3, 4):
        presets = b"\xff\xf8\x00\x0b" + bytes([kind]) + b"\xff" * 8
        with pytest.raises(CorruptImage):
            decode_radiograph(with_frames(GREY, 8, JPEGLSLossless,
                                          frame[:start] + presets + frame[start:]))  # fmt: skip


@pytest.mark.parametrize("syntax", COMPRESSED, ids=lambda syntax: syntax.name)
def test_a_frame_cut_short_is_damage(syntax: UID):
    dataset = dataset_of(STORED)
    file_of(dataset, syntax)
    frame = dataset.PixelData[-int.from_bytes(_last_length(dataset.PixelData), "little") :]
    for end in (b"", b"\xff\xd9"):
        if end and syntax in (JPEGLossless, JPEGLosslessSV1):
            continue  # nothing in it tells how long it should be
        with pytest.raises(CorruptImage):
            decode_radiograph(with_frames(STORED, 12, syntax, frame[: len(frame) // 2] + end))


def test_a_deflate_bomb_is_refused_in_bounded_memory():
    plain = dicom_of(STORED, syntax=DeflatedExplicitVRLittleEndian)
    start = plain.index(b"DICM") + 4
    while plain[start : start + 2] == b"\x02\x00":
        is_long = plain[start + 4 : start + 6] == b"OB"
        start += 14 if is_long else 8 + int.from_bytes(plain[start + 6 : start + 8], "little")
    packer = zlib.compressobj(9, wbits=-15)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(60)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(CorruptImage, match="200 times"):
        decode_radiograph(plain[:start] + bomb)
    with pytest.raises(TooManyPixels, match="deflated"):
        decode_radiograph(plain[:start] + bomb, Limits(max_pixels=1_000_000))
    assert tracemalloc.get_traced_memory()[1] < 200 << 20
    tracemalloc.stop()
    with pytest.raises(CorruptImage, match="cut short"):
        decode_radiograph(plain[: len(plain) * 2 // 3])
    with pytest.raises(InputError):
        decode_radiograph(plain[:start] + b"\xff" * 1000)


@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL", "YBR_FULL_422"])
def test_colour_in_jpeg_is_read_as_its_markers_or_else_its_header_say(photometric: str):
    tinted = np.stack([GREY, GREY, np.clip(GREY.astype(int) + 60, 0, 255)], -1).astype(np.uint8)
    as_stored = "RGB" if photometric == "RGB" else "YCBCR"
    frame = imagecodecs.jpeg8_encode(tinted, level=100, outcolorspace=as_stored)
    bare = _without_markers(frame)
    luma = tinted @ np.array([0.299, 0.587, 0.114])
    expected = (luma - luma.min()) / np.ptp(luma)
    capture = {"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
    for variant in (frame, bare):
        data = with_frames(tinted, 8, JPEGBaseline8Bit, variant, **capture,
                           PhotometricInterpretation=photometric)  # fmt: skip
        assert np.abs(decode_radiograph(data).pixels - expected).max() < 0.03


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, *COMPRESSED],
                         ids=lambda syntax: syntax.name)  # fmt: skip
def test_a_grey_secondary_capture_in_colour_is_read(syntax: UID):
    film = np.stack([GREY] * 3, -1)
    capture = {"Modality": "OT", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}
    pixels = decode_radiograph(dicom_of(film, 8, syntax, **capture)).pixels
    assert np.allclose(pixels, GREY / np.float32(255), atol=1e-6)


def test_one_bit_per_pixel_is_refused_by_name():
    with pytest.raises(UnsupportedFormat, match="Bits Allocated is 1"):
        decode_radiograph(dicom_of(GREY, 8, BitsAllocated=1, BitsStored=1, HighBit=0))


def test_thirty_two_bits_are_read():
    deep = STORED.astype(np.uint32) * 100_000
    assert np.allclose(decode_radiograph(dicom_of(deep, 32)).pixels,
                       STORED / np.float32(4095), atol=1e-5)  # fmt: skip


def _last_length(pixel_data: bytes) -> bytes:
    offset = 0
    while True:
        length = int.from_bytes(pixel_data[offset + 4 : offset + 8], "little")
        if offset + 8 + length >= len(pixel_data):
            return pixel_data[offset + 4 : offset + 8]
        offset += 8 + length


def _with_word(data: bytes, element: int, value: int) -> bytes:
    start = data.index(b"\x28\x00" + element.to_bytes(2, "little") + b"US") + 8
    return data[:start] + value.to_bytes(2, "little") + data[start + 2 :]


def _without_markers(jpeg: bytes) -> bytes:
    """Take out JFIF and Adobe, so that only the header tells the colour space."""
    for marker in (b"\xff\xe0", b"\xff\xee"):
        start = jpeg.find(marker)
        if start >= 0:
            length = int.from_bytes(jpeg[start + 2 : start + 4], "big")
            jpeg = jpeg[:start] + jpeg[start + 2 + length :]
    return jpeg
