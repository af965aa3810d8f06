"""Inflate a deflated data set (PS3.5 A.5) in bounded memory."""

from __future__ import annotations

import zlib

from cxr_core.errors import CorruptImage, TooManyPixels

_MEBIBYTE = 1 << 20
_BYTES_PER_PIXEL = 4  # more than grey of 16 bits or colour of 8 needs
_HEADER_BYTES = 4 * _MEBIBYTE
_MOST_RATIO = 200  # films reach 3, drawn ones and black ones more; a bomb 1000


def inflate(data: memoryview, max_pixels: int) -> bytes:
    """Inflate raw deflate data, as far as a film of `max_pixels` may reach.

    Raises
    ------
    TooManyPixels
        It unpacks to more than such a film has.
    CorruptImage
        It unpacks to far more than films do, or is cut short.
    zlib.error
        It is no deflate data.
    """
    for_pixels = _BYTES_PER_PIXEL * max_pixels + _HEADER_BYTES
    for_ratio = _MOST_RATIO * len(data) + _HEADER_BYTES
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    body = inflater.decompress(data, min(for_pixels, for_ratio))
    if inflater.eof:
        return body
    if not inflater.unconsumed_tail:
        raise CorruptImage(
            "The deflated data set is cut short. Send the film again from where it came."
        )
    if for_pixels <= for_ratio:
        raise TooManyPixels(
            f"The deflated data set unpacks to more than {for_pixels // _MEBIBYTE} MiB; at "
            f"most {max_pixels // 1_000_000} megapixels are read. Export the film at its "
            "native size."
        )
    raise CorruptImage(
        f"The deflated data set unpacks to more than {_MOST_RATIO} times its size, as bombs "
        "do. Export the film again, uncompressed."
    )
