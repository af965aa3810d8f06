"""DICOM files of a drawn film, in every encoding that is read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
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
)

from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from numpy.typing import NDArray

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
_HTJ2K = {HTJ2KLossless, HTJ2KLosslessRPCL}
COMPRESSED = (RLELossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless,
              HTJ2KLossless, HTJ2KLosslessRPCL)  # fmt: skip
LOSSLESS = (*NATIVE, DeflatedExplicitVRLittleEndian, *COMPRESSED)
CHEST = synthetic_chest(120, 100)


def stored_chest(bits: int = 12) -> NDArray[np.uint16]:
    """The drawn chest over the full range of `bits`."""
    top = (1 << bits) - 1
    film = (CHEST - CHEST.min()) / (CHEST.max() - CHEST.min())
    return np.rint(film * top).astype(np.uint16)


def dataset_of(cells: NDArray[np.generic], bits: int = 12, **elements: object) -> Dataset:
    """A DX of a chest whose cells are given; `elements` overrule, None takes one out."""
    dataset = Dataset()
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.Modality = "DX"
    dataset.PresentationIntentType = "FOR PRESENTATION"
    dataset.PatientName = "Secret^Name"
    dataset.PatientID = "SECRET-7"
    dataset.BodyPartExamined = "CHEST"
    dataset.ViewPosition = "PA"
    dataset.Rows, dataset.Columns = cells.shape[:2]
    dataset.SamplesPerPixel = 1 if cells.ndim == 2 else 3
    if cells.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = "MONOCHROME2" if cells.ndim == 2 else "RGB"
    dataset.BitsAllocated = cells.dtype.itemsize * 8
    dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(cells.dtype.kind == "i")
    dataset.PixelData = cells.tobytes()
    dataset["PixelData"].VR = "OW" if cells.dtype.itemsize > 1 else "OB"
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def file_of(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bytes:
    """Write a data set with native pixels as a file in `syntax`."""
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "1.2.3")
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax == ExplicitVRBigEndian and dataset.BitsAllocated == 16:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    if syntax == RLELossless:
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.compress(syntax, encoding_plugin="pydicom", generate_instance_uid=False)
    elif syntax not in (*NATIVE, DeflatedExplicitVRLittleEndian):
        encapsulate_in(dataset, frame_of(cells_of(dataset), dataset.HighBit + 1, syntax))
    stream = DicomBytesIO()
    dcmwrite(
        stream,
        dataset,
        implicit_vr=syntax == ImplicitVRLittleEndian,
        little_endian=syntax != ExplicitVRBigEndian,
        enforce_file_format=True,
    )
    return stream.getvalue()


def dicom_of(
    cells: NDArray[np.generic],
    bits: int = 12,
    syntax: UID = ExplicitVRLittleEndian,
    **elements: object,
) -> bytes:
    """`dataset_of` and `file_of` in one."""
    return file_of(dataset_of(cells, bits, **elements), syntax)


def picture_of(cells: NDArray[np.generic], kind: str = "PNG", **options: object) -> bytes:
    """Write an array as a picture file."""
    stream = io.BytesIO()
    Image.fromarray(cells).save(stream, kind, **options)
    return stream.getvalue()


def cells_of(dataset: Dataset) -> NDArray[np.generic]:
    """The native cells of a data set, as unsigned as its codestream will be."""
    kind = "i" if dataset.PixelRepresentation else "u"
    cells = np.frombuffer(dataset.PixelData, f"<{kind}{dataset.BitsAllocated // 8}")
    shape = (dataset.Rows, dataset.Columns, dataset.SamplesPerPixel)
    return cells.reshape(shape[: 2 if shape[2] == 1 else 3])


def frame_of(cells: NDArray[np.generic], bits: int, syntax: UID) -> bytes:
    """Encode cells losslessly (but for JPEG baseline) as one frame of a transfer syntax."""
    if syntax == JPEGBaseline8Bit:
        return picture_of(cells, "JPEG", quality=100)
    if syntax == JPEG2000Lossless:
        return imagecodecs.jpeg2k_encode(
            cells, codecformat="j2k", reversible=True, level=0, bitspersample=bits
        )
    if syntax in _HTJ2K:
        return imagecodecs.htj2k_encode(cells, reversible=True)
    unsigned = (cells.astype(np.int64) & ((1 << bits) - 1)).astype(f"u{cells.itemsize}")
    if syntax == JPEGLSLossless:
        return imagecodecs.jpegls_encode(unsigned)
    narrow = unsigned.astype(np.uint8 if bits <= 8 else np.uint16)
    colour = {"colorspace": "RGB", "outcolorspace": "RGB"} if cells.ndim == 3 else {}
    return imagecodecs.jpeg8_encode(narrow, lossless=True, bitspersample=bits, **colour)


def encapsulate_in(dataset: Dataset, *fragments: bytes, has_offsets: bool = True) -> None:
    """Make fragments the one frame of a data set."""
    padded = [part + bytes(len(part) % 2) for part in fragments]
    dataset.PixelData = _items(padded, has_offsets=has_offsets)
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def _items(parts: list[bytes], *, has_offsets: bool) -> bytes:
    table = bytes(4) if has_offsets else b""
    return b"".join(
        b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part for part in (table, *parts)
    )
