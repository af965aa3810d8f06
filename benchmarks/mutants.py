"""Drawn films in every encoding, and ways to spoil them: bytes, lengths, elements, pieces."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

import numpy as np
from pydicom.uid import ImplicitVRLittleEndian, JPEGBaseline8Bit

from tests.imaging.films import LOSSLESS, dicom_of, picture_of
from tests.synthetic import synthetic_chest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SIZE = (70, 66)
_HEAD = 1500  # bytes in which most of a file's structure lies
_NUMBERS = (0, 1, 2, 7, 8, 15, 16, 17, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
            0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
_WORDS = (b"", b"0", b"-1", b"1e308", b"nan", b"999999999999", b"YES", b"INVERSE", b"SIGMOID",
          b"CT", b"LATERAL", b"..\\..", b"\x00", b"\xff" * 64, b"1\\2\\3\\4")  # fmt: skip


def corpus() -> list[bytes]:
    """Return whole films: every transfer syntax, every picture format, zips of them."""
    grey = np.rint(synthetic_chest(*_SIZE) * 255).astype(np.uint8)
    deep = np.rint(synthetic_chest(*_SIZE) * 4095).astype(np.uint16)
    colour = np.repeat(grey[..., None], 3, axis=2)
    window = {"WindowCenter": [2048, 900], "WindowWidth": [4096, 500], "PixelPaddingValue": 3}
    films = [dicom_of(deep, 12, syntax, **window) for syntax in LOSSLESS]
    films += [dicom_of(grey, 8, JPEGBaseline8Bit), dicom_of(grey, 8, ImplicitVRLittleEndian)]
    films += [dicom_of(deep.view(np.int16), 12), dicom_of(colour, 8)]
    films += [picture_of(grey, kind) for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP")]
    films += [picture_of(deep * 16), picture_of(deep, "TIFF"), picture_of(colour, "JPEG")]
    films += [picture_of(colour), picture_of(grey, "JPEG", progressive=True)]
    return [*films, _zip(films[:3]), _zip(films[-3:])]


class Mutator:
    """Makes mutant N of a seed: always the same one, if it has learnt the same."""

    def __init__(self, seed: int, whole: Sequence[bytes]) -> None:
        self._seed = seed
        self._whole = list(whole)
        self._learnt: list[bytes] = []

    def learn(self, mutant: bytes) -> None:
        """Go on from a mutant that was answered in a new way."""
        self._learnt.append(mutant)

    def mutant(self, number: int) -> bytes:
        """Return mutant `number`: one to six spoilings of a film, or of what was learnt."""
        random = np.random.default_rng((self._seed, number))
        films = self._learnt if self._learnt and random.random() < 0.4 else self._whole
        data = bytearray(films[random.integers(len(films))])
        for _ in range(random.integers(1, 7)):
            how = _WAYS[random.integers(len(_WAYS))]
            data = how(data, random, self._whole)
        return bytes(data)


def _flip(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    for _again in range(random.integers(1, 9)):
        if data:
            data[_place(data, random)] = random.integers(256)
    return data


def _number(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Put a telling number where a length or a size may stand."""
    value = _NUMBERS[random.integers(len(_NUMBERS))]
    kind = ("<B", "<H", ">H", "<I", ">I")[random.integers(5)]
    size = struct.calcsize(kind)
    if len(data) > size:
        place = min(_place(data, random), len(data) - size)
        struct.pack_into(kind, data, place, value & ((1 << (8 * size)) - 1))
    return data


def _cut(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    return data[: random.integers(len(data) + 1)] if random.random() < 0.3 else data


def _splice(data: bytearray, random: np.random.Generator, whole: Sequence[bytes]) -> bytearray:
    """Put a piece of another film in, over or between what is there."""
    other = whole[random.integers(len(whole))]
    start = int(random.integers(len(other)))
    piece = other[start : start + int(random.integers(1, 200))]
    place = _place(data, random) if data else 0
    over = len(piece) if random.random() < 0.5 else 0
    return data[:place] + piece + data[place + over :]


def _repeat(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    start = _place(data, random) if data else 0
    piece = bytes(data[start : start + int(random.integers(1, 64))])
    return data[:start] + piece * int(random.integers(2, 50)) + data[start:]


def _element(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    """Give a short explicit element of a DICOM header another value, of any length."""
    places = [
        place
        for place in range(132, min(len(data) - 8, _HEAD))
        if data[place + 1] == 0 and data[place + 4 : place + 6].isalpha()
    ]
    if not places or data[128:132] != b"DICM":
        return data
    place = places[random.integers(len(places))]
    length = int.from_bytes(data[place + 6 : place + 8], "little")
    value = _WORDS[random.integers(len(_WORDS))]
    value += b" " * (len(value) % 2)
    if random.random() < 0.3:  # keep the length that it claims
        value = value[:length].ljust(length)
    head = bytes(data[place : place + 6]) + struct.pack("<H", len(value))
    return data[:place] + head + value + data[place + 8 + length :]


def _wrap(data: bytearray, random: np.random.Generator, _: Sequence[bytes]) -> bytearray:
    return bytearray(_zip([bytes(data)])) if random.random() < 0.1 else data


def _place(data: bytearray, random: np.random.Generator) -> int:
    """Choose a byte, half of the time near the start."""
    return int(random.integers(len(data) if random.random() < 0.5 else min(len(data), _HEAD)))


def _zip(films: Sequence[bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, film in enumerate(films):
            archive.writestr(zipfile.ZipInfo(f"films/{number}"), film)
    return stream.getvalue()


_WAYS: tuple[Callable[[bytearray, np.random.Generator, Sequence[bytes]], bytearray], ...] = (
    _flip,
    _flip,
    _number,
    _number,
    _element,
    _element,
    _splice,
    _repeat,
    _cut,
    _wrap,
)
