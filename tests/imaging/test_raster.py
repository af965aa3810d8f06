"""Picture files keep their depth, their upright and their greys."""

from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from cxr_core.errors import CorruptImage, InputError, MultiFrame, UnsupportedFormat
from cxr_core.imaging.raster import RasterImage, decode_raster
from tests.imaging.films import picture_of, stored_chest

GREY = stored_chest(8).astype(np.uint8)
DEEP = stored_chest(16)
UNIT = GREY.astype(np.float32) / np.float32(255)


def decode(data: bytes) -> RasterImage:
    return decode_raster(data, 10**6)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def deep_png(cells: np.ndarray) -> bytes:
    return cv2.imencode(".png", cells)[1].tobytes()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_eight_bit_greys_are_exact(kind: str):
    picture = decode(picture_of(GREY, kind))
    assert np.array_equal(picture.pixels, UNIT)
    assert (picture.bits_stored, picture.photometric_interpretation) == (8, "MONOCHROME2")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK"])
def test_other_modes_of_a_grey_film_give_its_greys(mode: str):
    image = Image.fromarray(GREY)
    image = image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)
    picture = decode(saved(image, "TIFF"))
    assert np.abs(picture.pixels - UNIT).max() < 2 / 255
    assert picture.colour_share == 0.0


def test_sixteen_bits_keep_their_depth():
    for data in (picture_of(DEEP), picture_of(DEEP, "TIFF")):
        picture = decode(data)
        assert np.allclose(picture.pixels, DEEP / np.float32(65535), atol=1e-7)
        assert picture.bits_stored == 16


def test_sixteen_bit_colour_keeps_its_depth():
    faint = (DEEP // 16).astype(np.uint16)  # twelve bits in sixteen: eight would leave four
    for grey, bits in ((DEEP, 16), (faint, 12)):
        for cells in (np.repeat(grey[..., None], 3, axis=2), _with_alpha(grey)):
            picture = decode(deep_png(cells))
            assert np.allclose(picture.pixels, grey / np.float32((1 << bits) - 1), atol=1e-6)
            assert (picture.bits_stored, picture.colour_share) == (bits, 0.0)


def test_white_is_zero_means_inverted_at_any_depth():
    for cells, unit in ((GREY, UNIT), (DEEP, DEEP / np.float32(65535))):
        data = saved(Image.fromarray(cells), "TIFF", tiffinfo={262: 0})
        claimed = Image.open(io.BytesIO(data)).tag_v2[262]
        expected = unit if claimed == 1 else None
        pixels = decode(data).pixels
        # Pillow's writer may invert on its own account; what matters is that one file's two
        # readings, ours and the tag's, agree.
        if expected is None:
            raw = np.asarray(Image.open(io.BytesIO(data)))
            expected = (
                raw / np.float32(255) if cells.itemsize == 1 else 1 - raw / np.float32(65535)
            )
        assert np.allclose(pixels, expected, atol=1e-6)


def test_float_tiff_is_read_in_unit_range_only():
    assert np.allclose(decode(picture_of(UNIT, "TIFF")).pixels, UNIT)
    for wrong in (UNIT * 300, np.where(UNIT > 0.5, np.nan, UNIT).astype(np.float32)):
        with pytest.raises(CorruptImage):
            decode(picture_of(wrong.astype(np.float32), "TIFF"))


@pytest.mark.parametrize("cells", [GREY, DEEP], ids=["8 bit", "16 bit"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_a_turned_film_comes_out_upright(cells: np.ndarray, kind: str):
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = decode(saved(Image.fromarray(cells), kind, exif=exif))
    plain = decode(saved(Image.fromarray(cells), kind))
    assert np.array_equal(upright.pixels, np.rot90(plain.pixels, -1))
    assert upright.warnings
    assert not plain.warnings


def test_an_mpo_gives_its_first_picture_and_other_sequences_are_refused():
    def both(kind: str) -> bytes:
        other = Image.fromarray(255 - GREY)
        return saved(Image.fromarray(GREY), kind, save_all=True, append_images=[other])

    mpo = both("MPO")
    assert np.abs(decode(mpo).pixels - UNIT).mean() < 0.02
    for kind in ("TIFF", "PNG", "WEBP"):
        with pytest.raises(MultiFrame):
            decode(both(kind))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "BMP"])
def test_a_file_cut_short_is_damage(kind: str):
    data = picture_of(GREY, kind)
    for share in (0.3, 0.6, 0.9):
        with pytest.raises((CorruptImage, UnsupportedFormat)):
            decode(data[: int(len(data) * share)])


def test_a_deep_colour_file_cut_short_is_damage():
    data = deep_png(np.repeat(DEEP[..., None], 3, axis=2))
    with pytest.raises(InputError):
        decode(data[: len(data) // 2])


def _with_alpha(cells: np.ndarray) -> np.ndarray:
    opaque = np.full_like(cells, 65535)
    return np.stack([cells, cells, cells, opaque], axis=-1)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_fewer_bits_in_sixteen_are_scaled_by_what_they_are(bits: int, kind: str):
    cells = stored_chest(bits)
    picture = decode(picture_of(cells, kind))
    assert np.allclose(picture.pixels, cells / np.float32((1 << bits) - 1), atol=1e-6)
    assert picture.bits_stored == bits
    assert any(f"read as {bits}-bit" in warning for warning in picture.warnings)


def test_decoding_on_many_threads_leaves_the_warning_filters():
    before = list(warnings.filters)
    files = [picture_of(DEEP), picture_of(GREY, "TIFF"), picture_of(GREY, "JPEG"),
             picture_of(GREY, "WEBP")] * 100  # fmt: skip
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(decode, files))
    assert list(warnings.filters) == before
