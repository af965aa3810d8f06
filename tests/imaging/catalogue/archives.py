"""Zips that are damaged, bombs, traps or full of something else."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from functools import partial

from tests.imaging.catalogue.kind import Kind
from tests.imaging.catalogue.making import GREY, patched, zip_of
from tests.imaging.films import picture_of

GROUP = "Zip archives"
_UNSAFE, _UNKNOWN = "unsafe_archive", "unsupported_format"
_LOCAL, _ENTRY, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_STORED = zipfile.ZIP_STORED


def _film() -> bytes:
    return picture_of(GREY)


def _beside(name: str, content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of a film and of something else."""
    return zip_of({"a/film.png": _film(), name: content}, method)


def _encrypted() -> bytes:
    data = zip_of({"film.png": _film()})
    return patched(patched(data, _LOCAL, 6, "<H", 1), _ENTRY, 8, "<H", 1)


def _overlapping() -> bytes:
    """Fifield's quoting: the packed bytes of the first member hold the header of the second."""
    data = zip_of({"a": b"content", "b": b"content"}, _STORED)
    reach = data.rindex(_LOCAL) + 38 - data.index(b"content")
    return patched(data, _ENTRY, 20, "<II", reach, reach)


def _sharing() -> bytes:
    data = zip_of({"a": b"content", "b": b"content"}, _STORED)
    place = data.rindex(_ENTRY) + 42
    return data[:place] + bytes(4) + data[place + 4 :]


def _special(kind: int) -> bytes:
    entry = zipfile.ZipInfo("film.png")
    entry.create_system, entry.external_attr = 3, kind << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.png", _film())
        archive.writestr(entry, "/etc/passwd")
    return stream.getvalue()


def _with_nul() -> bytes:
    return zip_of({"film.pngX": _film()}).replace(b"film.pngX", b"film.png\0")


def _repeated() -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("film.png", _film())
        archive.writestr("film.png", _film())
    return stream.getvalue()


def _crowd() -> bytes:
    return zip_of({f"{number}.png": b"" for number in range(10_001)}, _STORED)


def _lying(size: int) -> bytes:
    data = zip_of({"film.png": bytes(1 << 20)})
    data = patched(patched(data, _LOCAL, 22, "<I", size), _ENTRY, 24, "<I", size)
    with zipfile.ZipFile(stream := io.BytesIO(data), "a") as archive:
        archive.writestr("other.png", _film())
    return stream.getvalue()


def _large_member() -> bytes:
    return _beside("large.dcm", bytes(66 << 20), _STORED)


def _bad_checksum() -> bytes:
    data = bytearray(_beside("b.png", b"content", _STORED))
    data[data.index(b"content")] ^= 1
    return bytes(data)


def _cut(share: float) -> bytes:
    data = zip_of({"film.png": _film(), "other.png": _film()})
    return data[: int(len(data) * share)]


def _sixty_four() -> bytes:
    """Records of 64 bits that claim eight times the members of the universe."""
    data = zip_of({"film.png": _film()})
    end = data.rindex(_END)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1 << 60, 1 << 60,
                         1 << 60, 0)  # fmt: skip
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    modest = patched(data[end:], _END, 8, "<HHII", 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    return data[:end] + record + locator + modest


def _other_method(number: int) -> bytes:
    data = zip_of({"film.png": _film()})
    return patched(patched(data, _LOCAL, 8, "<H", number), _ENTRY, 10, "<H", number)


def _two_names() -> bytes:
    return zip_of({"film.png": _film()}).replace(b"film.png", b"evil.exe", 1)


def _wrong_entries() -> bytes:
    return patched(zip_of({"film.png": _film()}), _END, 8, "<HH", 7, 7)


KINDS = (
    Kind(GROUP, "wants a password", _encrypted, "encrypted_archive"),
    Kind(GROUP, "a member packed a thousandfold (a bomb)",
         lambda: _beside("zeros.dcm", bytes(32 << 20)), _UNSAFE),
    Kind(GROUP, "members that share their bytes (a bomb)", _sharing, _UNSAFE),
    Kind(GROUP, "a member that reaches over the next (a bomb)", _overlapping, _UNSAFE),
    Kind(GROUP, "10,001 members", _crowd, _UNSAFE),
    *(Kind(GROUP, f"a name that leads out: {name}", partial(_beside, name, b"film"), _UNSAFE)
      for name in ("../../film", "/etc/film", "C:/film", "a\\..\\..\\film",
                   "\\\\server\\share\\film")),
    Kind(GROUP, "a name with a NUL in it", _with_nul, _UNSAFE),
    Kind(GROUP, "a symbolic link", partial(_special, 0o120777), _UNSAFE),
    Kind(GROUP, "a device", partial(_special, 0o020644), _UNSAFE),
    Kind(GROUP, "a name that stands there twice", _repeated, _UNSAFE),
    Kind(GROUP, "another name in the directory than at the member", _two_names, _UNSAFE),
    Kind(GROUP, "more members in its record than in its directory", _wrong_entries, _UNSAFE),
    Kind(GROUP, "64-bit records that lie", _sixty_four, _UNSAFE),
    Kind(GROUP, "packed by a method that nobody knows", partial(_other_method, 77), _UNSAFE),
    Kind(GROUP, "cut short in its directory", partial(_cut, 0.99), _UNSAFE),
    Kind(GROUP, "cut short in a member", partial(_cut, 0.5), _UNSAFE),
    Kind(GROUP, "empty", lambda: zip_of({}), _UNKNOWN),
    Kind(GROUP, "only folders and hidden files",
         lambda: zip_of({"a/": b"", "a/b/": b"", ".film.png": _film()}), _UNKNOWN),
    Kind(GROUP, "a zip within", lambda: _beside("b.zip", zip_of({"a.png": _film()})), _UNSAFE,
         spared=1),
    Kind(GROUP, "a rar within", lambda: _beside("b.rar", b"Rar!\x1a\x07\x01\0" + bytes(99)),
         _UNSAFE, spared=1),
    Kind(GROUP, "a member with a wrong checksum", _bad_checksum, _UNSAFE, spared=1),
    Kind(GROUP, "a member that unpacks to more than it says", partial(_lying, 1000), _UNSAFE,
         spared=1),
    Kind(GROUP, "a member of 66 MiB", _large_member, "file_too_large", spared=1),
    Kind(GROUP, "an empty member", lambda: _beside("b.png", b""), "empty_file", spared=1),
    Kind(GROUP, "a letter among the films", lambda: _beside("letter.txt", b"Dear colleague,"),
         _UNKNOWN, spared=1),
    Kind(GROUP, "a damaged film among the films",
         lambda: _beside("b.png", _film()[:3000]), "corrupt_image", spared=1),
)  # fmt: skip
