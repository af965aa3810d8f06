"""What an audit is made of: a network that can be asked, films that are known, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cxr_core.domain import read_only
from cxr_core.errors import DataError
from cxr_core.imaging.model_input import normalise, to_square
from cxr_core.inference.engine import EngineOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import keras
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray, Normalisation
    from cxr_core.inference.engine import Engine

Report: TypeAlias = "Callable[[str, int, int], None]"
"""Hears a sentence, films done and films in all; may raise to cancel."""


@dataclass(frozen=True, slots=True, eq=False)
class AuditSubject:
    """A network that reads `size` x `size`, its films normalised as it wants them.

    `rebuild` makes the same trained network anew, for its weights to be spoilt; None where that
    cannot be done. `blocks` are (name, layer) pairs from input to output: a block is all that
    comes after its layer's output, up to the next block. Without blocks the layers are taken in
    even portions.
    """

    name: str
    classes: tuple[str, ...]
    size: int
    normalisation: Normalisation
    engine: Engine
    heat_layer: str
    rebuild: Callable[[], keras.Model] | None = None
    blocks: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class AuditFilm:
    """A film whose class is known: `pixels` float32 (rows, columns) in [0, 1].

    `label` is the index of its class, `group` names its patient. `lungs` marks the lungs, bool
    in the shape of `pixels`, where they are known. `is_seen` tells that the network was trained
    or tuned on the patient: such a film counts for nothing but where its lungs are asked for.
    """

    name: str
    pixels: FloatArray
    label: int
    source: str
    group: str
    lungs: NDArray[np.bool_] | None = None
    is_seen: bool = False

    def __post_init__(self) -> None:
        """Check the mask and make the pixels read-only.

        Raises
        ------
        DataError
            When the lungs are of another shape than the film, or are nowhere or everywhere.
        """
        object.__setattr__(self, "pixels", read_only(self.pixels))
        if self.lungs is None:
            return
        if self.lungs.shape != self.pixels.shape:
            raise DataError(
                f"The lungs of {self.name} have shape {self.lungs.shape}; expected the film's, "
                f"{self.pixels.shape}."
            )
        if self.lungs.all() or not self.lungs.any():
            raise DataError(
                f"The lungs of {self.name} cover all or nothing of the film. Leave them out."
            )


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """How an audit is made.

    `frame_share` is the width of the border as a share in (0, 0.5) of the film's side.
    `sanity_films` films are asked again at every stage of each of `randomisations` spoilings.
    A class is judged on `fewest_films` films or more, a source told on `fewest_patients`
    patients or more. `resamples` of the patients, drawn from `seed`, give the intervals.
    """

    frame_share: float = 0.12
    batch: int = 16
    sanity_films: int = 16
    randomisations: int = 2
    fewest_films: int = 5
    fewest_patients: int = 10
    resamples: int = 1000
    seed: int = 0


def ask(
    subject: AuditSubject,
    pictures: Sequence[FloatArray],
    options: AuditOptions,
    report: Callable[[int, int], None],
    engine: Engine | None = None,
) -> EngineOutput:
    """Put float32 (rows, columns) films in [0, 1] to the network, a batch at a time.

    `engine` stands in for the subject's own, with the same inputs.
    """
    asked = subject.engine if engine is None else engine
    outputs = []
    for begin in range(0, len(pictures), options.batch):
        report(begin, len(pictures))
        some = pictures[begin : begin + options.batch]
        squares = np.stack([to_square(each, subject.size) for each in some])
        outputs.append(asked.run(normalise(squares, subject.normalisation)))
    report(len(pictures), len(pictures))
    return EngineOutput(
        logits=np.concatenate([each.logits for each in outputs]),
        heatmaps=np.concatenate([each.heatmaps for each in outputs]),
        features=np.concatenate([each.features for each in outputs]),
        seconds=sum(each.seconds for each in outputs),
    )


def labels_of(films: Iterable[AuditFilm]) -> NDArray[np.intp]:
    """Class index of each film."""
    return np.array([film.label for film in films], dtype=np.intp)
