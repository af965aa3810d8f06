"""One film made ready for networks and for a glance, wherever it is decoded.

What decodes is a `Decoder`: `InProcess` here, for films that were decoded before, and the pool
of child processes in `isolation/`, for those that come from strangers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np

from cxr_core.domain import AS_STORED, ModelInput, Presentation, Radiograph
from cxr_core.errors import InputError, NotFrontal
from cxr_core.imaging.border import translate_damage
from cxr_core.imaging.decode import Limits, decode_film, digest
from cxr_core.imaging.model_input import prepare
from cxr_core.imaging.viewable import make_viewable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cxr_core.domain import ByteArray, FloatArray, InputKind, Provenance
    from cxr_core.imaging.greys import UnpaintedFilm
    from cxr_core.imaging.viewable import ViewableFilm

UNREADABLE = "The film cannot be read; expected a whole image file. Export it again."


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a film: inputs of these kinds, and a view at most `view_side` long."""

    kinds: Collection[InputKind]
    view_side: int
    presentation: Presentation = AS_STORED


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A film in small: `inputs` by kind, or none and the `refusal`.

    `view` is uint8 (rows, columns); a film that is refused for its view position has one too.
    """

    sha256: str
    inputs: dict[InputKind, ModelInput]
    view: ByteArray | None
    provenance: Provenance | None
    refusal: InputError | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A film to be looked at in full: its values, and what networks get of it, by kind."""

    film: ViewableFilm
    inputs: dict[InputKind, ModelInput]
    provenance: Provenance


class Decoder(Protocol):
    """Decodes films, here or elsewhere."""

    @property
    def limits(self) -> Limits:
        """The most that a film may weigh and claim."""
        ...

    def decode(self, data: bytes, presentation: Presentation = AS_STORED) -> Radiograph:
        """Decode a whole film; raises InputError."""
        ...

    def look(
        self, data: bytes, kinds: Collection[InputKind], presentation: Presentation
    ) -> Look:
        """Decode a whole film with its values; raises InputError."""
        ...

    def prepare(self, data: bytes, order: Order) -> Prepared:
        """Make a film ready; what is wrong with it is told in `refusal`."""
        ...


@dataclass(frozen=True, slots=True)
class InProcess:
    """Decodes in the calling thread: a decoder that crashes takes this process with it.

    `digest` says what a film is known by; a decoder process leaves that to the server.
    """

    limits: Limits = field(default_factory=Limits)
    digest: Callable[[bytes], str] = digest

    def decode(self, data: bytes, presentation: Presentation = AS_STORED) -> Radiograph:
        """Decode a whole film.

        Raises
        ------
        InputError
        """
        film, provenance = self.decode_unpainted(data, presentation)
        return Radiograph(film.paint(), provenance)

    def decode_unpainted(
        self, data: bytes, presentation: Presentation
    ) -> tuple[UnpaintedFilm, Provenance]:
        """Decode a whole film as far as its levels and their greys.

        Raises
        ------
        InputError
        """
        return decode_film(data, self.digest(data), self.limits, presentation)

    def look(
        self, data: bytes, kinds: Collection[InputKind], presentation: Presentation
    ) -> Look:
        """Decode a whole film with its values, and make what networks of `kinds` get of it.

        Raises
        ------
        InputError
        """
        with translate_damage(UNREADABLE):
            film, provenance = self.decode_unpainted(data, presentation)
            inputs = {}
            if kinds:
                radiograph = Radiograph(film.paint(), provenance)
                inputs = {kind: prepare(radiograph, *kind) for kind in kinds}
            return Look(make_viewable(film), inputs, provenance)

    def prepare(self, data: bytes, order: Order) -> Prepared:
        """Decode a film and make it ready; the full-size film ends here."""
        provenance: Provenance | None = None
        try:
            with translate_damage(UNREADABLE):
                radiograph = self.decode(data, order.presentation)
                provenance = radiograph.provenance
                view = small_view(radiograph, order.view_side)
                inputs = {kind: prepare(radiograph, *kind) for kind in order.kinds}
        except InputError as refusal:
            seen = self._glance(data, order) if isinstance(refusal, NotFrontal) else None
            told = refusal.provenance or provenance
            sha256 = told.sha256 if told else self.digest(data)
            return Prepared(sha256, {}, seen, told, refusal)
        return Prepared(provenance.sha256, inputs, view, provenance)

    def _glance(self, data: bytes, order: Order) -> ByteArray | None:
        """Look at a film that no model reads."""
        try:
            with translate_damage(UNREADABLE):
                shown = Presentation(order.presentation.is_inverted, any_view=True)
                return small_view(self.decode(data, shown), order.view_side)
        except InputError:
            return None


def fit_within(pixels: FloatArray, longest: int) -> FloatArray:
    """Shrink float32 (rows, columns) so that its longer side is at most `longest`."""
    rows, columns = pixels.shape
    scale = longest / max(rows, columns)
    if scale >= 1.0:
        return pixels
    side = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    return np.asarray(cv2.resize(pixels, side, interpolation=cv2.INTER_AREA), dtype=np.float32)


def small_view(radiograph: Radiograph, longest: int) -> ByteArray:
    """Shrink a film for looking at: uint8, windowed to its percentiles 0.5 to 99.5."""
    small = fit_within(radiograph.pixels, longest)
    low, high = np.percentile(small, (0.5, 99.5))
    shares = np.clip((small - low) / max(high - low, 1e-6), 0.0, 1.0)
    return np.asarray(np.rint(shares * 255), dtype=np.uint8)
