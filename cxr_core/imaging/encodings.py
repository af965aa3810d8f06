"""The transfer syntaxes that are read (PS3.5 annex A), one row each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydicom.uid import UID

from cxr_core.errors import UnsupportedTransferSyntax


class Coding(StrEnum):
    """What the pixels are coded with."""

    NATIVE = "native"
    RLE = "RLE"
    JPEG = "JPEG"
    JPEG_LOSSLESS = "JPEG Lossless"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "HTJ2K"


@dataclass(frozen=True, slots=True)
class Encoding:
    """A transfer syntax: how to parse the data set, and what the pixels are coded with."""

    uid: str
    coding: Coding = Coding.NATIVE
    is_implicit: bool = False
    is_little_endian: bool = True
    is_deflated: bool = False
    is_lossy: bool = False

    @property
    def is_native(self) -> bool:
        """Whether pixels lie there uncompressed."""
        return self.coding is Coding.NATIVE


IMPLICIT_LITTLE = Encoding("1.2.840.10008.1.2", is_implicit=True)
EXPLICIT_LITTLE = Encoding("1.2.840.10008.1.2.1")
ENCODINGS = {
    encoding.uid: encoding
    for encoding in (
        IMPLICIT_LITTLE,
        EXPLICIT_LITTLE,
        Encoding("1.2.840.10008.1.2.1.99", is_deflated=True),
        Encoding("1.2.840.10008.1.2.2", is_little_endian=False),
        Encoding("1.2.840.10008.1.2.5", Coding.RLE),
        Encoding("1.2.840.10008.1.2.4.50", Coding.JPEG, is_lossy=True),  # baseline, 8 bit
        Encoding(
            "1.2.840.10008.1.2.4.51", Coding.JPEG, is_lossy=True
        ),  # extended, 8 and 12 bit
        Encoding("1.2.840.10008.1.2.4.57", Coding.JPEG_LOSSLESS),
        Encoding("1.2.840.10008.1.2.4.70", Coding.JPEG_LOSSLESS),  # first-order prediction
        Encoding("1.2.840.10008.1.2.4.80", Coding.JPEG_LS),
        Encoding("1.2.840.10008.1.2.4.81", Coding.JPEG_LS, is_lossy=True),
        Encoding("1.2.840.10008.1.2.4.90", Coding.JPEG_2000),
        Encoding("1.2.840.10008.1.2.4.91", Coding.JPEG_2000, is_lossy=True),
        Encoding("1.2.840.10008.1.2.4.201", Coding.HTJ2K),
        Encoding("1.2.840.10008.1.2.4.202", Coding.HTJ2K),  # lossless, RPCL
        Encoding("1.2.840.10008.1.2.4.203", Coding.HTJ2K, is_lossy=True),
    )
}
_STANDARD_PREFIX = "1.2.840.10008.1.2."
# Their data set lies in another file, or is deflated with pixels elsewhere.
_UNREADABLE = {"1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205", "1.2.840.10008.1.2.8.1"}


def find_encoding(uid: str) -> Encoding | None:
    """Return how a file is encoded, None where only its header can be read.

    Raises
    ------
    UnsupportedTransferSyntax
        Private, or a standard one whose header cannot be read either.
    """
    encoding = ENCODINGS.get(uid)
    if encoding is None and (uid in _UNREADABLE or not uid.startswith(_STANDARD_PREFIX)):
        raise refuse_transfer_syntax(uid)
    return encoding


def refuse_transfer_syntax(uid: str) -> UnsupportedTransferSyntax:
    """Name an encoding that is not read, and what to ask for instead."""
    name = UID(uid).name if uid.startswith("1.2.840.10008.") else "a private one"
    return UnsupportedTransferSyntax(
        f"(0002,0010) Transfer Syntax is {name}; expected uncompressed, deflated, RLE, JPEG "
        "(baseline, extended, lossless), JPEG-LS, JPEG 2000 or HTJ2K. Export the film in one "
        "of these."
    )
