"""Every kind of file that may come in, drawn by the tests, and what becomes of each.

`python -m tests.imaging.catalogue` writes docs/inputs.md from it, and test_catalogue.py sends
each through the real upload path, so that the table says what is so.
"""

from __future__ import annotations

from pathlib import Path

from tests.imaging.catalogue import (
    archives,
    compressed,
    dicom_header,
    dicom_pixels,
    foreign,
    raster,
)
from tests.imaging.catalogue.good import ENCODINGS
from tests.imaging.catalogue.hostile import hostile_kinds
from tests.imaging.catalogue.kind import Encoding, Kind

__all__ = ["DRAWN", "ENCODINGS", "HOSTILE", "KINDS", "Encoding", "Kind", "hostile_kinds"]

_MODULES = (foreign, raster, dicom_header, dicom_pixels, compressed, archives)
DRAWN = tuple(kind for module in _MODULES for kind in module.KINDS)
HOSTILE = hostile_kinds(Path())  # by name; a test gives the folder
KINDS = (*DRAWN, *HOSTILE)
