"""What is no radiograph's format at all: documents, programs, other pictures, archives."""

from __future__ import annotations

import gzip
import io
import tarfile
from functools import partial

import imagecodecs
import numpy as np
from PIL import Image

from tests.imaging.catalogue.kind import Kind
from tests.imaging.catalogue.making import GREY, zip_of
from tests.imaging.films import picture_of

GROUP = "Files of another kind"
_UNKNOWN = "unsupported_format"
_MAGICS = {
    "one byte": b"\x00",
    "a note in plain text": b"Chest PA of this morning, please read.\n",
    "a PDF document": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF",
    "a message of the hospital's system (HL7), with a patient's name": b"MSH|^~\\&|RIS|Hidden "
    b"Hospital|||||ORU^R01\rPID|||SECRET-7||Secret^Name||19470203|M\r",
    "DICOM as JSON, with a patient's name": b'{"00100010": {"vr": "PN", "Value": '
    b'[{"Alphabetic": "Secret^Name"}]}}',
    "a web page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "an SVG drawing with a script in it": b"<?xml version='1.0'?><svg><script>alert(1)</script>"
    b"</svg>",
    "an XML entity bomb": b"<!DOCTYPE a [<!ENTITY b 'lol'><!ENTITY c '&b;&b;&b;'>]><a>&c;</a>",
    "a HEIC photograph of a phone": b"\x00\x00\x00\x18ftypheic" + bytes(200),
    "an AVIF picture": b"\x00\x00\x00\x18ftypavif" + bytes(200),
    "an MP4 film of moving pictures": b"\x00\x00\x00\x18ftypisom" + bytes(200),
    "a JPEG XL picture": b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(200),
    "a Photoshop document": b"8BPS\x00\x01" + bytes(200),
    "a BigTIFF": b"II+\x00\x08\x00\x00\x00" + bytes(200),
    "an icon": b"\x00\x00\x01\x00\x01\x00" + bytes(200),
    "a NIfTI volume": (348).to_bytes(4, "little") + bytes(340) + b"n+1\x00" + bytes(200),
    "a NumPy array": b"\x93NUMPY\x01\x00v\x00" + bytes(200),
    "a Windows program": b"MZ\x90\x00" + bytes(200),
    "a Linux program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "a Word document of before 2007": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
    "a pickle, which runs code when it is loaded": b"\x80\x04cos\nsystem\n(S'true'\ntR.",
    "what macOS leaves in folders (.DS_Store)": b"\x00\x00\x00\x01Bud1" + bytes(200),
    "random bytes": np.random.default_rng(7).bytes(5000),
    "a 7z archive": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(100),
    "a rar archive": b"Rar!\x1a\x07\x01\x00" + bytes(100),
}


def _gif(frames: int) -> bytes:
    others = [Image.fromarray(255 - GREY)] * (frames - 1)
    return picture_of(GREY, "GIF", save_all=True, append_images=others)


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("film.png")
        entry.size = 4
        archive.addfile(entry, io.BytesIO(b"film"))
    return stream.getvalue()


def _mangled_png() -> bytes:
    return picture_of(GREY).replace(b"\r\n", b"\n")


def _too_heavy() -> bytes:
    return picture_of(GREY) + bytes(64 << 20)


KINDS = (
    Kind(GROUP, "an empty file", bytes, "empty_file"),
    Kind(GROUP, "a film with 64 MiB of nothing behind it", _too_heavy, "file_too_large"),
    *(Kind(GROUP, name, partial(bytes, data), _UNKNOWN) for name, data in _MAGICS.items()),
    Kind(GROUP, "a GIF picture", partial(_gif, 1), _UNKNOWN),
    Kind(GROUP, "an animated GIF", partial(_gif, 3), _UNKNOWN),
    Kind(GROUP, "a JPEG 2000 picture that is no DICOM",
         partial(imagecodecs.jpeg2k_encode, GREY, codecformat="jp2"), _UNKNOWN),
    Kind(GROUP, "a bare JPEG 2000 codestream",
         partial(imagecodecs.jpeg2k_encode, GREY, codecformat="j2k"), _UNKNOWN),
    Kind(GROUP, "a bare JPEG-LS codestream", partial(imagecodecs.jpegls_encode, GREY),
         _UNKNOWN),
    Kind(GROUP, "a tar archive", _tar, _UNKNOWN),
    Kind(GROUP, "a gzip of a film", lambda: gzip.compress(picture_of(GREY)), _UNKNOWN),
    Kind(GROUP, "a PNG whose line ends a transfer in text mode changed", _mangled_png,
         _UNKNOWN),
    Kind(GROUP, "a zip that unpacks itself",
         lambda: b"MZ\x90\x00" + bytes(500) + zip_of({"film.png": picture_of(GREY)}),
         _UNKNOWN),
    Kind(GROUP, "a zip in several parts",
         lambda: b"PK\x07\x08" + zip_of({"film.png": picture_of(GREY)}), _UNKNOWN),
    Kind(GROUP, "a Word document (a zip of XML)",
         partial(zip_of, {"word/document.xml": b"<?xml version='1.0'?><w:document/>"}),
         _UNKNOWN),
)  # fmt: skip
