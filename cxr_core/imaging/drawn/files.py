"""Drawn films as files: a DICOM of 12 bits and a PNG of 16, so that both ways in are seen."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    generate_uid,
)

from cxr_core.imaging.drawn.chest import draw_chest
from cxr_core.imaging.synthetic import MAKER, TEXT_CHUNK

if TYPE_CHECKING:
    from cxr_core.domain import FloatArray

_BITS = 12
_TOP = (1 << _BITS) - 1
_PNG_HEAD = 33  # bytes: the signature and IHDR, which comes first
_SPACING_MM = 0.24
_WINDOWS = ((2048, 4096, "NORMAL"), (1300, 2600, "LUNG"))
_EMPTY = (
    *("PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID"),
    *("AccessionNumber", "ReferringPhysicianName", "SeriesNumber", "DetectorType"),
    *("PositionerType", "AcquisitionContextSequence"),
)


def draw_samples() -> dict[str, bytes]:
    """Draw a clear chest and one with soft patches on both sides, each as a file by its name.

    The same bytes at every call.
    """
    return {
        "synthetic-clear.dcm": encode_dicom(draw_chest(seed=1)),
        "synthetic-hazy.png": encode_png(draw_chest(seed=2, is_hazy=True)),
    }


def encode_png(film: FloatArray) -> bytes:
    """Encode float32 (rows, columns) in [0, 1] as a grey 16-bit PNG that says it is drawn."""
    cells = np.rint(film * _TOP).astype(np.uint16) << (16 - _BITS)
    _, encoded = cv2.imencode(".png", cells)
    file = encoded.tobytes()
    told = b"tEXt" + TEXT_CHUNK
    chunk = struct.pack(f">I{len(told)}sI", len(TEXT_CHUNK), told, zlib.crc32(told))
    return file[:_PNG_HEAD] + chunk + file[_PNG_HEAD:]


def encode_dicom(film: FloatArray) -> bytes:
    """Encode float32 (rows, columns) in [0, 1] as a DX for presentation, chest PA.

    Notes
    -----
    PS3.3 A.26 says what a DX holds; Synthetic Data is of the SOP Common Module (C.12.1.1).
    """
    dataset = _header(film.shape)
    dataset.PixelData = np.rint(film * _TOP).astype("<u2").tobytes()
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _header(shape: tuple[int, ...]) -> Dataset:
    dataset = Dataset()
    for keyword in _EMPTY:  # elements that must be there, and may be empty
        setattr(dataset, keyword, [] if keyword.endswith("Sequence") else "")
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    for level in ("SOPInstance", "SeriesInstance", "StudyInstance"):
        uid = generate_uid(entropy_srcs=["CXR Triage, synthetic film", level])
        setattr(dataset, f"{level}UID", uid)
    dataset.SyntheticData, dataset.Manufacturer = "YES", MAKER
    dataset.PatientName = "SYNTHETIC"
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.Modality, dataset.PresentationIntentType = "DX", "FOR PRESENTATION"
    dataset.BodyPartExamined, dataset.ViewPosition = "CHEST", "PA"
    dataset.ImageLaterality, dataset.PatientOrientation = "U", ["L", "F"]
    dataset.BurnedInAnnotation, dataset.LossyImageCompression = "NO", "00"
    dataset.InstanceNumber = "1"
    _describe_pixels(dataset, shape)
    return dataset


def _describe_pixels(dataset: Dataset, shape: tuple[int, ...]) -> None:
    dataset.Rows, dataset.Columns = shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, _BITS, _BITS - 1
    dataset.PhotometricInterpretation, dataset.PresentationLUTShape = "MONOCHROME2", "IDENTITY"
    dataset.PixelIntensityRelationship, dataset.PixelIntensityRelationshipSign = "LOG", -1
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = "0", "1", "US"
    dataset.PixelSpacing = dataset.ImagerPixelSpacing = [_SPACING_MM, _SPACING_MM]
    centers, widths, names = zip(*_WINDOWS, strict=True)
    dataset.WindowCenter, dataset.WindowWidth = list(centers), list(widths)
    dataset.WindowCenterWidthExplanation = list(names)
