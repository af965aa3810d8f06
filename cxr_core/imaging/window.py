"""From stored values to what the device meant to show: modality, then value of interest.

PS3.3 C.11.1 and C.11.2. Whatever a header says wrongly here is ignored with a remark, since
the film itself is sound. All of it maps grey levels, not pixels: `StoredPixels.paint` makes
the film of what comes out, in [0, 1], polarity not yet applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from cxr_core.domain import Window
from cxr_core.errors import BlankImage
from cxr_core.imaging.dicom_file import DicomFile, numbers, sequence_items
from cxr_core.imaging.greys import find_span, spread
from cxr_core.imaging.remarks import Remarks

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from cxr_core.domain import FloatArray
    from cxr_core.imaging.stored_pixels import StoredPixels

Values: TypeAlias = "NDArray[np.signedinteger[Any]] | NDArray[np.float32]"

NO_WINDOW_FLAG = "window_missing"
_LEAST_WIDTH = {"LINEAR": 1.0, "LINEAR_EXACT": 0.0, "SIGMOID": 0.0}
_MOST_WINDOWS = 16
_SIGMOID_REACH = 60.0  # exp of more is 0 or overflows float32


@dataclass(frozen=True, slots=True, eq=False)
class Lut:
    """A look-up table: entry 0 belongs to `first`, results reach from 0 to `top`."""

    first: int
    entries: NDArray[np.float32]
    top: float


@dataclass(frozen=True, slots=True, eq=False)
class ModalityValues:
    """The film's levels as the modality means them: float32 (n,), or as stored if that is so.

    They are `slope` times `whole` (n,) plus `intercept`: of stored values, or of what a look-up
    table makes of these.
    """

    levels: Values
    whole: NDArray[np.int64]
    slope: float = 1.0
    intercept: float = 0.0


def to_modality_values(
    stored: StoredPixels, file: DicomFile, remarks: Remarks
) -> ModalityValues:
    """Apply the Modality LUT or the rescale (PS3.3 C.11.1.1) to the film's levels.

    A slope without an intercept counts; a slope of 0, which would erase the film, does not.
    """
    items = sequence_items(file.dataset, "ModalityLUTSequence")
    if items:
        lut = _read_lut(items[0], is_little_endian=_is_little_endian(file))
        if lut is not None:
            found = _look_up(stored.values, lut)
            return ModalityValues(found, np.rint(found).astype(np.int64))
        remarks.add("(0028,3000) Modality LUT Sequence is unreadable; it is ignored.")
    whole = stored.values.astype(np.int64)
    slope = _first_number(file, "RescaleSlope", 1.0, remarks)
    intercept = _first_number(file, "RescaleIntercept", 0.0, remarks)
    if slope == 0.0:
        remarks.add("(0028,1053) Rescale Slope is 0; it is treated as 1.")
        slope = 1.0
    if (slope, intercept) == (1.0, 0.0):
        return ModalityValues(stored.values, whole)
    # float64 on the way: an intercept may be far larger than the contrast that matters.
    levels = (stored.values * np.float64(slope) + intercept).astype(np.float32)
    return ModalityValues(levels, whole, slope, intercept)


def to_unit_range(
    values: Values, stored: StoredPixels, file: DicomFile, remarks: Remarks
) -> FloatArray:
    """Apply the VOI LUT, else the first window, else the full range of what is not padding.

    Parameters
    ----------
    values
        Modality values of the film's levels (n,).

    Returns
    -------
    float32 (n,) in [0, 1], as the header's polarity has it.

    Raises
    ------
    BlankImage
        No window, and only one grey level (or nothing but padding).

    Notes
    -----
    PS3.3 C.11.2.1.1 (VOI LUT) and C.11.2.1.2 (window).
    """
    windows = _find_windows(file, remarks)
    items = sequence_items(file.dataset, "VOILUTSequence")
    if items:
        lut = _read_lut(items[0], is_little_endian=_is_little_endian(file))
        if lut is not None:
            return _look_up(values, lut) / np.float32(lut.top)
        remarks.add("(0028,3010) VOI LUT Sequence is unreadable; it is ignored.")
    if windows:
        window = windows[0]
        return apply_window(values, window.center, window.width, window.function)
    return _full_range(values, stored, remarks)


def read_windows(file: DicomFile) -> tuple[Window, ...]:
    """Return the windows that the header offers and that make sense, in its order.

    Notes
    -----
    (0028,1055) names them; a name that is more than plain capitals is left out.
    """
    return _find_windows(file, Remarks())


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
    is_content = ~stored.is_padding
    span = find_span(values[is_content], stored.counts[is_content])
    if span is None:
        raise BlankImage(
            "Every pixel has the same value; expected a film. Check that the exposure was sent."
        )
    extent = "its range but for a few far-off greys" if span.is_cut else "its full range"
    remarks.add(f"The header has no usable window; the film spans {extent}.", NO_WINDOW_FLAG)
    return spread(values, span)


def _clip_to_unit(values: FloatArray) -> FloatArray:
    return np.asarray(np.clip(values, 0.0, 1.0), dtype=np.float32)


def _find_windows(file: DicomFile, remarks: Remarks) -> tuple[Window, ...]:
    has_any = "WindowCenter" in file.dataset or "WindowWidth" in file.dataset
    if not has_any:
        return ()
    centers = numbers(file.dataset, "WindowCenter")
    widths = numbers(file.dataset, "WindowWidth")
    if not centers or not widths:
        remarks.add("(0028,1050) Window Center or Width is empty or no number; it is ignored.")
        return ()
    function = file.text("VOILUTFunction") or "LINEAR"
    if function not in _LEAST_WIDTH:
        remarks.add("(0028,1056) VOI LUT Function is unknown; the window is read as LINEAR.")
        function = "LINEAR"
    names = chain(file.texts("WindowCenterWidthExplanation"), repeat(""))
    windows = []
    for center, width, name in islice(zip(centers, widths, names, strict=False), _MOST_WINDOWS):
        if width < _LEAST_WIDTH[function] or width == 0.0 or abs(center) + width > 1e12:
            remarks.add("(0028,1051) Window Width is out of bounds; the window is ignored.")
        else:
            windows.append(Window(center, width, function, "" if name == "?" else name))
    return tuple(windows)


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
