"""A run folder: what is in it, and how it survives a kill at any moment.

Every file is written beside its place, flushed to disk and renamed, so a reader finds the
previous epoch or this one, never half of either.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load, save

from cxr_core.registry.atomic import write_atomically, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class EpochResult:
    """One finished epoch; losses are cross-entropies, accuracies in [0, 1]."""

    epoch: int
    size: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


class RunFolder:
    """The history, the newest checkpoint and the exported weights of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.weights = path / "weights.safetensors"
        self.history = path / "history.json"
        self.checkpoint = path / "checkpoint.safetensors"

    def write_arrays(self, path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Write arrays as safetensors, atomically."""
        # Not ascontiguousarray, which makes a vector out of a scalar.
        contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        write_atomically(path, save(contiguous))

    def read_arrays(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read a safetensors file that this folder wrote."""
        return load(path.read_bytes())

    def read_history(self) -> list[EpochResult]:
        """Epochs finished so far; none in a new folder."""
        if not self.history.is_file():
            return []
        return [EpochResult(**row) for row in json.loads(self.history.read_text())]

    def write_history(self, results: list[EpochResult]) -> None:
        """Record the finished epochs."""
        write_json(self.history, [asdict(result) for result in results])
