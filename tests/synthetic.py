"""Chest films that belong to nobody, drawn with NumPy, and the files they come in.

Not anatomy for a network to learn from, only something that looks like a film: for tests that
need a frontal chest, and for pictures in the documentation, where a patient's never stand.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

_MIDLINE = 0.5
_RIBS = 9


def synthetic_chest(rows: int = 512, columns: int = 448, seed: int = 0) -> Plane:
    """Draw a frontal chest, float32 (rows, columns) in [0, 1], dense tissue bright.

    The same seed gives the same film at any size, but for its grain; another seed gives another
    build: wider lungs, a larger heart, a denser patch in one lung for odd seeds.
    """
    person = np.random.default_rng([seed, 1])
    grain = np.random.default_rng([seed, 2])
    y, x = np.meshgrid(_unit(rows), _unit(columns), indexing="ij")
    reach = np.abs(x - _MIDLINE)
    breadth = person.uniform(0.92, 1.06)

    body = _inside(0.475 - 0.20 * np.exp(-((y / 0.11) ** 2)) - 0.03 * y, reach, 0.012)
    film = 0.46 + 0.10 * y + 0.10 * (1 - (reach / 0.5) ** 2)
    lungs = _lungs(x, y, breadth, person)
    film -= 0.41 * lungs
    film += _vessels(reach, y, person) * lungs
    film += 0.27 * _heart(x, y, person.uniform(0.9, 1.12)) * (0.35 + 0.65 * lungs)
    film += 0.16 * _ellipse(x - 0.555, y - 0.34, 0.04, 0.05, 0.008) * lungs  # the aortic knob
    film += 0.16 * np.exp(-((reach / 0.05) ** 2)) * (1 - 0.25 * _vertebrae(y))
    film -= 0.10 * np.exp(-((reach / 0.014) ** 2)) * _inside(0.36, y, 0.03)  # the windpipe
    film += _ribs(reach, y, breadth) * (0.35 + 0.65 * lungs)
    film += 0.13 * _clavicle(reach, y)
    if seed % 2:
        side = person.choice([-1.0, 1.0])
        middle = person.uniform(0.45, 0.62)
        patch = _ellipse(x - _MIDLINE - side * 0.23, y - middle, 0.09, 0.085, 0.045)
        film += 0.22 * patch * lungs
    film = film * body + 0.02
    film += grain.normal(0.0, 0.012, film.shape) * (0.3 + film)
    return np.clip(film, 0.0, 1.0).astype(np.float32)


def png_bytes(pixels: Plane, bits: int = 8) -> bytes:
    """Encode a film as a greyscale PNG of 8 or 16 bits."""
    stored = np.rint(pixels * (2**bits - 1)).astype(np.uint8 if bits == 8 else np.uint16)
    file = io.BytesIO()
    Image.fromarray(stored).save(file, "PNG")
    return file.getvalue()


def dicom_bytes(pixels: Plane, bits: int = 12, *, is_inverted: bool = False) -> bytes:
    """Encode a film as an uncompressed CR, chest PA; MONOCHROME1 if inverted."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["synthetic"])
    dataset.SOPClassUID = ComputedRadiographyImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.StudyInstanceUID = generate_uid(entropy_srcs=["synthetic study"])
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=["synthetic series"])
    dataset.PatientName, dataset.PatientID = "Synthetic^Film", "SYNTHETIC"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.SamplesPerPixel, dataset.PixelRepresentation = 1, 0
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, bits, bits - 1
    dataset.PhotometricInterpretation = "MONOCHROME1" if is_inverted else "MONOCHROME2"
    shown = 1.0 - pixels if is_inverted else pixels
    dataset.PixelData = np.rint(shown * (2**bits - 1)).astype("<u2").tobytes()
    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()


def _unit(count: int) -> Plane:
    return ((np.arange(count) + 0.5) / count).astype(np.float32)


def _inside(limit: Plane | float, value: Plane, softness: float) -> Plane:
    """1 where `value` is below `limit`, 0 above, with a soft edge."""
    return 1.0 / (1.0 + np.exp(np.clip((value - limit) / softness, -30, 30)))


def _ellipse(x: Plane, y: Plane, width: float, height: float, softness: float) -> Plane:
    distance = np.hypot(x / width, y / height)
    return _inside(1.0, distance, softness / min(width, height))


def _lungs(x: Plane, y: Plane, breadth: float, person: np.random.Generator) -> Plane:
    both = np.zeros_like(x)
    for side in (-1.0, 1.0):
        centre = _MIDLINE + side * 0.205 * breadth
        tall = np.clip((y - 0.10) / 0.75, 0, 1)
        half = 0.135 * breadth * np.sin(np.pi * np.clip(tall, 0, 0.62) / 1.24) ** 0.55
        shift = side * (-0.045 + 0.05 * tall)
        lung = _inside(half, np.abs(x - centre - shift), 0.012) * _inside(-0.11, -y, 0.012)
        dome = 0.83 - 0.02 * side + 1.4 * (x - centre - side * 0.01) ** 2
        dome += 0.008 * person.normal()
        both += lung * _inside(dome - 0.03, y, 0.008)
    return np.clip(both, 0, 1)


def _heart(x: Plane, y: Plane, size: float) -> Plane:
    left = _ellipse(x - 0.565, y - 0.665, 0.135 * size, 0.17, 0.012)
    right = _ellipse(x - 0.465, y - 0.66, 0.085 * size, 0.15, 0.012)
    return np.maximum(left, right)


def _vessels(reach: Plane, y: Plane, person: np.random.Generator) -> Plane:
    """Branches that leave the hilum, thinner and fainter as they go."""
    along = np.hypot(reach - 0.07, y - 0.47)
    angle = np.arctan2(y - 0.47, reach - 0.07)
    vessels = 0.8 * np.exp(-((along / 0.045) ** 2))
    for direction in np.linspace(-1.35, 1.45, 9):
        course = direction + person.normal(0, 0.08) + person.normal(0, 0.9) * along
        width = 0.011 * np.exp(-along / 0.25)
        vessels += 0.55 * np.exp(-(((angle - course) * along / width) ** 2) - along / 0.16)
    return 0.20 * np.clip(vessels, 0, 1)


def _vertebrae(y: Plane) -> Plane:
    return 0.5 + 0.5 * np.cos(2 * np.pi * y * 15)


def _ribs(reach: Plane, y: Plane, breadth: float) -> Plane:
    """Arcs that fall from the spine outwards, each with a bright lower edge."""
    bones = np.zeros_like(y)
    for number in range(_RIBS):
        start = 0.135 + 0.066 * number
        outward = reach / (0.36 * breadth)
        arch = 0.05 * np.sin(np.pi * np.clip(outward, 0, 1))
        middle = start + 0.02 - arch + 0.09 * outward**2.2
        away = (y - middle) / 0.0125
        band = np.exp(-(away**4)) * (0.75 + 0.25 * np.clip(away, -1, 1))
        bones += band * _inside(0.385 * breadth, reach, 0.01) * _inside(-0.03, -reach, 0.01)
    return 0.085 * np.clip(bones, 0, 1.2)


def _clavicle(reach: Plane, y: Plane) -> Plane:
    middle = 0.175 - 0.16 * (reach - 0.03) + 0.012 * np.sin(reach * 18)
    return np.exp(-(((y - middle) / 0.013) ** 4)) * _inside(-0.035, -reach, 0.006)
