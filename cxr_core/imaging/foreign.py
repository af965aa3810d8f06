"""What a file is that is no radiograph's format, told by its first bytes."""

from __future__ import annotations

from cxr_core.errors import CorruptImage, InputError, UnsupportedFormat

_READ = "expected PNG, JPEG, WebP, TIFF, BMP or DICOM. Export the radiograph as one of these."
_MAGICS = (
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 codestream"),
    (0, b"\xff\xd8", "a JPEG of a kind that cameras and scanners do not write (JPEG-LS?)"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftypheic", "a HEIC photograph"),
    (4, b"ftypheix", "a HEIC photograph"),
    (4, b"ftypmif1", "a HEIC photograph"),
    (4, b"ftypmsf1", "a HEIC sequence"),
    (4, b"ftyp", "a film of moving pictures"),
    (0, b"RIFF", "a sound or moving pictures"),
    (344, b"n+1\x00", "a NIfTI volume"),
    (344, b"ni1\x00", "the header of a NIfTI volume"),
    (0, b"NRRD", "an NRRD volume"),
    (0, b"ObjectType", "a MetaImage header"),
    (0, b"\x89HDF\r\n", "an HDF5 file"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"II+\x00", "a BigTIFF picture"),
    (0, b"MM\x00+", "a BigTIFF picture"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\x00", "an xz archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!", "a RAR archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ", "a program"),
    (0, b"\xd0\xcf\x11\xe0", "an Office document"),
)
_MARKUP = {b"<svg": "an SVG drawing", b"<html": "a web page", b"<!doctype html": "a web page"}
_OWN = (b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")
_SEARCHED_BYTES = 1024


def refuse_foreign(data: bytes) -> InputError:
    """Name what came, where its first bytes tell: a damaged PNG or TIFF too.

    >>> str(refuse_foreign(b"%PDF-1.7"))[:29]
    'The content is a PDF document'
    """
    if data.startswith(_OWN):
        return CorruptImage(
            "The head of the picture is damaged. Export it again from where it came."
        )
    for offset, magic, name in _MAGICS:
        if data[offset : offset + len(magic)] == magic:
            return UnsupportedFormat(f"The content is {name}; {_READ}")
    start = data[:_SEARCHED_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<"):
        for mark, name in _MARKUP.items():
            if mark in start:
                return UnsupportedFormat(f"The content is {name}; {_READ}")
    return UnsupportedFormat(f"The content is of an unknown kind; {_READ}")
