"""Bytes of films that are wrong on purpose: elements, fragments, chunks and entries at will."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.uid import ExplicitVRLittleEndian

from tests.imaging.films import dataset_of, file_of, stored_chest

if TYPE_CHECKING:
    from pydicom.uid import UID

Grey: TypeAlias = NDArray[np.float32]
GREY = stored_chest(8).astype(np.uint8)
STORED = stored_chest()
ROWS, COLUMNS = GREY.shape
_PEOPLE = {
    "PatientBirthDate": "19470203",
    "InstitutionName": "Hidden Hospital",
    "ReferringPhysicianName": "Watchful^Nurse",
    "AccessionNumber": "ACC-4711",
    "StudyDate": "20190817",
    "PatientComments": "prefers not to be named",
}
SECRETS = (
    "secret",  # the patient's name and number, as `films.dataset_of` writes them
    *(value.lower() for value in _PEOPLE.values()),
    "hidden",
    "watchful",
)
_LONG_VRS = {"OB", "OW", "OF", "SQ", "UN", "UT"}
_ITEM, ITEM_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4)
END = b"\xfe\xff\xdd\xe0" + bytes(4)
UNDEFINED = b"\xff\xff\xff\xff"


def film(
    cells: NDArray[np.generic] = STORED,
    bits: int = 12,
    syntax: UID = ExplicitVRLittleEndian,
    **elements: object,
) -> bytes:
    """A DX of a chest, full of what must not leak; `elements` overrule, None takes one out."""
    return file_of(dataset_of(cells, bits, **(_PEOPLE | elements)), syntax)


def small_film(**elements: object) -> bytes:
    """A film of 8 bits."""
    return film(GREY, 8, **elements)


def element(keyword: str, value: bytes, vr: str = "") -> bytes:
    """Write one element, explicit VR little endian, whatever its value."""
    vr = vr or dictionary_VR(keyword)[:2]
    size = struct.pack("<2xI" if vr in _LONG_VRS else "<H", len(value))
    return _tag(keyword) + vr.encode() + size + value


def with_value(data: bytes, keyword: str, value: bytes) -> bytes:
    """Give a short element of a file another value, odd or not a number if need be."""
    start, stop = _place(data, keyword)
    vr = data[start + 4 : start + 6].decode()
    return data[:start] + element(keyword, value, vr) + data[stop:]


def with_text(data: bytes, keyword: str, text: str) -> bytes:
    """`with_value`, padded to an even length as the standard has it."""
    padding = "\0" if keyword.endswith("UID") else " "
    return with_value(data, keyword, (text + padding * (len(text) % 2)).encode())


def with_number(data: bytes, keyword: str, number: int) -> bytes:
    """`with_value` for a whole number of two bytes."""
    return with_value(data, keyword, struct.pack("<H", number))


def without(data: bytes, keyword: str) -> bytes:
    """Take a short element out of a file."""
    start, stop = _place(data, keyword)
    return data[:start] + data[stop:]


def before(data: bytes, keyword: str, inserted: bytes) -> bytes:
    """Put bytes in front of an element."""
    start = data.index(_tag(keyword))
    return data[:start] + inserted + data[start:]


def head_of(data: bytes) -> bytes:
    """All of a file that stands before Pixel Data."""
    return data[: data.rindex(_tag("PixelData"))]


def body_of(data: bytes) -> bytes:
    """The data set of a file, without preamble and group 2."""
    return data[data.index(_tag("SOPClassUID")) :]


def meta_of(data: bytes, syntax: UID | str) -> bytes:
    """Preamble and group 2 of a file, with another transfer syntax."""
    return with_text(data[: data.index(_tag("SOPClassUID"))], "TransferSyntaxUID", syntax)


def with_syntax(data: bytes, syntax: UID | str) -> bytes:
    """Claim another transfer syntax, and change nothing."""
    return with_text(data, "TransferSyntaxUID", syntax)


def encapsulated(
    syntax: UID | str, *fragments: bytes, table: bytes = b"", head: bytes | None = None
) -> bytes:
    """A film of 8 bits whose Pixel Data is these fragments."""
    start = with_syntax(head_of(small_film()) if head is None else head, syntax)
    parts = b"".join(item(part + bytes(len(part) % 2)) for part in (table, *fragments))
    return start + _tag("PixelData") + b"OB\0\0" + UNDEFINED + parts + END


def item(content: bytes) -> bytes:
    """One item of a sequence or of encapsulated pixels."""
    return _ITEM + struct.pack("<I", len(content)) + content


def open_sequence(keyword: str = "ReferencedStudySequence") -> bytes:
    """The start of a sequence without a length, and of its first item."""
    return _tag(keyword) + b"SQ\0\0" + UNDEFINED + _ITEM + UNDEFINED


def rle_frame(*planes: bytes, offsets: tuple[int, ...] | None = None) -> bytes:
    """An RLE frame of byte planes (PS3.5 annex G), nothing of it packed."""
    segments = [b"".join(_literals(plane)) for plane in planes]
    starts = [64 + sum(map(len, segments[:index])) for index in range(len(segments))]
    table = list(starts if offsets is None else offsets)
    header = struct.pack("<16I", len(table), *table, *[0] * (15 - len(table)))
    return header + b"".join(segments)


def patched(data: bytes, mark: bytes, offset: int, form: str, *values: int) -> bytes:
    """Write numbers at a distance from the first place where `mark` stands."""
    changed = bytearray(data)
    struct.pack_into(form, changed, changed.index(mark) + offset, *values)
    return bytes(changed)


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, its checksum right."""
    size = struct.pack(">I", len(content))
    return size + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(columns: int, rows: int, packed: bytes, extra: bytes = b"", depth: int = 8) -> bytes:
    """A grey PNG of which everything is as given."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, depth, 0, 0, 0, 0))
    body = chunk(b"IDAT", packed) if packed else b""
    return b"\x89PNG\r\n\x1a\n" + head + extra + body + chunk(b"IEND", b"")


def packed_rows(cells: NDArray[np.uint8] = GREY) -> bytes:
    """What IDAT holds of a grey film: each row behind its filter."""
    return zlib.compress(b"".join(b"\0" + row.tobytes() for row in cells))


def tiff(
    entries: dict[int, tuple[int, int, int]], tail: bytes = b"", following: int = 0
) -> bytes:
    """A little TIFF: tag to (type, count, value or place), then whatever follows."""
    rows = [struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items())]
    directory = struct.pack("<H", len(rows)) + b"".join(rows) + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + tail


def tiff_entries(**changed: tuple[int, int, int]) -> dict[int, tuple[int, int, int]]:
    """The entries of a grey TIFF of 8 bits whose one strip lies behind 9 entries."""
    usual = {
        256: (4, 1, COLUMNS), 257: (4, 1, ROWS), 258: (3, 1, 8), 259: (3, 1, 1),
        262: (3, 1, 1), 273: (4, 1, TIFF_TAIL), 277: (3, 1, 1), 278: (4, 1, ROWS),
        279: (4, 1, GREY.size),
    }  # fmt: skip
    return usual | {int(tag[1:]): entry for tag, entry in changed.items()}


TIFF_TAIL = 8 + 2 + 9 * 12 + 4


def zip_of(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _literals(plane: bytes) -> list[bytes]:
    pieces = [plane[start : start + 128] for start in range(0, len(plane), 128)]
    return [bytes([len(piece) - 1]) + piece for piece in pieces]


def _tag(keyword: str) -> bytes:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise ValueError(keyword)
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF)


def _place(data: bytes, keyword: str) -> tuple[int, int]:
    start = data.index(_tag(keyword))
    (size,) = struct.unpack_from("<H", data, start + 6)
    return start, start + 8 + size
