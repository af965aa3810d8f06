"""Decode PNG, JPEG, WebP, TIFF and BMP. The content tells the file type, never the name."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from cxr_core.errors import CorruptImage, MultiFrame, TooManyPixels, UnsupportedFormat
from cxr_core.imaging.border import keep_quiet, translate_damage
from cxr_core.imaging.colour import measure_colour_share

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray

FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "TIFF": "tiff", "BMP": "bmp"}
DAMAGED = "The image is damaged or cut short. Export it again from where it came."
_OPENED_AS = FORMATS | {"MPO": "jpeg"}  # a JPEG with further pictures behind it
_TIFF_BITS, _TIFF_PHOTOMETRIC = 258, 262
_WHITE_IS_ZERO = 0
_GREY_WITH_ALPHA = 4
_DEEP_PNG_COLOURS = {2, _GREY_WITH_ALPHA, 6}  # the others are RGB, without and with alpha
_ORIENTATION = 0x0112
_DEPTHS = (8, 10, 12, 14, 16)  # that detectors and digitisers have
_TURNED = "The film was turned upright as its EXIF orientation says."
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class RasterImage:
    """A decoded picture: float32 (rows, columns) in [0, 1] and what the file said of itself.

    `colour_share` is the share of pixels in [0, 1] with a colour beyond a uniform tint.
    """

    pixels: FloatArray
    format: str
    bits_stored: int
    photometric_interpretation: str
    colour_share: float
    warnings: tuple[str, ...] = ()


def decode_raster(data: bytes, max_pixels: int) -> RasterImage:
    """Decode one still image, 16-bit PNG and TIFF at their full depth, upright as EXIF says.

    Raises
    ------
    UnsupportedFormat, CorruptImage, MultiFrame, TooManyPixels, DecoderFailed
    """
    with translate_damage(DAMAGED), _open(data, max_pixels) as image:
        if image.format == "PNG":
            image.load()  # its EXIF may follow the pixels
        with keep_quiet():  # on damaged metadata Pillow warns and then reads on
            is_turned = image.getexif().get(_ORIENTATION, 1) in range(2, 9)
        image.load()  # only now: it turns a TIFF upright, and its EXIF is gone
        return _decode_opened(image, data, (_TURNED,) if is_turned else ())


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Read the head of the file and refuse what it claims; no pixel is decoded yet."""
    with keep_quiet():  # Pillow warns of large images at a limit of its own
        try:
            image = Image.open(io.BytesIO(data), formats=tuple(FORMATS))
        except UnidentifiedImageError as error:
            raise UnsupportedFormat(
                "The content is not PNG, JPEG, WebP, TIFF, BMP or DICOM. "
                "Upload the radiograph as one of these."
            ) from error
        except Image.DecompressionBombError as error:
            raise TooManyPixels(
                f"The image claims far more than the {max_pixels // 1_000_000} megapixels "
                "that are read. Export the film at its native size."
            ) from error
        _refuse_oversize(image, max_pixels)
        _refuse_several_frames(image)
    return image


def _refuse_oversize(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise TooManyPixels(
            f"The image claims {image.width} x {image.height} pixels; at most "
            f"{max_pixels // 1_000_000} megapixels are read. Export it at its native size."
        )


def _refuse_several_frames(image: Image.Image) -> None:
    # What follows the first picture of an MPO is a preview or a depth map (CIPA DC-007).
    frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
    if frames > 1:
        raise MultiFrame(
            f"The file holds {frames} images; expected one film. Upload each film by itself."
        )


def _decode_opened(image: Image.Image, data: bytes, remarks: tuple[str, ...]) -> RasterImage:
    kind = _OPENED_AS[str(image.format)]
    if image.mode.startswith("I") or image.mode == "F":
        return _decode_deep(image, kind, remarks)
    if _is_deep_colour_png(image, data):
        return _decode_deep_colour(image, data, remarks)
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "1":
        pixels = _as_unit(np.asarray(upright.convert("L")))
        return RasterImage(pixels, kind, 1, "MONOCHROME2", 0.0, remarks)
    grey = upright.mode in {"L", "LA"}
    colour_share = 0.0
    if not grey:
        colour_share = measure_colour_share(np.asarray(_flatten(upright).convert("RGB")))
    pixels = _as_unit(np.asarray(_flatten(upright).convert("L")))
    photometric = "MONOCHROME2" if grey else "RGB"
    return RasterImage(pixels, kind, 8, photometric, colour_share, remarks)


def _decode_deep(image: Image.Image, kind: str, remarks: tuple[str, ...]) -> RasterImage:
    tags: Any = getattr(image, "tag_v2", {})
    bits = 32 if image.mode == "F" else min(int(tags.get(_TIFF_BITS, (16,))[0]), 16)
    top = 1.0 if image.mode == "F" else float((1 << bits) - 1)
    is_inverted = tags.get(_TIFF_PHOTOMETRIC, 1) == _WHITE_IS_ZERO
    values = np.asarray(ImageOps.exif_transpose(image)).astype(np.float32)
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > top:
        raise CorruptImage(
            f"Grey levels lie outside 0 to {top:g}. Export the film as 8- or 16-bit greyscale."
        )
    if bits == _DEPTHS[-1]:
        bits, remarks = _find_depth(float(values.max()), remarks)
        top = float((1 << bits) - 1)
    pixels = np.asarray(values / np.float32(top), dtype=np.float32)
    if is_inverted:  # Pillow inverts WhiteIsZero at 8 bits, not at 16
        pixels = np.float32(1.0) - pixels
    return RasterImage(pixels, kind, bits, "MONOCHROME2", 0.0, remarks)


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
        rgb = rgb * (cells[..., 3:].astype(np.float32) / np.float32(65535.0))  # laid on black
    share = measure_colour_share(np.rint(rgb * 255.0).astype(np.uint8))
    grey = Image.fromarray(np.clip(rgb @ _LUMA, 0.0, 1.0, dtype=np.float32))
    grey.getexif()[_ORIENTATION] = image.getexif().get(_ORIENTATION, 1)
    pixels = np.array(ImageOps.exif_transpose(grey), dtype=np.float32)
    photometric = "MONOCHROME2" if data[25] == _GREY_WITH_ALPHA else "RGB"
    return RasterImage(pixels, "png", bits, photometric, share, remarks)


def _flatten(image: Image.Image) -> Image.Image:
    """Lay a picture with transparency on black, the colour of an empty viewer."""
    has_alpha = not {"A", "a"}.isdisjoint(image.getbands())
    if not has_alpha and "transparency" not in image.info:
        return image
    layered = image.convert("RGBA")
    ground = Image.new("RGBA", layered.size, (0, 0, 0, 255))
    return Image.alpha_composite(ground, layered).convert("RGB")


def _as_unit(values: NDArray[np.uint8]) -> FloatArray:
    return np.asarray(values, dtype=np.float32) / np.float32(255.0)
