"""Every way to store a film that is read, each with the same drawn chest in it."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import imagecodecs
import numpy as np
from PIL import Image
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    SecondaryCaptureImageStorage,
)

from tests.imaging.catalogue.kind import Encoding
from tests.imaging.catalogue.making import (
    GREY,
    body_of,
    encapsulated,
    film,
    head_of,
    rle_frame,
    with_text,
)
from tests.imaging.films import dataset_of, file_of, frame_of, picture_of, stored_chest

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.uid import UID

NATIVE, COMPRESSED, PICTURES = "DICOM, uncompressed", "DICOM, compressed", "Picture files"
_PYDICOM, _RLE = "pydicom", "imagecodecs"
_TURBO, _CHARLS, _OPENJPEG = "libjpeg-turbo", "CharLS", "OpenJPEG"
_PILLOW, _OPENCV, _LIBTIFF = "Pillow", "OpenCV (libpng)", "Pillow (libtiff)"
_CAPTURE = {"SOPClassUID": SecondaryCaptureImageStorage, "Modality": "OT"}
_JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
_NEAR_LOSSLESS = "1.2.840.10008.1.2.4.81"
_JPEG_2000_LOSSY = "1.2.840.10008.1.2.4.91"
_HTJ2K_LOSSY = "1.2.840.10008.1.2.4.203"
_DEEP = (8, 10, 12, 14, 15, 16)


def cells_of(bits: int) -> NDArray[Any]:
    """The chest over the full range of `bits`, in cells of one byte or two."""
    return stored_chest(bits).astype(np.uint8 if bits <= 8 else np.uint16)


def _dicom(bits: int, syntax: UID = ExplicitVRLittleEndian, **elements: object) -> bytes:
    return film(cells_of(bits), bits, syntax, **elements)


def _signed(bits: int, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    kind = "i1" if bits <= 8 else "i2"
    return film(
        (cells_of(bits).astype(np.int32) - (1 << (bits - 1))).astype(kind), bits, syntax
    )


def _shifted(bits: int) -> bytes:
    return film((cells_of(bits) << (16 - bits)).astype(np.uint16), bits, HighBit=15)


def _inverse(bits: int, syntax: UID = ExplicitVRLittleEndian, **elements: object) -> bytes:
    cells = ((1 << bits) - 1 - cells_of(bits)).astype(cells_of(bits).dtype)
    return film(cells, bits, syntax, PhotometricInterpretation="MONOCHROME1", **elements)


def _wide(bits: int) -> bytes:
    return file_of(dataset_of(cells_of(bits).astype(np.uint32), bits))


def _in_colour(bits: int) -> bytes:
    return film(_rgb(bits), bits, **_CAPTURE)


def _palette(bits: int) -> bytes:
    dataset = dataset_of(cells_of(bits), bits, PhotometricInterpretation="PALETTE COLOR")
    ramp = (np.arange(256) * 257).astype("<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", [256, 0, 16])
        dataset.add_new(f"{colour}PaletteColorLookupTableData", "OW", ramp)
    return file_of(dataset)


def _headless(bits: int) -> bytes:
    return body_of(_dicom(bits))


def _frames(bits: int, syntax: str, frame: bytes) -> bytes:
    return encapsulated(syntax, frame, head=head_of(_dicom(bits)))


def _extended(bits: int) -> bytes:
    frame = imagecodecs.jpeg8_encode(cells_of(bits), 100, bitspersample=bits)
    return _frames(bits, _JPEG_EXTENDED, frame)


def _near_lossless(bits: int) -> bytes:
    return _frames(bits, _NEAR_LOSSLESS, imagecodecs.jpegls_encode(cells_of(bits), level=2))


def _lossy_jpeg_2000(bits: int) -> bytes:
    frame = imagecodecs.jpeg2k_encode(cells_of(bits), codecformat="j2k", level=60,
                                      reversible=False, bitspersample=bits)  # fmt: skip
    return _frames(bits, _JPEG_2000_LOSSY, frame)


def _lossy_htj2k(bits: int) -> bytes:
    frame = imagecodecs.htj2k_encode(cells_of(bits), reversible=False, level=0.0001)
    return _frames(bits, _HTJ2K_LOSSY, frame)


def _baseline_colour(bits: int) -> bytes:
    head = head_of(film(_rgb(bits), bits, **_CAPTURE))
    head = with_text(head, "PhotometricInterpretation", "YBR_FULL_422")
    return encapsulated(JPEGBaseline8Bit, picture_of(_rgb(bits), "JPEG", quality=95), head=head)


def _fragments(bits: int) -> bytes:
    frame = frame_of(cells_of(bits), bits, JPEG2000Lossless)
    pieces = [frame[start : start + 1000] for start in range(0, len(frame), 1000)]
    return encapsulated(JPEG2000Lossless, *pieces, head=head_of(_dicom(bits)))


def _rle(bits: int) -> bytes:
    cells = cells_of(bits)
    planes = [(cells >> shift).astype(np.uint8).tobytes() for shift in (8, 0)]
    return _frames(bits, RLELossless, rle_frame(*planes[-cells.itemsize :]))


def _rgb(bits: int) -> NDArray[Any]:
    return np.repeat(cells_of(bits)[..., None], 3, axis=2)


def _picture(bits: int, kind: str, **options: object) -> bytes:
    return picture_of(cells_of(bits), kind, **options)


def _moded(bits: int, kind: str, mode: str, **options: object) -> bytes:
    image = Image.fromarray(cells_of(bits))
    image = image.convert("RGB").convert(mode) if mode == "CMYK" else image.convert(mode)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def _deep_png(bits: int, channels: int) -> bytes:
    grey = cells_of(bits)
    planes = [grey, grey, grey, np.full_like(grey, 65535)]
    return bytes(cv2.imencode(".png", np.stack(planes[:channels], axis=-1))[1])


def _lying_down(bits: int, kind: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 8
    return picture_of(np.rot90(cells_of(bits), -1), kind, exif=exif, quality=100)


def _deep_jpeg(bits: int, *, is_lossless: bool) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(cells_of(bits), 100, lossless=is_lossless,
                                          bitspersample=bits))  # fmt: skip


def _float_tiff(bits: int) -> bytes:
    return picture_of((GREY / np.float32((1 << bits) - 1)).astype(np.float32), "TIFF")


def _mpo(bits: int) -> bytes:
    other = Image.fromarray(255 - cells_of(bits))
    return _picture(bits, "MPO", quality=100, save_all=True, append_images=[other])


_NATIVE = (
    Encoding(NATIVE, "explicit VR little endian", _DEEP, _PYDICOM, _dicom),
    Encoding(NATIVE, "implicit VR little endian", _DEEP, _PYDICOM,
             partial(_dicom, syntax=ImplicitVRLittleEndian)),
    Encoding(NATIVE, "explicit VR big endian (retired)", _DEEP, _PYDICOM,
             partial(_dicom, syntax=ExplicitVRBigEndian)),
    Encoding(NATIVE, "deflated, inflated with a bound", _DEEP, _PYDICOM,
             partial(_dicom, syntax=DeflatedExplicitVRLittleEndian)),
    Encoding(NATIVE, "signed", _DEEP, _PYDICOM, _signed),
    Encoding(NATIVE, "High Bit 15, the value in the upper bits", (10, 12, 14), _PYDICOM,
             _shifted),
    Encoding(NATIVE, "MONOCHROME1", _DEEP, _PYDICOM, _inverse),
    Encoding(NATIVE, "cells of 32 bits", (12, 16), _PYDICOM, _wide),
    Encoding(NATIVE, "a secondary capture in RGB", (8,), _PYDICOM, _in_colour,
             noted="secondary capture"),
    Encoding(NATIVE, "a palette of 16 bits", (8,), _PYDICOM, _palette, within=1,
             noted="stored in colour"),
    Encoding(NATIVE, "neither preamble nor file header", (8, 12, 16), _PYDICOM, _headless),
)  # fmt: skip
_COMPRESSED = (
    Encoding(COMPRESSED, "RLE", _DEEP, _RLE, _rle),
    Encoding(COMPRESSED, "RLE, signed", (12, 16), _RLE, partial(_signed, syntax=RLELossless)),
    Encoding(COMPRESSED, "JPEG baseline (quality 100)", (8,), _TURBO,
             partial(_dicom, syntax=JPEGBaseline8Bit), within=3),
    Encoding(COMPRESSED, "JPEG baseline in colour, YBR_FULL_422 (quality 95)", (8,), _TURBO,
             _baseline_colour, within=10, noted="secondary capture"),
    Encoding(COMPRESSED, "JPEG extended (quality 100)", (8, 12), _TURBO, _extended, within=3),
    Encoding(COMPRESSED, "JPEG Lossless", (8, 10, 12, 16), _TURBO,
             partial(_dicom, syntax=JPEGLossless)),
    Encoding(COMPRESSED, "JPEG Lossless, first-order prediction", _DEEP, _TURBO,
             partial(_dicom, syntax=JPEGLosslessSV1)),
    Encoding(COMPRESSED, "JPEG-LS", _DEEP, _CHARLS, partial(_dicom, syntax=JPEGLSLossless)),
    Encoding(COMPRESSED, "JPEG-LS, signed", (12, 16), _CHARLS,
             partial(_signed, syntax=JPEGLSLossless)),
    Encoding(COMPRESSED, "JPEG-LS near-lossless (at most 2 greys off)", (8, 12), _CHARLS,
             _near_lossless, within=5),
    Encoding(COMPRESSED, "JPEG 2000 lossless", _DEEP, _OPENJPEG,
             partial(_dicom, syntax=JPEG2000Lossless)),
    Encoding(COMPRESSED, "JPEG 2000 lossless, signed", (12, 16), _OPENJPEG,
             partial(_signed, syntax=JPEG2000Lossless)),
    Encoding(COMPRESSED, "JPEG 2000 lossless, MONOCHROME1, a CR", (12, 15), _OPENJPEG,
             partial(_inverse, syntax=JPEG2000Lossless, Modality="CR",
                     SOPClassUID=ComputedRadiographyImageStorage)),
    Encoding(COMPRESSED, "JPEG 2000 lossless, in many fragments", (12,), _OPENJPEG,
             _fragments),
    Encoding(COMPRESSED, "JPEG 2000 (60 dB)", (8, 12), _OPENJPEG, _lossy_jpeg_2000, within=3),
    Encoding(COMPRESSED, "HTJ2K lossless", (8, 12, 16), _OPENJPEG,
             partial(_dicom, syntax=HTJ2KLossless)),
    Encoding(COMPRESSED, "HTJ2K lossless, RPCL", (8, 12, 16), _OPENJPEG,
             partial(_dicom, syntax=HTJ2KLosslessRPCL)),
    Encoding(COMPRESSED, "HTJ2K", (8, 12), _OPENJPEG, _lossy_htj2k, within=3),
)  # fmt: skip
_IN_SIXTEEN = "read as"
_PICTURES = (
    Encoding(PICTURES, "PNG, grey", (8, 16), _PILLOW, partial(_picture, kind="PNG")),
    Encoding(PICTURES, "PNG, fewer bits in cells of 16", (10, 12, 14), _PILLOW,
             partial(_picture, kind="PNG"), noted=_IN_SIXTEEN),
    *(Encoding(PICTURES, f"PNG, {name}", (8,), _PILLOW, partial(_moded, kind="PNG", mode=mode))
      for name, mode in (("grey with alpha", "LA"), ("RGB", "RGB"), ("RGBA", "RGBA"),
                         ("palette", "P"))),
    Encoding(PICTURES, "PNG, RGB", (16,), _OPENCV, partial(_deep_png, channels=3)),
    Encoding(PICTURES, "PNG, RGBA", (16,), _OPENCV, partial(_deep_png, channels=4)),
    Encoding(PICTURES, "PNG, turned by EXIF", (8, 16), _PILLOW,
             partial(_lying_down, kind="PNG"), noted="EXIF orientation"),
    Encoding(PICTURES, "JPEG, grey (quality 100)", (8,), _PILLOW,
             partial(_picture, kind="JPEG", quality=100), within=3),
    Encoding(PICTURES, "JPEG, progressive (quality 100)", (8,), _PILLOW,
             partial(_picture, kind="JPEG", quality=100, progressive=True), within=3),
    Encoding(PICTURES, "JPEG, RGB (quality 100)", (8,), _PILLOW,
             partial(_moded, kind="JPEG", mode="RGB", quality=100), within=3),
    Encoding(PICTURES, "JPEG, CMYK (quality 100)", (8,), _PILLOW,
             partial(_moded, kind="JPEG", mode="CMYK", quality=100), within=3),
    Encoding(PICTURES, "JPEG, turned by EXIF (quality 100)", (8,), _PILLOW,
             partial(_lying_down, kind="JPEG"), within=3, noted="EXIF orientation"),
    Encoding(PICTURES, "JPEG of a phone with pictures behind it (MPO), the first one", (8,),
             _PILLOW, _mpo, within=3),
    Encoding(PICTURES, "JPEG of 12 bits (quality 100)", (12,), _TURBO,
             partial(_deep_jpeg, is_lossless=False), within=3),
    Encoding(PICTURES, "JPEG Lossless", (10, 12, 16), _TURBO,
             partial(_deep_jpeg, is_lossless=True)),
    Encoding(PICTURES, "WebP, lossless", (8,), _PILLOW,
             partial(_picture, kind="WEBP", lossless=True)),
    Encoding(PICTURES, "WebP (quality 100)", (8,), _PILLOW,
             partial(_picture, kind="WEBP", quality=100), within=5),
    Encoding(PICTURES, "TIFF, grey", (8, 16), _PILLOW, partial(_picture, kind="TIFF")),
    Encoding(PICTURES, "TIFF, fewer bits in cells of 16", (10, 12, 14), _PILLOW,
             partial(_picture, kind="TIFF"), noted=_IN_SIXTEEN),
    *(Encoding(PICTURES, f"TIFF, {name}", (8, 16), _LIBTIFF,
               partial(_picture, kind="TIFF", compression=code))
      for name, code in (("LZW", "tiff_lzw"), ("deflate", "tiff_adobe_deflate"),
                         ("PackBits", "packbits"))),
    Encoding(PICTURES, "TIFF, fractions from 0 to 1", (8,), _PILLOW, _float_tiff),
    Encoding(PICTURES, "TIFF, CMYK", (8,), _PILLOW, partial(_moded, kind="TIFF", mode="CMYK"),
             within=1),
    Encoding(PICTURES, "BMP, grey", (8,), _PILLOW, partial(_picture, kind="BMP")),
    Encoding(PICTURES, "BMP, RGB", (8,), _PILLOW, partial(_moded, kind="BMP", mode="RGB")),
)  # fmt: skip
ENCODINGS = (*_NATIVE, *_COMPRESSED, *_PICTURES)
