"""Where foreign decoders end: their exceptions become ours, their chatter stays inside."""

from __future__ import annotations

import logging
import struct
import threading
import warnings
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2
from pydicom.errors import BytesLengthException

from cxr_core.errors import CorruptImage, DecoderFailed, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What parsers let escape on damaged files, each seen in mutated ones or in their source.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,  # where the process turns warnings into errors
    struct.error,
    zlib.error,
    BytesLengthException,
)
_TALKERS = ("pydicom", "imagecodecs")
_QUIET = threading.RLock()


@contextmanager
def translate_damage(message: str, *, is_chained: bool = True) -> Iterator[None]:
    """Turn whatever a decoder raises on a damaged file into an error of our tree.

    Without `is_chained` the cause is left out of tracebacks: pydicom's messages quote the
    file's bytes, and with them the patient.

    Raises
    ------
    CorruptImage
        With `message`.
    DecoderFailed
        Out of memory, nested too deeply, or given up on by OpenCV.
    """
    try:
        yield
    except InputError:
        raise
    except (MemoryError, RecursionError, cv2.error) as error:
        raise DecoderFailed(
            "The decoder gave up or ran out of memory on this file. "
            "Export the film at its native size."
        ) from (error if is_chained else None)
    except DAMAGE as error:
        raise CorruptImage(message) from (error if is_chained else None)


@contextmanager
def keep_quiet() -> Iterator[None]:
    """Keep warnings and log lines of the image libraries off stderr and out of our logs.

    Those of DICOM quote element values, and may so name the patient. Filters and loggers
    belong to the process, hence one thread at a time.
    """
    loggers = [logging.getLogger(name) for name in _TALKERS]
    silence = logging.NullHandler()
    with _QUIET, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = [logger.propagate for logger in loggers]
        for logger in loggers:
            logger.addHandler(silence)  # without any handler Python prints warnings itself
            logger.propagate = False
        try:
            yield
        finally:
            for logger, propagate in zip(loggers, before, strict=True):
                logger.propagate = propagate
                logger.removeHandler(silence)
