"""Decode JPEG and PNG so that half a film is refused, not read as a whole one.

libjpeg fills what is missing with grey and warns, and most libraries drop the warning. Its
other warnings (stray bytes between segments, for one) are of no account: scanners write such
files. Pillow is content with a PNG or TIFF that has fewer lines than it claims.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import cv2
import numpy as np
import simplejpeg

from cxr_core.errors import CorruptImage

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from cxr_core.domain import ByteArray

_ENDS_EARLY = "premature end"  # libjpeg's words, with or without a marker at the end
_PNG_CELLS = {"L": np.uint8, "I;16": np.uint16}


def decode_jpeg(data: bytes, colour: Literal["GRAY", "RGB"]) -> ByteArray:
    """Decode 8-bit JPEG to uint8 (rows, columns), or (rows, columns, 3) as RGB.

    Raises
    ------
    CorruptImage
        When entropy-coded data is missing.
    ValueError
        When libjpeg cannot read it at all.
    """
    try:
        cells = simplejpeg.decode_jpeg(data, colorspace=colour, strict=True)
    except ValueError as error:
        if _ENDS_EARLY in str(error).lower():
            raise _half() from error
        cells = simplejpeg.decode_jpeg(data, colorspace=colour, strict=False)
    return np.asarray(cells[..., 0] if colour == "GRAY" else cells)


def decode_png(data: bytes, mode: str) -> NDArray[np.unsignedinteger[Any]] | None:
    """Decode a plain grey PNG; None where its `mode` (Pillow's) is another, once it is whole.

    Raises
    ------
    CorruptImage
        Lines are missing, or libpng finds other damage.
    """
    how = cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION
    cells = cv2.imdecode(np.frombuffer(data, np.uint8), how)
    if cells is None:
        raise _half()
    is_plain = cells.ndim == 2 and cells.dtype == _PNG_CELLS.get(mode)
    return np.asarray(cells) if is_plain else None


def refuse_half_tiff(image: Image.Image) -> None:
    """Refuse a TIFF, opened and not loaded, whose strips or tiles do not cover it.

    Raises
    ------
    CorruptImage
    """
    width, height = image.size  # an orientation may have exchanged them
    pieces = {piece for _, piece, *_ in getattr(image, "tile", [])}
    covered = sum((right - left) * (bottom - top) for left, top, right, bottom in pieces)
    if covered < width * height:
        raise _half()


def _half() -> CorruptImage:
    return CorruptImage(
        "A part of the picture is missing or damaged. Send it again from where it came."
    )
