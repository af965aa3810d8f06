"""Frozen values that pass between rooms. Arrays are read-only; nobody's identity is kept."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BURNED_IN_FLAG = "gate_burned_in_annotation"
"""The film may show whose it is: pages hold it until a person decides to look."""

FloatArray: TypeAlias = "NDArray[np.float32]"
ByteArray: TypeAlias = "NDArray[np.uint8]"


def read_only(array: FloatArray) -> FloatArray:
    """Return a view of `array` that nobody can write through."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, slots=True)
class Window:
    """A window that a header offers (PS3.3 C.11.2.1.2): what it is called, where it lies.

    `function` is LINEAR, LINEAR_EXACT or SIGMOID; `name` is the header's, "" where it has none.
    """

    center: float
    width: float
    function: str = "LINEAR"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Presentation:
    """What a person overrules in one film.

    Parameters
    ----------
    is_inverted
        Turn the greys round: the header's polarity, or the file, is wrong.
    any_view
        For looking only: decode laterals and obliques too.
    """

    is_inverted: bool = False
    any_view: bool = False


AS_STORED = Presentation()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a radiograph's pixels come from, without saying whose they are.

    `bits_stored` counts bits per sample as stored; `warnings` are sentences for the reader;
    `windows` are those that the header offers; `pixel_spacing_mm` is between rows, then between
    columns, corrected for magnification where it `is_spacing_calibrated`; `study` is the same
    for films of one study and says nothing else of it.
    """

    sha256: str
    format: str
    rows: int
    columns: int
    bits_stored: int
    photometric_interpretation: str | None = None
    view_position: str | None = None
    transfer_syntax: str | None = None
    patient_age_years: float | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    is_spacing_calibrated: bool = False
    windows: tuple[Window, ...] = ()
    study: str | None = None
    flags: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Radiograph:
    """One film: `pixels` float32 (rows, columns) in [0, 1], dense tissue bright."""

    pixels: FloatArray
    provenance: Provenance

    def __post_init__(self) -> None:
        object.__setattr__(self, "pixels", read_only(self.pixels))


class Normalisation(StrEnum):
    """How grey levels in [0, 1] become network input, three equal channels or nearly so.

    FILM: zero mean, unit variance over each film, so that no linear change of window,
    exposure or bit depth can change a reading. UNIT: the grey levels as they are. SYMMETRIC:
    from -1 to 1. DATASET: as UNIT, for a network that itself scales by the mean and deviation
    of the films it was trained on. What keras.applications' ImageNet weights were trained on:
    IMAGENET for VGG16 and ResNet50 (255 x grey as BGR less the ImageNet mean), IMAGENET_TORCH
    for DenseNet169 (grey as RGB less the mean, over the deviation), SYMMETRIC for Xception and
    InceptionV3.
    """

    FILM = "film"
    IMAGENET = "imagenet"
    IMAGENET_TORCH = "imagenet_torch"
    SYMMETRIC = "symmetric"
    UNIT = "unit"
    DATASET = "dataset"


InputKind: TypeAlias = tuple[int, Normalisation]
"""Size and normalisation: versions that share both share the prepared film."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """Maps a heatmap back to the film: the whole film was resized to `size` x `size`."""

    rows: int
    columns: int
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """float32 (1, size, size, 3), normalised as the model version's manifest says."""

    pixels: FloatArray
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model version spoke."""

    name: str
    version: str
    weights_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What one model version says of one radiograph.

    `probabilities` and `logits` run parallel to `classes`. `heatmaps` is float32 (classes,
    rows, columns) in [0, 1], one coarse map per class over the whole film, all zero where no
    feature speaks for the class. `prediction_set` holds the classes that cannot be ruled out.
    `seconds` is the film's share of its batch, `input_kind` what the network was given: size
    and normalisation.
    """

    model: ModelRef
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    logits: tuple[float, ...]
    heatmaps: FloatArray
    prediction_set: tuple[str, ...]
    reassuring: tuple[str, ...]
    device: str
    seconds: float
    input_kind: InputKind | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "heatmaps", read_only(self.heatmaps))

    @property
    def label(self) -> str:
        """The most probable class."""
        return max(zip(self.probabilities, self.classes, strict=True))[1]

    def probability(self, name: str) -> float:
        """Probability in [0, 1] of one of the version's classes."""
        return self.probabilities[self.classes.index(name)]


class Priority(StrEnum):
    """Reading order. UNREAD sorts after URGENT: the models abstain, a person has to look."""

    URGENT = "urgent"
    UNREAD = "unread"
    SOON = "soon"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """0 for what is read first."""
        return list(Priority).index(self)


@dataclass(frozen=True, slots=True)
class TriageDecision:
    """Advice on the reading order. `score` in [0, 1] grows with urgency."""

    priority: Priority
    score: float
    reason: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilmFile:
    """A film to be read: its name for people, how to get its bytes, what is overruled in it.

    `load` may raise InputError, which becomes the film's answer.
    """

    name: str
    load: Callable[[], bytes]
    presentation: Presentation = AS_STORED


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a film was not read: a code of the closed set, and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All that is known of one file.

    Either `refusal` is set, or `predictions` and `triage` are. `provenance` is None when
    nothing could be decoded. `view` is the film, small: uint8 (rows, columns).
    """

    name: str
    sha256: str | None
    refusal: Refusal | None
    provenance: Provenance | None
    predictions: tuple[Prediction, ...] = ()
    triage: TriageDecision | None = None
    view: ByteArray | None = None

    @property
    def sort_key(self) -> tuple[int, float]:
        """What is read first comes first; refused files come last."""
        if self.triage is None:
            return len(Priority), 0.0
        return self.triage.priority.rank, -self.triage.score


class Role(StrEnum):
    """What a person may do: an administrator everything that a reader may, and more."""

    READER = "reader"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a name for the audit log, and the role that was found when they came in."""

    name: str
    role: Role
