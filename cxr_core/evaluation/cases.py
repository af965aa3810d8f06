"""Films that a version has answered: logits beside the truth, the patients and the sources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """What a version said of films whose class is known.

    `logits` is float64 (films, classes), finite; `truth` the index of each film's class;
    `groups` names its patient, all films of one patient alike. `sources`, `views` and `sexes`
    run parallel, "" where unknown; `ages` are years, None where unknown. What is left empty is
    taken for unknown.
    """

    classes: tuple[str, ...]
    logits: NDArray[np.float64]
    truth: NDArray[np.intp]
    groups: tuple[str, ...]
    sources: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    sexes: tuple[str, ...] = ()
    ages: tuple[float | None, ...] = ()

    def __post_init__(self) -> None:
        """Check shapes and ranges, and make the arrays read-only.

        Raises
        ------
        DataError
            When the parts do not fit together, or a value cannot be judged.
        """
        logits = np.array(self.logits, dtype=np.float64)
        truth = np.asarray(self.truth)
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise DataError(f"Classes are {list(self.classes)}; expected two or more names.")
        if logits.ndim != 2 or logits.shape[1] != len(self.classes) or not len(logits):
            raise DataError(
                f"Logits have shape {logits.shape}; expected at least one film by "
                f"{len(self.classes)} classes."
            )
        if not np.isfinite(logits).all():
            raise DataError("Logits are not all finite. Judge the films again.")
        if truth.shape != (len(logits),) or not np.issubdtype(truth.dtype, np.integer):
            raise DataError(
                f"Truth has shape {truth.shape} of {truth.dtype}; expected one index a film."
            )
        if truth.min() < 0 or truth.max() >= len(self.classes):
            raise DataError(
                f"Truth runs from {truth.min()} to {truth.max()}; expected indices of "
                f"{len(self.classes)} classes."
            )
        truth = truth.astype(np.intp)
        for name, array in (("logits", logits), ("truth", truth)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        self._fill()

    def _fill(self) -> None:
        unknown: dict[str, Any] = {"sources": "", "views": "", "sexes": "", "ages": None}
        for name, nothing in unknown.items():
            if not getattr(self, name):
                object.__setattr__(self, name, (nothing,) * len(self))
        for name in ("groups", *unknown):
            values = tuple(getattr(self, name))
            if len(values) != len(self):
                raise DataError(
                    f"There are {len(values)} {name} for {len(self)} films; expected one each."
                )
            object.__setattr__(self, name, values)

    def __len__(self) -> int:
        return len(self.logits)

    @property
    def predicted(self) -> NDArray[np.intp]:
        """Index of each film's favourite class; of equals, the first."""
        return np.asarray(np.argmax(self.logits, axis=1))

    @property
    def patients(self) -> int:
        """How many patients the films show."""
        return len(set(self.groups))

    def probabilities(self, temperature: float = 1.0) -> NDArray[np.float64]:
        """Softmax of the logits over `temperature`: float64 (films, classes)."""
        return softmax(self.logits, temperature)

    def subset(self, mask: NDArray[np.bool_]) -> Cases:
        """Return the films that boolean `mask` (films,) marks, in order.

        Raises
        ------
        DataError
            When it marks none.
        """
        kept = np.flatnonzero(mask)
        chosen = {
            name: tuple(getattr(self, name)[place] for place in kept)
            for name in ("groups", "sources", "views", "sexes", "ages")
        }
        return replace(self, logits=self.logits[kept], truth=self.truth[kept], **chosen)


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities, float64 (films, classes), of logits over a temperature above 0."""
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    shifted = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
