"""DICOM files of a drawn film, in every encoding that is read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import dcmwrite
from pydicom.uid import (
    UID,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from numpy.typing import NDArray

NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)
LOSSLESS = (*NATIVE, RLELossless, JPEG2000Lossless)
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
    dataset.file_meta.TransferSyntaxUID = syntax if syntax in NATIVE else ExplicitVRLittleEndian
    if syntax == ExplicitVRBigEndian and dataset.BitsAllocated == 16:
        dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    if syntax == JPEGBaseline8Bit:
        _compress_jpeg(dataset)
    elif syntax == RLELossless:
        dataset.compress(syntax, encoding_plugin="pydicom", generate_instance_uid=False)
    elif syntax not in NATIVE:
        dataset.compress(syntax, encoding_plugin="pylibjpeg", generate_instance_uid=False)
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


def _compress_jpeg(dataset: Dataset) -> None:
    shape = (dataset.Rows, dataset.Columns)
    cells = np.frombuffer(dataset.PixelData, np.uint8).reshape(shape)
    dataset.PixelData = encapsulate([picture_of(cells, "JPEG", quality=100)])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
