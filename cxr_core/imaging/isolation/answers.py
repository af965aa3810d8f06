"""Read what a decoder process answers, and believe none of it before it is checked."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.domain import Geometry, ModelInput, Provenance, Radiograph, Window
from cxr_core.errors import CorruptImage, DecoderFailed, InputError
from cxr_core.imaging.greys import UnpaintedFilm
from cxr_core.imaging.preparing import Look, Prepared
from cxr_core.imaging.viewable import ViewableFilm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import InputKind
    from cxr_core.imaging.isolation.wire import Header

_REFUSALS = {kind.code: kind for kind in InputError.__subclasses__()}


def read_film(header: Header, arrays: Sequence[NDArray[np.generic]]) -> Radiograph:
    """Read a whole film.

    Raises
    ------
    InputError
        The film is refused; DecoderFailed where the answer makes no sense.
    """
    with _translate_nonsense():
        provenance = _accepted(header)
        return Radiograph(_film(*arrays).paint(), provenance)


def read_look(header: Header, arrays: list[NDArray[Any]], kinds: Sequence[InputKind]) -> Look:
    """Read a film with its values.

    Raises
    ------
    InputError
        The film is refused; DecoderFailed where the answer makes no sense.
    """
    with _translate_nonsense():
        provenance = _accepted(header)
        steps, greys, *inputs = arrays
        return Look(_viewable(header, steps, greys), _inputs(inputs, kinds, provenance),
                    provenance)  # fmt: skip


def read_prepared(
    header: Header, arrays: list[NDArray[np.generic]], kinds: Sequence[InputKind]
) -> Prepared:
    """Read a film that was made ready.

    Raises
    ------
    DecoderFailed
        The answer makes no sense.
    """
    with _translate_nonsense():
        provenance = _provenance(header)
        sha256 = header["sha256"]
        view = np.asarray(arrays.pop(0), dtype=np.uint8) if header["has_view"] else None
        if header["refusal"] is not None:
            refusal = _refusal(header["refusal"], provenance)
            return Prepared(sha256, {}, view, provenance, refusal)
        if provenance is None:
            raise crashed()
        return Prepared(sha256, _inputs(arrays, kinds, provenance), view, provenance)


def crashed() -> DecoderFailed:
    """Say that a decoder process died of a file, or might as well have."""
    return DecoderFailed(
        "The decoder crashed on this file, and only on this one. Export the film again, "
        "uncompressed."
    )


@contextmanager
def _translate_nonsense() -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError) as error:
        raise crashed() from error


def _accepted(header: Header) -> Provenance:
    """Return whence a film comes, or raise why there is none."""
    provenance = _provenance(header)
    if header["refusal"] is not None:
        raise _refusal(header["refusal"], provenance)
    if provenance is None:
        raise crashed()
    return provenance


def _film(codes: NDArray[Any], greys: NDArray[Any] | None = None) -> UnpaintedFilm:
    is_painted = greys is None and codes.dtype == np.float32
    is_indexed = (
        greys is not None
        and codes.dtype in {np.dtype(np.uint8), np.dtype(np.uint16)}
        and greys.dtype == np.float32
        and greys.shape == (1 << (8 * codes.dtype.itemsize),)
    )
    if codes.ndim != 2 or not (is_painted or is_indexed):
        raise crashed()
    return UnpaintedFilm(codes, greys)


def _viewable(header: Header, steps: NDArray[Any], greys: NDArray[Any]) -> ViewableFilm:
    bits = int(header["bits"])
    depth = np.uint8 if bits <= 8 else np.uint16
    is_sound = (
        1 <= bits <= 16
        and steps.ndim == 2
        and steps.dtype == depth
        and greys.dtype == np.uint8
        and greys.shape == (1 << bits,)
        and int(steps.max()) < 1 << bits
        and math.isfinite(header["intercept"])
        and 0.0 < header["slope"] < math.inf
    )
    if not is_sound:
        raise crashed()
    return ViewableFilm(
        steps,
        bits,
        greys,
        float(header["slope"]),
        float(header["intercept"]),
        bool(header["is_inverted"]),
        Window(**header["window"]),
    )


def _inputs(
    arrays: Sequence[NDArray[Any]], kinds: Sequence[InputKind], provenance: Provenance
) -> dict[InputKind, ModelInput]:
    return {
        kind: _input(pixels, kind[0], provenance)
        for kind, pixels in zip(kinds, arrays, strict=True)
    }


def _input(pixels: NDArray[np.generic], size: int, provenance: Provenance) -> ModelInput:
    if pixels.shape != (1, size, size, 3):
        raise crashed()
    geometry = Geometry(provenance.rows, provenance.columns, size)
    return ModelInput(np.asarray(pixels, dtype=np.float32), geometry)


def _provenance(header: Header) -> Provenance | None:
    told = header["provenance"]
    if told is None:
        return None
    del told["sha256"]
    spacing = told.pop("pixel_spacing_mm")
    return Provenance(
        windows=tuple(Window(**each) for each in told.pop("windows")),
        pixel_spacing_mm=None if spacing is None else (float(spacing[0]), float(spacing[1])),
        flags=tuple(told.pop("flags")),
        warnings=tuple(told.pop("warnings")),
        sha256=header["sha256"],
        **told,
    )


def _refusal(told: Sequence[str], provenance: Provenance | None) -> InputError:
    code, message = told
    return _REFUSALS.get(code, CorruptImage)(message, provenance)
