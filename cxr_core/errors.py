"""Every error the core raises, sorted by who can act on it.

CxrError
├── InputError      the person who brought the film (exit status 3)
│   └── one class per kind of refusal, each with its closed-set `code`
├── DataError       whoever curates the dataset or writes the recipe (exit status 2)
├── ModelError      whoever maintains the model versions (exit status 1)
├── AccessError     whoever gives out accounts and roles (exit status 4)
└── StorageError    whoever runs the machine (exit status 1)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from cxr_core.domain import Provenance


class CxrError(Exception):
    """Root of the tree: a message fit to be shown, a stable `code`, an exit status."""

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 1


class InputError(CxrError):
    """The file cannot be read as a frontal chest radiograph.

    `provenance` says what was read before the refusal, None where nothing was.
    """

    exit_status = 3

    def __init__(self, message: str, provenance: Provenance | None = None) -> None:
        super().__init__(message)
        self.provenance = provenance


class EmptyFile(InputError):
    """The file holds no bytes."""

    code = "empty_file"


class FileTooLarge(InputError):
    """The file is larger than the configured limit."""

    code = "file_too_large"


class TooManyPixels(InputError):
    """The image claims more pixels than will be decoded."""

    code = "too_many_pixels"


class UnsupportedFormat(InputError):
    """The content is none of the formats that are read."""

    code = "unsupported_format"


class CorruptImage(InputError):
    """The format is known, the content is damaged."""

    code = "corrupt_image"


class TooSmall(InputError):
    """The image is too small to hold a readable chest."""

    code = "too_small"


class BlankImage(InputError):
    """All pixels are (nearly) the same."""

    code = "blank_image"


class NotARadiograph(InputError):
    """The content is a colour photograph or another picture."""

    code = "not_a_radiograph"


class NotAChest(InputError):
    """Another part of the body."""

    code = "not_a_chest"


class NotFrontal(InputError):
    """A lateral or oblique view."""

    code = "not_frontal"


class WrongModality(InputError):
    """DICOM of another modality than CR, DX or a secondary capture."""

    code = "wrong_modality"


class MultiFrame(InputError):
    """More than one frame."""

    code = "multi_frame"


class NoPixelData(InputError):
    """DICOM without an image."""

    code = "no_pixel_data"


class UnsupportedTransferSyntax(InputError):
    """DICOM pixel data in an encoding that is not decoded."""

    code = "unsupported_transfer_syntax"


class ForProcessing(InputError):
    """Raw detector data, not meant for reading."""

    code = "for_processing"


class DecoderFailed(InputError):
    """The decoder ran out of memory or failed in a way of its own."""

    code = "decoder_failed"


class UnsafeArchive(InputError):
    """A zip that is a bomb, damaged or leads out of itself."""

    code = "unsafe_archive"


class EncryptedArchive(InputError):
    """A zip that wants a password."""

    code = "encrypted_archive"


class NotFound(InputError):
    """No such file or folder."""

    code = "not_found"


class DataError(CxrError):
    """A dataset or recipe is not what it should be."""

    code = "bad_data"
    exit_status = 2


class ModelError(CxrError):
    """A model version cannot be loaded or trusted."""

    code = "bad_model"


class AccessError(CxrError):
    """Not signed in, or not allowed."""

    code = "forbidden"
    exit_status = 4


class StorageError(CxrError):
    """The disk refuses."""

    code = "storage"
