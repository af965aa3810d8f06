"""What the viewer shows: a film, what its pixels measure, and each model's opinion of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray, Window
    from cxr_core.services import Look

StoredPixels: TypeAlias = "NDArray[np.uint8] | NDArray[np.uint16]"

_ROUNDING = 1e-5  # a float32 softmax or a normalised map may step this far out of [0, 1]


def _checked_share(values: NDArray[Any], what: str) -> NDArray[Any]:
    """Return `values` clipped to [0, 1]; refuse what rounding cannot explain."""
    if not np.isfinite(values).all():
        raise ValueError(f"{what} hold NaN or infinity; expected numbers in [0, 1].")
    if values.size and (values.min() < -_ROUNDING or values.max() > 1 + _ROUNDING):
        raise ValueError(
            f"{what} run from {values.min():.4g} to {values.max():.4g}; expected [0, 1]."
        )
    clipped: NDArray[Any] = np.clip(values, 0, 1)
    return clipped


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a C-ordered view of `array` (a copy if it has another order), read-only."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True, eq=False)
class ViewerPanel:
    """One model's opinion: a probability and a heatmap for each of its own classes.

    `heatmaps` is float32 (classes, rows, columns) in [0, 1] and covers the whole film,
    whatever its size; an all-zero map is allowed and is shown as "no heat". `seen` is what
    the network was given, float32 (rows, columns), one channel, as far as that is known.

    Raises
    ------
    ValueError
        When probabilities, classes and heatmaps do not match or leave [0, 1].
    """

    name: str
    probabilities: tuple[float, ...]
    classes: tuple[str, ...]
    heatmaps: FloatArray
    seen: FloatArray | None = None

    def __post_init__(self) -> None:
        if self.seen is not None and (self.seen.ndim != 2 or not np.isfinite(self.seen).all()):
            raise ValueError(f"{self.name}: what it saw is no picture of finite numbers.")
        count = len(self.classes)
        if count == 0:
            raise ValueError(f"{self.name}: no classes; expected at least one.")
        if len(set(self.classes)) != count:
            raise ValueError(f"{self.name}: classes {self.classes} repeat a name.")
        if len(self.probabilities) != count:
            raise ValueError(
                f"{self.name}: {len(self.probabilities)} probabilities for {count} classes."
            )
        if self.heatmaps.dtype != np.float32:
            raise ValueError(
                f"{self.name}: heatmaps are {self.heatmaps.dtype}; expected float32."
            )
        shape = self.heatmaps.shape
        if len(shape) != 3 or shape[0] != count or 0 in shape:
            raise ValueError(
                f"{self.name}: heatmaps have the shape {shape}; "
                f"expected ({count}, rows, columns), one map per class."
            )
        shares = _checked_share(
            np.asarray(self.probabilities, dtype=np.float64), f"{self.name}: probabilities"
        )
        heat = _checked_share(self.heatmaps, f"{self.name}: heatmaps")
        object.__setattr__(self, "probabilities", tuple(shares.tolist()))
        object.__setattr__(self, "heatmaps", _frozen(heat))


@dataclass(frozen=True, slots=True, eq=False)
class FilmScale:
    """What a film's pixels measure, and how it is shown before anybody windows it.

    `slope` (above 0) times a pixel plus `intercept` is the modality value, in which windows
    are given. `greys` is uint8 (2 ** bits,), the grey of each pixel value as the models read
    it, and `closest` the window that comes nearest to it. Where `is_inverted` a window has to
    be turned round for dense tissue to be bright. `windows` are those of the header.
    """

    greys: NDArray[np.uint8]
    closest: Window
    slope: float = 1.0
    intercept: float = 0.0
    is_inverted: bool = False
    windows: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        if not (np.isfinite(self.intercept) and 0.0 < self.slope < np.inf):
            raise ValueError(f"A slope of {self.slope} and an intercept of {self.intercept}.")


@dataclass(frozen=True, slots=True, eq=False)
class ViewerFilm:
    """A film as it is drawn: `pixels` (rows, columns), uint8 for 1 to 8 `bits`, uint16 above.

    Dense tissue is bright. `selected_class` is the class that is chosen at first; the empty
    string takes the first one. `note` is a line under the viewer and in a saved picture;
    the research notice is there anyway. `spacing_mm` is between rows, then between columns.
    `source` names the stored film, so that what is drawn on it stays when it is shown with
    other greys; the empty string takes the pixels for it. Without a `scale` pixels are shown as
    they are, from their percentile 0.5 to 99.5.

    Raises
    ------
    ValueError
        When the pixels have another shape, type or range, or no panel knows the class.
    """

    pixels: StoredPixels
    bits: int
    panels: tuple[ViewerPanel, ...] = ()
    selected_class: str = ""
    note: str = ""
    spacing_mm: tuple[float, float] | None = None
    is_spacing_calibrated: bool = False
    source: str = ""
    scale: FilmScale | None = None

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if len(shape) != 2 or min(shape) < 2:
            raise ValueError(
                f"The film has the shape {shape}; expected (rows, columns), two or more each."
            )
        if not 1 <= self.bits <= 16:
            raise ValueError(f"The film has {self.bits} bits; expected 1 to 16.")
        expected = np.dtype(np.uint8 if self.bits <= 8 else np.uint16)
        if self.pixels.dtype != expected:
            raise ValueError(
                f"The film is {self.pixels.dtype}; expected {expected} for {self.bits} bits."
            )
        brightest = int(self.pixels.max())
        if brightest >= 2**self.bits:
            raise ValueError(
                f"The film holds {brightest}; {self.bits} bits end at {2**self.bits - 1}."
            )
        if self.scale is not None and self.scale.greys.shape != (2**self.bits,):
            raise ValueError(
                f"The film has {self.scale.greys.shape} greys; {self.bits} bits need "
                f"{2**self.bits}."
            )
        if self.spacing_mm and not all(0 < each < np.inf for each in self.spacing_mm):
            raise ValueError(f"Pixels are {self.spacing_mm} mm apart; expected above 0.")
        classes = class_union(self.panels)
        if self.selected_class and classes and self.selected_class not in classes:
            raise ValueError(
                f"No panel has the class {self.selected_class!r}; "
                f"expected one of {', '.join(classes)}."
            )
        object.__setattr__(self, "pixels", _frozen(self.pixels))

    @classmethod
    def from_look(
        cls,
        look: Look,
        panels: tuple[ViewerPanel, ...] = (),
        selected_class: str = "",
        note: str = "",
    ) -> ViewerFilm:
        """Take over a film with all its values.

        Examples
        --------
        >>> film = ViewerFilm.from_look(look)  # doctest: +SKIP
        """
        film, told = look.film, look.provenance
        scale = FilmScale(
            film.greys,
            film.window,
            film.slope,
            film.intercept,
            film.is_inverted,
            told.windows,
        )
        return cls(
            film.steps,
            film.bits,
            panels,
            selected_class,
            note,
            spacing_mm=told.pixel_spacing_mm,
            is_spacing_calibrated=told.is_spacing_calibrated,
            source=told.sha256,
            scale=scale,
        )


def class_union(panels: Iterable[ViewerPanel]) -> tuple[str, ...]:
    """Return every class that a panel knows, in the order in which they first appear.

    Examples
    --------
    >>> heat = np.zeros((2, 7, 7), np.float32)
    >>> first = ViewerPanel("a", (0.2, 0.8), ("normal", "covid19"), heat)
    >>> second = ViewerPanel("b", (0.3, 0.7), ("normal", "nodule"), heat)
    >>> class_union((first, second))
    ('normal', 'covid19', 'nodule')
    """
    return tuple(dict.fromkeys(name for panel in panels for name in panel.classes))
