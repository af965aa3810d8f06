"""The same film reads the same, whatever the header does to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from cxr_core.domain import Window
from cxr_core.errors import BlankImage, CorruptImage, NotARadiograph, UnsupportedFormat
from cxr_core.imaging.decode import decode_radiograph
from cxr_core.imaging.dicom_file import read_dicom_file
from cxr_core.imaging.remarks import Remarks
from cxr_core.imaging.stored_pixels import decode_cells, read_pixel_format, to_stored_values
from cxr_core.imaging.window import apply_window, read_windows, to_unit_range
from tests.imaging.films import (
    LOSSLESS,
    NATIVE,
    dataset_of,
    dicom_of,
    file_of,
    picture_of,
    stored_chest,
)

TOP = 4095
STORED = stored_chest()
UNIT = STORED.astype(np.float32) / np.float32(TOP)
FULL_WINDOW = {"WindowCenter": 2048, "WindowWidth": 4096}
QUANTUM_8_BIT = 0.5 / 255 + 0.5 / TOP + 1e-5


def pixels_of(data: bytes) -> np.ndarray:
    return decode_radiograph(data).pixels


def lut_item(entries: np.ndarray, first: int, bits: int) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "OW", entries.astype("<u2").tobytes())
    return item


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("elements", [{}, FULL_WINDOW], ids=["no window", "full window"])
def test_every_lossless_encoding_gives_the_same_film(syntax: UID, elements: dict):
    assert np.allclose(pixels_of(dicom_of(STORED, syntax=syntax, **elements)), UNIT, atol=1e-6)


def test_png_and_jpeg_and_eight_bits_agree_with_the_film():
    cells = stored_chest(8).astype(np.uint8)
    sixteen = stored_chest(16)
    files = [
        picture_of(cells),
        picture_of(sixteen),
        picture_of(cells, "TIFF"),
        picture_of(sixteen, "TIFF"),
        picture_of(cells, "BMP"),
        picture_of(cells, "WEBP", lossless=True),
        dicom_of(cells, 8),
        dicom_of(cells, 8, RLELossless),
        dicom_of(cells, 8, NATIVE[2]),
    ]
    for data in files:
        assert np.abs(pixels_of(data) - UNIT).max() < QUANTUM_8_BIT
    jpeg = pixels_of(dicom_of(cells, 8, JPEGBaseline8Bit))
    assert np.abs(jpeg - UNIT).max() < 0.02
    assert np.array_equal(
        pixels_of(picture_of(cells, "JPEG", quality=100)) * 255 > 128, jpeg * 255 > 128
    )


def test_bone_is_bright_whatever_the_polarity():
    inverted = dicom_of(
        (TOP - STORED).astype(np.uint16), PhotometricInterpretation="MONOCHROME1"
    )
    assert np.allclose(pixels_of(inverted), UNIT, atol=1e-6)


@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_polarity_follows_the_photometric_interpretation_alone(photometric: str, shape: str):
    cells = STORED if photometric == "MONOCHROME2" else (TOP - STORED).astype(np.uint16)
    data = dicom_of(cells, PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    radiograph = decode_radiograph(data)
    assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
    contradicts = (photometric == "MONOCHROME1") == (shape == "IDENTITY")
    assert ("polarity_contradiction" in radiograph.provenance.flags) == contradicts


@settings(max_examples=25)
@given(slope=st.floats(0.01, 50), intercept=st.floats(-5000, 5000))
def test_a_rescale_with_its_window_changes_nothing(slope: float, intercept: float):
    slope, intercept = float(f"{slope:.6g}"), float(f"{intercept:.6g}")
    data = dicom_of(
        STORED,
        RescaleSlope=f"{slope:.6g}",
        RescaleIntercept=f"{intercept:.6g}",
        WindowCenter=f"{TOP / 2 * slope + intercept:.9g}",
        WindowWidth=f"{TOP * slope:.9g}",
        VOILUTFunction="LINEAR_EXACT",
    )
    assert np.allclose(pixels_of(data), UNIT, atol=2e-3)


def test_a_slope_counts_without_an_intercept():
    data = dicom_of(STORED, RescaleSlope="-1", WindowCenter="-2047.5", WindowWidth="4096")
    assert np.allclose(pixels_of(data), 1 - UNIT, atol=1e-3)


def test_a_slope_of_zero_does_not_blacken_the_film():
    radiograph = decode_radiograph(dicom_of(STORED, RescaleSlope="0", RescaleIntercept="0"))
    assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
    assert any("Rescale Slope" in warning for warning in radiograph.provenance.warnings)


def test_overlay_bits_above_bits_stored_are_removed():
    overlay = np.zeros_like(STORED)
    overlay[20:40, 20:40] = 0x8000
    for syntax in (ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless):
        radiograph = decode_radiograph(dicom_of(STORED | overlay, syntax=syntax))
        assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
        assert any("Bits Stored" in warning for warning in radiograph.provenance.warnings)


def test_high_bit_says_where_the_value_lies():
    data = dicom_of((STORED << 4).astype(np.uint16), HighBit=15)
    assert np.allclose(pixels_of(data), UNIT, atol=1e-6)


@pytest.mark.parametrize("syntax", LOSSLESS, ids=lambda syntax: syntax.name)
def test_signed_values_read_like_unsigned_ones(syntax: UID):
    signed = STORED.astype(np.int16) - 2048
    radiograph = decode_radiograph(dicom_of(signed, syntax=syntax))
    assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
    assert not any("Bits Stored" in warning for warning in radiograph.provenance.warnings)


@pytest.mark.parametrize("padding", [0, 4095, 63536])
def test_padding_is_black_and_counts_in_no_statistics(padding: int):
    film = (STORED // 4 + 1000).astype(np.uint16)
    low, high = film[:, 20:].min(), film[:, 20:].max()
    film[:, :20] = padding
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        dataset = dataset_of(film, PhotometricInterpretation=photometric)
        dataset.add_new("PixelPaddingValue", "US", padding)
        pixels = pixels_of(file_of(dataset))
        assert not pixels[:, :20].any()
        expected = (film[:, 20:] - np.float32(low)) / np.float32(high - low)
        expected = expected if photometric == "MONOCHROME2" else 1 - expected
        assert np.allclose(pixels[:, 20:], expected, atol=1e-5)


def test_a_padding_range_reaches_to_its_limit():
    film = np.clip(STORED, 100, None).astype(np.uint16)
    film[:10] = np.arange(10)[:, None]
    dataset = dataset_of(film)
    dataset.add_new("PixelPaddingValue", "US", 0)
    dataset.add_new("PixelPaddingRangeLimit", "US", 9)
    pixels = pixels_of(file_of(dataset))
    assert not pixels[:10].any()
    assert pixels[10:].max() == 1.0


def test_a_modality_lut_and_a_voi_lut_are_applied():
    inverse = np.arange(TOP, -1, -1)
    for keyword in ("ModalityLUTSequence", "VOILUTSequence"):
        data = dicom_of(STORED, **{keyword: [lut_item(inverse, 0, 12)]})
        assert np.allclose(pixels_of(data), 1 - UNIT, atol=1e-6)


def test_values_outside_a_lut_take_its_ends():
    entries = np.arange(1000) * 4
    data = dicom_of(STORED, VOILUTSequence=[lut_item(entries, 1500, 12)])
    expected = np.clip(STORED.astype(float) - 1500, 0, 999) * 4 / TOP
    assert np.allclose(pixels_of(data), expected, atol=1e-6)


def test_a_broken_lut_is_ignored_with_a_warning():
    broken = lut_item(np.arange(10), 0, 12)
    broken.LUTDescriptor = [4096, 0, 12]
    for keyword in ("ModalityLUTSequence", "VOILUTSequence"):
        radiograph = decode_radiograph(dicom_of(STORED, **{keyword: [broken]}))
        assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
        assert any("LUT" in warning for warning in radiograph.provenance.warnings)


NONSENSE_WINDOWS = [
    (b"2048", b"0 "),
    (b"", b""),
    (b"abc ", b"10"),
    (b"2048", b"-5"),
    (b"1e400 ", b"4 "),
]


@pytest.mark.parametrize(("center", "width"), NONSENSE_WINDOWS)
def test_a_window_that_makes_no_sense_is_ignored_with_a_warning(center: bytes, width: bytes):
    dataset = dataset_of(STORED, WindowCenter="111111", WindowWidth="222222")
    data = file_of(dataset)
    data = _with_text(_with_text(data, b"111111", center), b"222222", width)
    radiograph = decode_radiograph(data)
    assert np.allclose(radiograph.pixels, UNIT, atol=1e-6)
    assert "window_missing" in radiograph.provenance.flags
    assert any("ignored" in warning for warning in radiograph.provenance.warnings)


def test_the_first_of_several_windows_counts():
    data = dicom_of(STORED, WindowCenter=[2048, 100], WindowWidth=[4096, 10])
    assert np.allclose(pixels_of(data), UNIT, atol=1e-6)


def test_all_windows_that_make_sense_are_offered_and_the_first_is_applied():
    dataset = dataset_of(
        STORED,
        WindowCenter=["2048", "1000", "50", "700"],
        WindowWidth=["4096", "500", "-3", "9"],
        WindowCenterWidthExplanation=["NORMAL", "Harder ", "BROKEN", "M\u00fcller, 3.5.1950"],
    )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    data = file_of(dataset)
    offered = (
        Window(2048.0, 4096.0, "LINEAR", "NORMAL"),
        Window(1000.0, 500.0, "LINEAR", "HARDER"),
        Window(700.0, 9.0, "LINEAR", ""),
    )
    file = read_dicom_file(data, 10**6)
    assert read_windows(file) == offered
    stored = to_stored_values(decode_cells(file, read_pixel_format(file)), file,
                              read_pixel_format(file))  # fmt: skip
    greys = to_unit_range(stored.values, stored, file, Remarks())
    assert np.array_equal(greys, apply_window(stored.values, 2048.0, 4096.0, "LINEAR"))


def test_a_voi_lut_goes_before_the_windows():
    table = lut_item(np.arange(TOP, -1, -1), 0, 12)
    data = dicom_of(STORED, VOILUTSequence=[table], WindowCenter=[2048, 1000],
                    WindowWidth=[4096, 500])  # fmt: skip
    file = read_dicom_file(data, 10**6)
    pixel_format = read_pixel_format(file)
    stored = to_stored_values(decode_cells(file, pixel_format), file, pixel_format)
    film = stored.show(to_unit_range(stored.values, stored, file, Remarks())).paint()
    assert np.allclose(film, 1 - UNIT, atol=1e-6)


@given(center=st.floats(-100, 300), width=st.floats(1.5, 500),
       function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]))  # fmt: skip
def test_a_window_never_reorders_greys(center: float, width: float, function: str):
    unit = apply_window(np.arange(-200, 400)[None], center, width, function)[0]
    assert (np.diff(unit) >= 0).all()
    assert unit.min() >= 0
    assert unit.max() <= 1


def test_window_functions_follow_the_standard():
    values = np.array([[0, 1024, 2048, 3072, 4095]])
    linear = ((values - 2047.5) / 4095 + 0.5).clip(0, 1)
    assert np.allclose(apply_window(values, 2048, 4096, "LINEAR"), linear, atol=1e-6)
    exact = ((values - 2048) / 4096 + 0.5).clip(0, 1)
    assert np.allclose(apply_window(values, 2048, 4096, "LINEAR_EXACT"), exact, atol=1e-6)
    sigmoid = 1 / (1 + np.exp(-4 * (values - 2048) / 4096))
    assert np.allclose(apply_window(values, 2048, 4096, "SIGMOID"), sigmoid, atol=1e-6)


def test_a_grey_film_saved_in_colour_is_read_and_a_photograph_is_not():
    grey = stored_chest(8).astype(np.uint8)
    film = np.repeat(grey[..., None], 3, axis=2)
    capture = {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT"}
    radiograph = decode_radiograph(dicom_of(film, 8, **capture))
    assert np.allclose(radiograph.pixels, grey / np.float32(255), atol=1e-6)
    assert any("secondary capture" in warning for warning in radiograph.provenance.warnings)
    noise = np.random.default_rng(0).integers(0, 256, film.shape).astype(np.uint8)
    with pytest.raises(NotARadiograph):
        decode_radiograph(dicom_of(noise, 8, **capture))


def test_a_film_with_a_palette_is_read():
    dataset = dataset_of(stored_chest(8).astype(np.uint8), 8)
    dataset.PhotometricInterpretation = "PALETTE COLOR"
    ramp = (np.arange(256) * 257).astype("<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        dataset.add_new(f"{colour}PaletteColorLookupTableData", "OW", ramp)
    assert np.abs(pixels_of(file_of(dataset)) - UNIT).max() < QUANTUM_8_BIT


def test_one_grey_level_is_a_blank_film():
    with pytest.raises(BlankImage):
        decode_radiograph(dicom_of(np.full((100, 100), 77, np.uint16)))


@pytest.mark.parametrize("elements", [{"BitsStored": 17}, {"HighBit": 3}, {"Rows": None},
                                      {"SamplesPerPixel": 3}, {"Rows": 4000}])  # fmt: skip
def test_a_header_that_contradicts_itself_is_damage(elements: dict):
    with pytest.raises(CorruptImage):
        decode_radiograph(dicom_of(STORED, **elements))


def test_unknown_colour_spaces_are_named():
    with pytest.raises(UnsupportedFormat, match="HSV"):
        decode_radiograph(dicom_of(STORED, PhotometricInterpretation="HSV"))


def test_provenance_describes_the_film_and_nobody():
    radiograph = decode_radiograph(dicom_of(STORED, PatientAge="018M", **FULL_WINDOW))
    provenance = radiograph.provenance
    assert (provenance.rows, provenance.columns, provenance.bits_stored) == (120, 100, 12)
    assert (provenance.format, provenance.view_position) == ("dicom", "PA")
    assert provenance.transfer_syntax == ExplicitVRLittleEndian
    assert provenance.patient_age_years == 1.5
    assert provenance.warnings == ()
    assert "ecret" not in repr(provenance)
    assert not radiograph.pixels.flags.writeable


def test_a_data_set_without_preamble_is_read_if_it_is_beyond_doubt_one():
    for syntax in NATIVE[:2]:
        data = dicom_of(STORED, syntax=syntax)
        headless = data[data.index(b"\x08\x00\x16\x00") :]
        assert np.allclose(pixels_of(headless), UNIT, atol=1e-6)
    assert np.allclose(pixels_of(data[132:]), UNIT, atol=1e-6)
    with pytest.raises(UnsupportedFormat):
        decode_radiograph(b"\x08\x00\x05\x00" + b"plain talk, nothing else" * 9)


def _with_text(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace a DS value by a text of six bytes or less."""
    return data.replace(old, new.ljust(6))
