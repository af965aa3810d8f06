"""A run folder: what is in it, and how it survives a kill at any moment.

Every file is written beside its place, flushed to disk and renamed, so a reader finds the
previous epoch or this one, never half of either.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from cxr_core.errors import DataError
from cxr_core.registry.atomic import write_atomically, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_EPOCH = "epoch"  # the metadata key under which a checkpoint keeps its own history row


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
    """The recipe, the history, the newest checkpoint and the exported weights of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.weights = path / "weights.safetensors"
        self.history = path / "history.json"
        self.checkpoint = path / "checkpoint.safetensors"
        self.recipe = path / "recipe.json"

    def open(self, recipe: Mapping[str, Any], scale: float, *, resume: bool) -> None:
        """Tie the folder to a recipe, and bring the history up to the checkpoint.

        A folder without a recorded recipe takes the one that is given.

        Raises
        ------
        DataError
            When the folder holds a run and `resume` is not set, or a run of another recipe or
            scale; stages may be appended to the recorded ones.
        """
        history = self.read_history()
        if history and not resume:
            raise DataError(f"{self.path} holds a run already. Use --resume to go on.")
        asked = json.loads(json.dumps({**recipe, "scale": scale}))
        if resume and self.recipe.is_file():
            self._compare(asked)
        write_json(self.recipe, asked)
        if history:
            self.write_history(history)

    def _compare(self, asked: dict[str, Any]) -> None:
        recorded = _read_json(self.recipe)
        if not isinstance(recorded, dict) or not isinstance(recorded.get("stages"), list):
            raise DataError(f"{self.recipe} is not a recipe. Remove it to go on without it.")
        other = (recorded.keys() | asked.keys()) - {"stages"}
        changed = sorted(key for key in other if recorded.get(key) != asked.get(key))
        if asked["stages"][: len(recorded["stages"])] != recorded["stages"]:
            changed.append("stages")
        if changed:
            raise DataError(
                f"{self.path} holds a run of another recipe: {', '.join(changed)} differ from "
                f"{self.recipe.name}. Expected the same, with stages appended at most. Give "
                "that recipe, or another folder."
            )

    def write_arrays(
        self,
        path: Path,
        arrays: Mapping[str, NDArray[Any]],
        metadata: dict[str, str] | None = None,
    ) -> None:
        """Write arrays as safetensors, atomically."""
        # Not ascontiguousarray, which makes a vector out of a scalar.
        contiguous = {name: np.asarray(array, order="C") for name, array in arrays.items()}
        write_atomically(path, save(contiguous, metadata))

    def write_checkpoint(self, arrays: Mapping[str, NDArray[Any]], result: EpochResult) -> None:
        """Write a checkpoint that knows its own epoch, whatever becomes of the history."""
        row = json.dumps(asdict(result))
        self.write_arrays(self.checkpoint, arrays, {_EPOCH: row})

    def read_arrays(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read a safetensors file that this folder wrote."""
        return load(path.read_bytes())

    def read_history(self) -> list[EpochResult]:
        """Epochs finished so far; none in a new folder.

        The checkpoint is written first, so its word counts: a kill before the history was
        written loses no row. Checkpoints of older runs say nothing, and the history stands.

        Raises
        ------
        DataError
            When a file is damaged, or epochs before the checkpoint's are missing.
        """
        rows = _read_json(self.history) if self.history.is_file() else []
        try:
            results = [EpochResult(**row) for row in rows]
        except TypeError as error:
            raise DataError(f"{self.history} is not a history: {error}.") from error
        last = self._checkpointed()
        if last is None:
            return results
        if last.epoch > len(results) + 1:
            raise DataError(
                f"{self.checkpoint} stands after epoch {last.epoch}, but {self.history.name} "
                f"has {len(results)}. Restore the history, or give another folder."
            )
        return [*results[: last.epoch - 1], last]

    def _checkpointed(self) -> EpochResult | None:
        """Return the row that the checkpoint carries, None where there is none."""
        if not self.checkpoint.is_file():
            return None
        try:
            with safe_open(self.checkpoint, framework="numpy") as stream:
                metadata = stream.metadata() or {}
            return EpochResult(**json.loads(metadata[_EPOCH])) if _EPOCH in metadata else None
        except (OSError, SafetensorError, ValueError, TypeError) as error:
            raise DataError(
                f"{self.checkpoint} cannot be read. Remove it to go on from the exported "
                "weights."
            ) from error

    def write_history(self, results: list[EpochResult]) -> None:
        """Record the finished epochs."""
        write_json(self.history, [asdict(result) for result in results])


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON. Restore it.") from error
