"""The same film in any clothes: no encoding, depth, polarity or rescale changes the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian

from cxr_core.domain import FilmFile
from cxr_core.imaging.decode import Limits
from cxr_core.imaging.isolation.pool import ChildLimits, DecoderPool
from cxr_core.registry.catalogue import Catalogue
from cxr_core.use_cases.reading import ReadingService
from tests.imaging.films import LOSSLESS, dicom_of, picture_of
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydicom.uid import UID

BITS = 12
TOP = 4095
EQUAL, REQUANTISED = 1e-3, 0.02
GENERATED = 48


@dataclass(frozen=True, slots=True)
class Clothes:
    """How one file shows the film, and whether it has the film's own greys."""

    name: str
    data: bytes
    has_own_greys: bool


def film() -> np.ndarray:
    """A drawn film with the noise of a detector: 12 bits, all of them used."""
    chest = synthetic_chest(320, 280)
    noise = np.random.default_rng(3).normal(0.0, 0.01, chest.shape)
    shares = chest + noise
    shares = (shares - shares.min()) / (shares.max() - shares.min())
    return np.rint(shares * TOP).astype(np.uint16)


def pictures(cells: np.ndarray) -> Iterator[Clothes]:
    eight = np.rint(cells / TOP * 255).astype(np.uint8)
    for kind in ("PNG", "TIFF", "BMP"):
        yield Clothes(f"{kind} 8", picture_of(eight, kind), has_own_greys=False)
    for kind in ("PNG", "TIFF"):
        yield Clothes(f"{kind} 16", picture_of(cells * 16, kind), has_own_greys=True)
        yield Clothes(f"{kind} 12 of 16", picture_of(cells, kind), has_own_greys=True)
    yield Clothes("WebP", picture_of(eight, "WEBP", lossless=True), has_own_greys=False)


def generated(cells: np.ndarray, seed: int) -> Clothes:
    """Dress the film as a DICOM file with tags drawn from `seed`."""
    random = np.random.default_rng(seed)
    syntax: UID = LOSSLESS[seed % len(LOSSLESS)]
    bits = int(random.choice([8, 10, 12, 13, 14, 15, 16]))
    shown = (
        cells if bits >= BITS else np.rint(cells / TOP * ((1 << bits) - 1)).astype(np.uint16)
    )
    top = TOP if bits >= BITS else (1 << bits) - 1
    elements: dict[str, object] = {}
    if random.random() < 0.5:
        shown = (top - shown).astype(np.uint16)
        elements["PhotometricInterpretation"] = "MONOCHROME1"
    slope, intercept = 1.0, 0.0
    if random.random() < 0.6:
        slope, intercept = (
            float(random.choice([0.25, 0.5, 1.7, 3.0])),
            float(random.choice([-1024.0, 0.0, 37.5, 5000.0])),
        )
        elements |= {"RescaleSlope": f"{slope:g}", "RescaleIntercept": f"{intercept:g}"}
    if random.random() < 0.5:  # a window over all that is stored
        elements |= {"VOILUTFunction": "LINEAR_EXACT",
                     "WindowCenter": f"{intercept + slope * top / 2:.6g}",
                     "WindowWidth": f"{slope * top:.6g}"}  # fmt: skip
    stored = shown.astype(np.uint8) if bits == 8 else shown
    if bits == 16 and syntax == ExplicitVRLittleEndian:
        stored = stored.astype(np.int16)  # signed, all values positive
    name = f"{seed}: {syntax.name}, {bits} bits, {elements}"
    return Clothes(name, dicom_of(stored, bits, syntax, **elements), bits >= BITS)


@pytest.fixture(scope="module")
def reading(repository: Path) -> Iterator[ReadingService]:
    """The bundled versions, as the application serves them."""
    pool = DecoderPool(Limits(), ChildLimits(processes=1))
    yield ReadingService(Catalogue(repository / "models"), pool)
    pool.close()


def test_the_answer_is_the_same_in_any_clothes(reading: ReadingService) -> None:
    cells = film()
    plain = Clothes("plain", dicom_of(cells, BITS), has_own_greys=True)
    worn = [plain, *pictures(cells), *(generated(cells, seed) for seed in range(GENERATED))]
    files = [FilmFile(each.name, lambda each=each: each.data) for each in worn]
    readings = list(reading.read(files))
    assert [each.refusal for each in readings] == [None] * len(worn)
    expected = readings[0].predictions
    assert len(expected) == 2
    for clothes, found in zip(worn, readings, strict=True):
        bound = EQUAL if clothes.has_own_greys else REQUANTISED
        for one, other in zip(expected, found.predictions, strict=True):
            distance = np.abs(np.subtract(one.probabilities, other.probabilities)).max()
            assert distance < bound, (clothes.name, one.model.name, distance)
