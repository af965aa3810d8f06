"""Decode PNG, JPEG, WebP, TIFF and BMP. The content tells the file type, never the name.

Greys are mapped like those of a DICOM film without a window (`greys.py`), so that the same
film reads the same from either.
"""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import cv2
import imagecodecs
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cxr_core.errors import CorruptImage, MultiFrame, TooManyPixels
from cxr_core.imaging.border import DAMAGE, keep_quiet, translate_damage
from cxr_core.imaging.codestream import find_deep_jpeg
from cxr_core.imaging.colour import measure_colour_share
from cxr_core.imaging.foreign import refuse_foreign
from cxr_core.imaging.greys import UnpaintedFilm, spread_cells, spread_unit
from cxr_core.imaging.halves import decode_jpeg, decode_png, refuse_half_tiff

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray
    from cxr_core.imaging.codestream import Codestream

FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "TIFF": "tiff", "BMP": "bmp"}
DAMAGED = "The image is damaged or cut short. Export it again from where it came."
_OPENED_AS = FORMATS | {"MPO": "jpeg"}  # a JPEG with further pictures behind it
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0
_GREY_WITH_ALPHA = 4
_DEEP_PNG_COLOURS = {2, _GREY_WITH_ALPHA, 6}  # the others are RGB, without and with alpha
_ORIENTATION = 0x0112
_TRANSPOSED = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
               4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
               6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
               8: Image.Transpose.ROTATE_90}  # fmt: skip
_DEPTHS = (8, 10, 12, 14, 16)  # that detectors and digitisers have
_TURNED = "The film was turned upright as its EXIF orientation says."
_CUT = "A few greys far from all others (burnt-in marks, hot pixels) are cut off."
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_JPEG_END = b"\xff\xd9"
_EXIF_REACH = 1 << 16
_PNG_EXIF = (b"eXIf", b"Raw profile type exif", b"XML:com.adobe.xmp")
_JPEG_MODES: dict[str, Literal["GRAY", "RGB"]] = {"L": "GRAY", "RGB": "RGB"}  # not CMYK
_NO_FILM = UnpaintedFilm(np.zeros((0, 0), np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class RasterImage:
    """A decoded picture (rows, columns) and what the file said of itself.

    `colour_share` is the share of pixels in [0, 1] with a colour beyond a uniform tint.
    """

    film: UnpaintedFilm
    format: str
    bits_stored: int
    photometric_interpretation: str
    colour_share: float
    warnings: tuple[str, ...] = ()

    @property
    def pixels(self) -> FloatArray:
        """The film, float32 (rows, columns) in [0, 1], painted anew each time."""
        return self.film.paint()


def decode_raster(data: bytes, max_pixels: int) -> RasterImage:
    """Decode one still image at its full depth, upright as EXIF says.

    Raises
    ------
    UnsupportedFormat, CorruptImage, MultiFrame, TooManyPixels, DecoderFailed
    """
    with translate_damage(DAMAGED):
        claim = find_deep_jpeg(data)
        if claim is not None:
            return _decode_deep_jpeg(data, claim, max_pixels)
        return _decode_usual(data, max_pixels)


def _decode_usual(data: bytes, max_pixels: int) -> RasterImage:
    with _open(data, max_pixels) as image:
        kind = _OPENED_AS[str(image.format)]
        orientation = 1
        if kind != "png" or any(mark in data for mark in _PNG_EXIF):
            with keep_quiet():  # on damaged metadata Pillow warns and then reads on
                # A PNG is decoded for it, since it may follow the pixels.
                orientation = image.getexif().get(_ORIENTATION, 1)
        remarks = (_TURNED,) if orientation in _TRANSPOSED else ()
        loaded = _load(image, data, kind)
        if loaded is not image and remarks:
            loaded.getexif()[_ORIENTATION] = orientation
        return _decode_opened(loaded, data, kind, remarks)


def _load(image: Image.Image, data: bytes, kind: str) -> Image.Image:
    """Decode the pixels, all of them: Pillow alone takes half a film for a whole one."""
    cells = None
    if kind == "jpeg" and image.mode in _JPEG_MODES:
        cells = decode_jpeg(data, _JPEG_MODES[image.mode])
    elif kind == "png":
        cells = decode_png(data, image.mode)
    elif kind == "tiff":
        refuse_half_tiff(image)
    if cells is None:
        image.load()  # only now: it turns a TIFF upright, and its EXIF is gone
        return image
    return Image.fromarray(cells)


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Read the head of the file and refuse what it claims; no pixel is decoded yet."""
    with keep_quiet():  # Pillow warns of large images at a limit of its own
        try:
            image = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
        except UnidentifiedImageError as error:
            raise refuse_foreign(data) from error
        except Image.DecompressionBombError as error:
            raise TooManyPixels(
                f"The image claims far more than the {max_pixels // 1_000_000} megapixels "
                "that are read. Export the film at its native size."
            ) from error
        _refuse_oversize(image.width, image.height, max_pixels)
        _refuse_several_frames(image)
    return image


def _refuse_oversize(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise TooManyPixels(
            f"The image claims {width} x {height} pixels; at most "
            f"{max_pixels // 1_000_000} megapixels are read. Export it at its native size."
        )


def _refuse_several_frames(image: Image.Image) -> None:
    # What follows the first picture of an MPO is a preview or a depth map (CIPA DC-007).
    frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
    if frames > 1:
        raise MultiFrame(
            f"The {image.format} file holds {frames} pictures (pages, or an animation); "
            "expected one film. Upload each film by itself."
        )


def _decode_opened(
    image: Image.Image, data: bytes, kind: str, remarks: tuple[str, ...]
) -> RasterImage:
    if image.mode.startswith("I") or image.mode == "F":
        return _decode_deep(image, kind, remarks)
    if _is_deep_colour_png(image, data):
        return _decode_deep_colour(image, data, remarks)
    ImageOps.exif_transpose(image, in_place=True)  # in colour a copy is 300 MB at worst
    if image.mode == "1":
        film, _ = spread_cells(np.asarray(image.convert("L")), 255)
        return RasterImage(film, kind, 1, "MONOCHROME2", 0.0, remarks)
    photometric = "MONOCHROME2" if image.mode in {"L", "LA"} else "RGB"
    flat = _flatten(image)
    colour_share = 0.0
    if photometric == "RGB":
        flat = flat if flat.mode == "RGB" else flat.convert("RGB")
        colour_share = measure_colour_share(np.asarray(flat))
    film, is_cut = spread_cells(np.asarray(flat.convert("L")), 255)
    remarks = (*remarks, _CUT) if is_cut else remarks
    return RasterImage(film, kind, 8, photometric, colour_share, remarks)


def _decode_deep(image: Image.Image, kind: str, remarks: tuple[str, ...]) -> RasterImage:
    tags: Any = getattr(image, "tag_v2", {})
    is_float = image.mode == "F"
    bits = 32 if is_float else min(int(tags.get(_TIFF_BITS, (16,))[0]), 16)
    top = 1 if is_float else (1 << bits) - 1
    # Pillow inverts WhiteIsZero at 8 bits, not above.
    is_inverted = tags.get(_TIFF_PHOTOMETRIC, 1) == _WHITE_IS_ZERO
    values = np.asarray(ImageOps.exif_transpose(image))
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise CorruptImage(
            f"Grey levels lie outside 0 to {top}. Export the film as 8- or 16-bit greyscale."
        )
    if is_float:
        unit = values.astype(np.float32)
        greys, is_cut = spread_unit(np.float32(1.0) - unit if is_inverted else unit)
        film = UnpaintedFilm(greys)
    else:
        if bits == _DEPTHS[-1]:
            bits, remarks = _find_depth(float(values.max()), remarks)
        cells = values.astype(np.uint16)
        film, is_cut = spread_cells(cells, (1 << bits) - 1, is_inverted=is_inverted)
    remarks = (*remarks, _CUT) if is_cut else remarks
    return RasterImage(film, kind, bits, "MONOCHROME2", 0.0, remarks)


def _find_depth(highest: float, remarks: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """Return the bits that 16-bit cells really use, and the remarks with a word on it.

    >>> _find_depth(4000.0, ())[0]
    12
    """
    bits = next(depth for depth in _DEPTHS if highest < 1 << depth)
    if bits == _DEPTHS[-1]:
        return bits, remarks
    sentence = f"The file has 16 bits per pixel and uses {bits}; it is read as {bits}-bit."
    return bits, (*remarks, sentence)


def _is_deep_colour_png(image: Image.Image, data: bytes) -> bool:
    """Say whether a PNG has 16 bits and more than one channel: IHDR lies at a fixed place."""
    return image.format == "PNG" and data[24] == 16 and data[25] in _DEEP_PNG_COLOURS


def _decode_deep_colour(
    image: Image.Image, data: bytes, remarks: tuple[str, ...]
) -> RasterImage:
    """Read 16-bit colour with OpenCV, since Pillow keeps the upper 8 bits only."""
    # Pillow has loaded the image before: it raises on damage, OpenCV pads.
    how = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    cells = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    expected = (image.height, image.width)
    if cells is None or cells.dtype != np.uint16 or cells.shape[:2] != expected:
        raise CorruptImage(DAMAGED)
    if cells.ndim != 3 or cells.shape[2] not in {3, 4}:
        raise CorruptImage(DAMAGED)
    bits, remarks = _find_depth(float(cells[..., :3].max()), remarks)
    rgb = cells[..., 2::-1].astype(np.float32) / np.float32((1 << bits) - 1)
    if cells.shape[2] == 4:
        rgb *= cells[..., 3:].astype(np.float32) / np.float32(65535.0)  # laid on black
    orientation = image.getexif().get(_ORIENTATION, 1)
    photometric = "MONOCHROME2" if data[25] == _GREY_WITH_ALPHA else "RGB"
    return _reduce_colour(rgb, orientation, RasterImage(
        _NO_FILM, "png", bits, photometric, 0.0, remarks))  # fmt: skip


def _decode_deep_jpeg(data: bytes, claim: Codestream, max_pixels: int) -> RasterImage:
    """Read a JPEG of 9 to 16 bits, which Pillow does not."""
    _refuse_oversize(claim.columns, claim.rows, max_pixels)
    end = data.rfind(_JPEG_END)
    if end < 0:
        raise CorruptImage(DAMAGED)
    cells = np.asarray(imagecodecs.jpeg8_decode(data[: end + 2]))
    if cells.shape[:2] != (claim.rows, claim.columns) or claim.samples not in {1, 3}:
        raise CorruptImage(DAMAGED)
    orientation = _read_orientation(data)
    remarks = (_TURNED,) if orientation in _TRANSPOSED else ()
    unit = cells.astype(np.float32) / np.float32((1 << claim.precision) - 1)
    photometric = "MONOCHROME2" if claim.samples == 1 else "RGB"
    draft = RasterImage(_NO_FILM, "jpeg", claim.precision, photometric, 0.0, remarks)
    return _reduce_colour(unit, orientation, draft)


def _reduce_colour(unit: FloatArray, orientation: int, draft: RasterImage) -> RasterImage:
    """Fill in the pixels of a picture in [0, 1], grey or (rows, columns, 3) as RGB."""
    share = 0.0
    if unit.ndim == 3:
        share = measure_colour_share(np.rint(unit * 255.0).astype(np.uint8))
        unit = np.clip(unit @ _LUMA, 0.0, 1.0, dtype=np.float32)
    pixels, is_cut = spread_unit(unit)
    if orientation in _TRANSPOSED:
        turned = Image.fromarray(pixels).transpose(_TRANSPOSED[orientation])
        pixels = np.array(turned, dtype=np.float32)
    remarks = (*draft.warnings, _CUT) if is_cut else draft.warnings
    film = UnpaintedFilm(pixels)
    return replace(draft, film=film, colour_share=share, warnings=remarks)


def _read_orientation(jpeg: bytes) -> int:
    exif = Image.Exif()
    start = jpeg.find(b"Exif\x00\x00", 0, _EXIF_REACH)
    if start >= 0:
        with suppress(*DAMAGE), keep_quiet():
            exif.load(jpeg[start : start + _EXIF_REACH])
    return int(exif.get(_ORIENTATION, 1))


def _flatten(image: Image.Image) -> Image.Image:
    """Lay a picture with transparency on black, the colour of an empty viewer."""
    has_alpha = not {"A", "a"}.isdisjoint(image.getbands())
    if not has_alpha and "transparency" not in image.info:
        return image
    layered = image.convert("RGBA")
    if layered.getchannel("A").getextrema() == (255, 255):
        return layered.convert("RGB")
    ground = Image.new("RGBA", layered.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, layered).convert("RGB")
