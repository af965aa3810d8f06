"""From stored values to what the device meant to show: modality, then value of interest.

PS3.3 C.11.1 and C.11.2. Whatever a header says wrongly here is ignored with a remark, since
the film itself is sound; pixels come out in [0, 1], polarity not yet applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cxr_core.errors import BlankImage
from cxr_core.imaging.dicom_file import DicomFile, numbers, sequence_items

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from cxr_core.domain import FloatArray
    from cxr_core.imaging.remarks import Remarks
    from cxr_core.imaging.stored_pixels import StoredPixels

Values: TypeAlias = "NDArray[np.signedinteger[Any]] | NDArray[np.float32]"

NO_WINDOW_FLAG = "window_missing"
_LEAST_WIDTH = {"LINEAR": 1.0, "LINEAR_EXACT": 0.0, "SIGMOID": 0.0}
_INNER_PERCENTILES = (0.5, 99.5)
_LEAST_INNER_SHARE = 0.5  # of the full range; below, hot pixels or burnt-in marks set it
_LEAST_INNER_LEVELS, _LEAST_INNER_CONTRAST = 64, 0.04  # below, a blank film and its noise
_SAMPLED_PIXELS = 1_000_000
_SIGMOID_REACH = 60.0  # exp of more is 0 or overflows float32


@dataclass(frozen=True, slots=True, eq=False)
class Lut:
    """A look-up table: entry 0 belongs to `first`, results reach from 0 to `top`."""

    first: int
    entries: NDArray[np.float32]
    top: float


def to_modality_values(stored: StoredPixels, file: DicomFile, remarks: Remarks) -> Values:
    """Apply the Modality LUT or the rescale (PS3.3 C.11.1.1), float32 or as stored.

    A slope without an intercept counts; a slope of 0, which would erase the film, does not.
    """
    items = sequence_items(file.dataset, "ModalityLUTSequence")
    if items:
        lut = _read_lut(items[0], is_little_endian=_is_little_endian(file))
        if lut is not None:
            return _look_up(stored.values, lut)
        remarks.add("(0028,3000) Modality LUT Sequence is unreadable; it is ignored.")
    slope = _first_number(file, "RescaleSlope", 1.0, remarks)
    intercept = _first_number(file, "RescaleIntercept", 0.0, remarks)
    if slope == 0.0:
        remarks.add("(0028,1053) Rescale Slope is 0; it is treated as 1.")
        slope = 1.0
    if (slope, intercept) == (1.0, 0.0):
        return stored.values
    # float64 on the way: an intercept may be far larger than the contrast that matters.
    return (stored.values * np.float64(slope) + intercept).astype(np.float32)


def to_unit_range(
    values: Values, stored: StoredPixels, file: DicomFile, remarks: Remarks
) -> FloatArray:
    """Apply the VOI LUT, else the first window, else the full range of what is not padding.

    Parameters
    ----------
    values
        Modality values (rows, columns).

    Returns
    -------
    float32 (rows, columns) in [0, 1], as the header's polarity has it.

    Raises
    ------
    BlankImage
        No window, and only one grey level (or nothing but padding).

    Notes
    -----
    PS3.3 C.11.2.1.1 (VOI LUT) and C.11.2.1.2 (window).
    """
    items = sequence_items(file.dataset, "VOILUTSequence")
    if items:
        lut = _read_lut(items[0], is_little_endian=_is_little_endian(file))
        if lut is not None:
            return _look_up(values, lut) / np.float32(lut.top)
        remarks.add("(0028,3010) VOI LUT Sequence is unreadable; it is ignored.")
    window = _read_window(file, remarks)
    if window is not None:
        return apply_window(values, *window)
    return _full_range(values, stored, remarks)


def apply_window(values: Values, center: float, width: float, function: str) -> FloatArray:
    """Apply a window (PS3.3 C.11.2.1.2.1, C.11.2.1.3), giving float32 in [0, 1].

    >>> apply_window(np.array([[0, 1, 2]]), 1.5, 3.0, "LINEAR").tolist()
    [[0.0, 0.5, 1.0]]
    """
    if function == "SIGMOID":
        exponent = (np.asarray(values, dtype=np.float32) - np.float32(center)) * np.float32(
            -4.0 / width
        )
        np.clip(exponent, -_SIGMOID_REACH, _SIGMOID_REACH, out=exponent)
        return np.asarray(1.0 / (1.0 + np.exp(exponent)), dtype=np.float32)
    if function == "LINEAR":
        center, width = center - 0.5, width - 1.0
    if width <= 0.0:  # a LINEAR window of width 1 is a threshold
        return np.asarray(values > center, dtype=np.float32)
    unit = (np.asarray(values, dtype=np.float32) - np.float32(center)) / np.float32(width)
    return _clip_to_unit(unit + np.float32(0.5))


def _full_range(values: Values, stored: StoredPixels, remarks: Remarks) -> FloatArray:
    content = values[~stored.is_padding]
    if content.size == 0 or content.min() == content.max():
        raise BlankImage(
            "Every pixel has the same value; expected a film. Check that the exposure was sent."
        )
    inner = _find_inner_range(content)
    extent = "its full range" if inner is None else "its percentiles 0.5 to 99.5"
    remarks.add(f"The header has no usable window; the film spans {extent}.", NO_WINDOW_FLAG)
    low, high = inner or (float(content.min()), float(content.max()))
    unit = (np.asarray(values, dtype=np.float32) - np.float32(low)) / np.float32(high - low)
    return _clip_to_unit(unit)


def _find_inner_range(content: Values) -> tuple[float, float] | None:
    """Return the range of all but the few extreme pixels, None if the full range serves."""
    sample = content[:: max(1, content.size // _SAMPLED_PIXELS)]
    low, high = (float(level) for level in np.percentile(sample, _INNER_PERCENTILES))
    span = high - low
    if span >= _LEAST_INNER_SHARE * (float(content.max()) - float(content.min())):
        return None
    levels = np.unique(sample[(sample >= low) & (sample <= high)]).size
    is_flat = span < _LEAST_INNER_CONTRAST * max(abs(low), abs(high))
    return None if is_flat or levels < _LEAST_INNER_LEVELS else (low, high)


def _clip_to_unit(values: FloatArray) -> FloatArray:
    return np.asarray(np.clip(values, 0.0, 1.0), dtype=np.float32)


def _read_window(file: DicomFile, remarks: Remarks) -> tuple[float, float, str] | None:
    has_any = "WindowCenter" in file.dataset or "WindowWidth" in file.dataset
    if not has_any:
        return None
    centers = numbers(file.dataset, "WindowCenter")
    widths = numbers(file.dataset, "WindowWidth")
    function = file.text("VOILUTFunction") or "LINEAR"
    if function not in _LEAST_WIDTH:
        remarks.add("(0028,1056) VOI LUT Function is unknown; the window is read as LINEAR.")
        function = "LINEAR"
    if not centers or not widths:
        remarks.add("(0028,1050) Window Center or Width is empty or no number; it is ignored.")
        return None
    least = _LEAST_WIDTH[function]
    if widths[0] < least or widths[0] == 0.0 or abs(centers[0]) + widths[0] > 1e12:
        remarks.add("(0028,1051) Window Width is out of bounds; the window is ignored.")
        return None
    return centers[0], widths[0], function


def _read_lut(item: Dataset, *, is_little_endian: bool) -> Lut | None:
    """Read a LUT item (PS3.3 C.11.1.1.1), None if it makes no sense."""
    descriptor = numbers(item, "LUTDescriptor")
    if len(descriptor) != 3:
        return None
    count, first, bits = (int(number) for number in descriptor)
    count = count & 0xFFFF or 1 << 16  # 0 means 65536, and an SS reading comes out negative
    if not 8 <= bits <= 16:
        return None
    entries = _read_lut_data(item, count, is_little_endian=is_little_endian)
    if entries is None or entries.max() == entries.min():
        return None
    top = max(float((1 << bits) - 1), float(entries.max()))
    return Lut(first, entries, top)


def _read_lut_data(
    item: Dataset, count: int, *, is_little_endian: bool
) -> NDArray[np.float32] | None:
    data = item.get("LUTData")
    if isinstance(data, bytes):
        if len(data) >= 2 * count:
            word = "<u2" if is_little_endian else ">u2"
            return np.frombuffer(data, dtype=word, count=count).astype(np.float32)
        if len(data) < count:
            return None
        # 8-bit entries, packed two to a word
        return np.frombuffer(data, dtype=np.uint8, count=count).astype(np.float32)
    values = [number % 65536 for number in numbers(item, "LUTData")]
    return np.asarray(values[:count], dtype=np.float32) if len(values) >= count else None


def _look_up(values: Values, lut: Lut) -> FloatArray:
    """Values below the table take its first entry, values above it the last."""
    index = np.rint(values).astype(np.int64) - lut.first
    return lut.entries[np.clip(index, 0, len(lut.entries) - 1)]


def _first_number(file: DicomFile, keyword: str, default: float, remarks: Remarks) -> float:
    if keyword not in file.dataset:
        return default
    found = numbers(file.dataset, keyword)
    if not found or abs(found[0]) > 1e9:
        remarks.add(f"{keyword} is empty or no number; {default:g} is used.")
        return default
    return found[0]


def _is_little_endian(file: DicomFile) -> bool:
    return file.encoding is None or file.encoding.is_little_endian
