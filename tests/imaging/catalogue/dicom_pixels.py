"""DICOM films whose image, grey scale or window elements are missing, absurd or at odds."""

from __future__ import annotations

from functools import partial

import numpy as np
from pydicom.dataset import Dataset

from tests.imaging.catalogue.kind import READ, Kind, warned
from tests.imaging.catalogue.making import (
    GREY,
    STORED,
    UNDEFINED,
    before,
    element,
    film,
    head_of,
    item,
    with_number,
    with_text,
    with_value,
    without,
)
from tests.imaging.films import dataset_of, file_of

PIXELS, FORMAT = "Pixel Data", "The image's elements (group 0028)"
GREYS = "Windows, look-up tables and padding"
_DAMAGED, _NO_PIXELS = "corrupt_image", "no_pixel_data"
_UNKNOWN, _BLANK = "unsupported_format", "blank_image"
_NO_WINDOW = warned("no usable window")


def _pixels(content: bytes) -> bytes:
    return head_of(film()) + element("PixelData", content, "OW")


def _beyond_the_end() -> bytes:
    whole = element("PixelData", STORED.tobytes(), "OW")
    return head_of(film()) + whole[: len(whole) // 2]


def _open_native() -> bytes:
    """Uncompressed pixels of undefined length, which only compressed ones may have."""
    start = element("PixelData", b"", "OB")[:-4] + UNDEFINED
    return head_of(film()) + start + item(STORED.tobytes())


def _float_pixels() -> bytes:
    content = STORED.astype("<f4").tobytes()
    return head_of(film()) + element("FloatPixelData", content, "OF")


def _numbered(keyword: str, number: int) -> bytes:
    return with_number(film(), keyword, number)


def _texted(keyword: str, text: str, **elements: object) -> bytes:
    usual = {keyword: "1"} if keyword not in elements else {}
    return with_text(film(**usual, **elements), keyword, text)


def _windowed(center: str, width: str) -> bytes:
    data = film(WindowCenter="2048", WindowWidth="4096")
    return with_text(with_text(data, "WindowCenter", center), "WindowWidth", width)


def _large() -> bytes:
    return with_number(with_number(film(), "Rows", 20_000), "Columns", 20_000)


def _lut(descriptor: list[int], content: bytes) -> Dataset:
    table = Dataset()
    table.add_new("LUTDescriptor", "US", descriptor)
    table.add_new("LUTData", "OW", content)
    return table


def _with_lut(keyword: str, descriptor: list[int], content: bytes) -> bytes:
    return film(**{keyword: [_lut(descriptor, content)]})


def _with_lut_without_data() -> bytes:
    table = Dataset()
    table.add_new("LUTDescriptor", "US", [4096, 0, 12])
    return film(ModalityLUTSequence=[table])


def _padded(first: int, last: int) -> bytes:
    dataset = dataset_of(STORED)
    dataset.add_new("PixelPaddingValue", "US", first)
    dataset.add_new("PixelPaddingRangeLimit", "US", last)
    return file_of(dataset)


def _palette(**entries: list[int]) -> bytes:
    dataset = dataset_of(GREY, 8, PhotometricInterpretation="PALETTE COLOR")
    for colour, descriptor in entries.items():
        dataset.add_new(f"{colour}PaletteColorLookupTableDescriptor", "US", descriptor)
        dataset.add_new(f"{colour}PaletteColorLookupTableData", "OW", bytes(4))
    return file_of(dataset)


def _overlaid() -> bytes:
    cells = STORED.copy()
    cells[20:40, 20:40] |= 0x8000
    return film(cells)


def _hot() -> bytes:
    cells = STORED.copy()
    cells[3, 3] = 65_535
    return film(cells, 16)


_PIXELS = (
    Kind(PIXELS, "none", lambda: head_of(film()), _NO_PIXELS),
    Kind(PIXELS, "of no length", lambda: _pixels(b""), _NO_PIXELS),
    Kind(PIXELS, "fractions instead of whole numbers", _float_pixels, _NO_PIXELS),
    Kind(PIXELS, "too short by one line", lambda: _pixels(STORED[1:].tobytes()), _DAMAGED),
    Kind(PIXELS, "of two bytes", lambda: _pixels(b"\0\0"), _DAMAGED),
    Kind(PIXELS, "cut short by the end of the file", _beyond_the_end, _DAMAGED),
    Kind(PIXELS, "longer than the image (the rest is left)",
         lambda: _pixels(STORED.tobytes() + bytes(5000)), READ),
    Kind(PIXELS, "uncompressed and of undefined length", _open_native, _DAMAGED),
    Kind(PIXELS, "claims a compression and is not compressed",
         lambda: with_text(film(), "TransferSyntaxUID", "1.2.840.10008.1.2.4.90"), _DAMAGED),
    Kind(PIXELS, "one grey level", lambda: film(np.full((120, 100), 77, np.uint16)), _BLANK),
    Kind(PIXELS, "one hot pixel (cut off)", _hot, warned("far-off greys")),
    Kind(PIXELS, "an old overlay above Bits Stored (removed)", _overlaid,
         warned("Bits above Bits Stored")),
)  # fmt: skip
_FORMATS = (
    Kind(FORMAT, "Rows 0", partial(_numbered, "Rows", 0), _DAMAGED),
    Kind(FORMAT, "Rows missing", lambda: without(film(), "Rows"), _DAMAGED),
    Kind(FORMAT, "Rows without a value", lambda: with_value(film(), "Rows", b""), _DAMAGED),
    Kind(FORMAT, "Rows 119 where 120 are stored", partial(_numbered, "Rows", 119), READ),
    Kind(FORMAT, "Columns 65,535 with little data", partial(_numbered, "Columns", 65_535),
         _DAMAGED),
    Kind(FORMAT, "20,000 x 20,000 with little data", _large, "too_many_pixels"),
    *(Kind(FORMAT, f"Bits Allocated {bits}", partial(_numbered, "BitsAllocated", bits),
           _UNKNOWN) for bits in (0, 1, 12, 64)),
    Kind(FORMAT, "Bits Allocated 32 with 16 stored",
         partial(_numbered, "BitsAllocated", 32), _DAMAGED),
    Kind(FORMAT, "Bits Stored 0", partial(_numbered, "BitsStored", 0), _DAMAGED),
    Kind(FORMAT, "Bits Stored above Bits Allocated", partial(_numbered, "BitsStored", 17),
         _DAMAGED),
    Kind(FORMAT, "High Bit below Bits Stored", partial(_numbered, "HighBit", 3), _DAMAGED),
    Kind(FORMAT, "High Bit outside the cell", partial(_numbered, "HighBit", 200), _DAMAGED),
    Kind(FORMAT, "Samples per Pixel 2", partial(_numbered, "SamplesPerPixel", 2), _DAMAGED),
    Kind(FORMAT, "Samples per Pixel 4", partial(_numbered, "SamplesPerPixel", 4), _DAMAGED),
    Kind(FORMAT, "Samples per Pixel 3 on a grey film",
         partial(_numbered, "SamplesPerPixel", 3), _DAMAGED),
    Kind(FORMAT, "Pixel Representation 7 (read as unsigned)",
         partial(_numbered, "PixelRepresentation", 7), READ),
    Kind(FORMAT, "a photometric interpretation that nobody knows",
         partial(film, PhotometricInterpretation="HSV"), _UNKNOWN),
    Kind(FORMAT, "no photometric interpretation",
         lambda: without(film(), "PhotometricInterpretation"), _UNKNOWN),
    Kind(FORMAT, "claims RGB and is grey",
         lambda: with_text(film(), "PhotometricInterpretation", "RGB"), _DAMAGED),
    Kind(FORMAT, "a palette without its tables", _palette, _DAMAGED),
    Kind(FORMAT, "a palette with too few entries",
         partial(_palette, Red=[256, 0, 16], Green=[256, 0, 16], Blue=[256, 0, 16]),
         _DAMAGED),
    Kind(FORMAT, "Presentation LUT Shape against the photometric interpretation",
         partial(film, PresentationLUTShape="INVERSE"), warned("contradicts")),
    Kind(FORMAT, "the photometric interpretation turns bone dark",
         partial(film, PhotometricInterpretation="MONOCHROME1"), warned("looks inverted")),
    Kind(FORMAT, "a pixel spacing of 0",
         partial(film, PixelSpacing=[0, 0]), warned("no length can be measured")),
    Kind(FORMAT, "the image's elements twice, the second time larger",
         lambda: before(film(), "BitsAllocated", element("Rows", b"\x10\x27")), _DAMAGED),
)  # fmt: skip
_GREYS = (
    Kind(GREYS, "Rescale Slope 0", partial(_texted, "RescaleSlope", "0"),
         warned("Rescale Slope is 0")),
    Kind(GREYS, "Rescale Slope abc", partial(_texted, "RescaleSlope", "abc"),
         warned("RescaleSlope is empty or no number")),
    Kind(GREYS, "Rescale Slope NaN", partial(_texted, "RescaleSlope", "nan"),
         warned("RescaleSlope is empty or no number")),
    Kind(GREYS, "Rescale Intercept 1e30", partial(_texted, "RescaleIntercept", "1e30"),
         warned("RescaleIntercept is empty or no number")),
    *(Kind(GREYS, f"Window Width {width or 'empty'}", partial(_windowed, "2048", width),
           _NO_WINDOW) for width in ("0", "-5", "abc", "", "1e300", "inf")),
    Kind(GREYS, "5,000 windows (the first counts, 16 are offered)",
         partial(film, WindowCenter=[2048] * 5000, WindowWidth=[4096] * 5000), READ),
    Kind(GREYS, "Window Center empty", partial(_windowed, "", "4096"), _NO_WINDOW),
    Kind(GREYS, "a window function that nobody knows",
         partial(film, WindowCenter=2048, WindowWidth=4096, VOILUTFunction="CUBIC"),
         warned("VOI LUT Function is unknown")),
    Kind(GREYS, "a window far from every grey of the film",
         partial(film, WindowCenter=60_000, WindowWidth=10), _BLANK),
    Kind(GREYS, "a window of width 1 (a threshold)",
         partial(film, WindowCenter=2048, WindowWidth=1), "not_a_radiograph"),
    Kind(GREYS, "a VOI LUT that claims 65,536 entries and has two",
         partial(_with_lut, "VOILUTSequence", [0, 0, 16], bytes(4)),
         warned("VOI LUT Sequence is unreadable")),
    Kind(GREYS, "a VOI LUT of 99 bits",
         partial(_with_lut, "VOILUTSequence", [2, 0, 99], bytes(4)),
         warned("VOI LUT Sequence is unreadable")),
    Kind(GREYS, "a VOI LUT of one grey",
         partial(_with_lut, "VOILUTSequence", [4, 0, 16], bytes(8)),
         warned("VOI LUT Sequence is unreadable")),
    Kind(GREYS, "a Modality LUT without data", _with_lut_without_data,
         warned("Modality LUT Sequence is unreadable")),
    Kind(GREYS, "padding that covers the whole film", partial(_padded, 0, 4095), _BLANK),
)  # fmt: skip
KINDS = (*_PIXELS, *_FORMATS, *_GREYS)
