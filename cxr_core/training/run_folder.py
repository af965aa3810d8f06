"""A run folder: what is in it, and how it survives a kill at any moment.

Every file is written beside its place, flushed to disk and renamed, so a reader finds the
previous epoch or this one, never half of either.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from cxr_core.errors import DataError
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.training.events import EpochResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_EPOCH = "epoch"  # the metadata key under which a checkpoint keeps its own history row


class RunFolder:
    """All that one run leaves.

    `history` has a row per epoch, `timing` the seconds of each, `events` every event. A
    `checkpoint` holds what the newest epoch trained and its optimiser's state; the rest of the
    network is in `stage_start`. `best` is the chosen epoch's state, `snapshot` a cycle's.
    `guard` is called before a checkpoint is written, and raises where the run is another
    process's by now.
    """

    def __init__(self, path: Path, guard: Callable[[], None] | None = None) -> None:
        self.path = path
        self._guard = guard
        self.weights = path / "weights.safetensors"
        self.history = path / "history.json"
        self.timing = path / "timing.json"
        self.events = path / "events.jsonl"
        self.board = path / "tensorboard"
        self.checkpoint = path / "checkpoint.safetensors"
        self.best = path / "best.safetensors"
        self.recipe = path / "recipe.json"

    def stage_start(self, stage: int) -> Path:
        """All weights as they were when a stage, counted from 1, began."""
        return self.path / f"start-{stage}.safetensors"

    def features(self, stage: int) -> Path:
        """What the frozen part answers in a stage."""
        return self.path / "features" / f"stage-{stage}.bin"

    def snapshot(self, epoch: int) -> Path:
        """State at the end of a cycle."""
        return self.path / "snapshots" / f"epoch-{epoch}.safetensors"

    @property
    def augmentations(self) -> Path:
        """A few training films as they are and as they are changed."""
        return self.path / "pictures" / "augmentations.jpg"

    def picture(self, epoch: int) -> Path:
        """What the network looked at after an epoch, on the same few films."""
        return self.path / "pictures" / f"epoch-{epoch:03d}.jpg"

    def member(self, number: int) -> Path:
        """One network of an ensemble, ready to be read with; counted from 1."""
        return self.path / "members" / f"{number}.safetensors"

    def members(self) -> list[Path]:
        """Return the networks of the ensemble, in order; none where there is none."""
        found = (self.path / "members").glob("*.safetensors")
        return sorted(found, key=lambda path: int(path.stem))

    def tidy(self) -> None:
        """Remove what only a run that goes on needs."""
        for path in (self.checkpoint, self.best, *self.path.glob("start-*.safetensors")):
            path.unlink(missing_ok=True)
        self.drop_features()
        shutil.rmtree(self.path / "snapshots", ignore_errors=True)

    def drop_features(self) -> None:
        """Remove features: they are large, and are computed again where they are missed."""
        shutil.rmtree(self.path / "features", ignore_errors=True)

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

    def read_recipe(self) -> dict[str, Any]:
        """Return what the folder is tied to; nothing in a new one."""
        table = _read_json(self.recipe) if self.recipe.is_file() else {}
        return table if isinstance(table, dict) else {}

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
        if self._guard is not None:
            self._guard()
        row = json.dumps(asdict(result))
        self.write_arrays(self.checkpoint, arrays, {_EPOCH: row})

    def read_arrays(self, path: Path) -> dict[str, NDArray[Any]]:
        """Read a safetensors file that this folder wrote.

        Raises
        ------
        DataError
            When it is gone or damaged.
        """
        try:
            return load(path.read_bytes())
        except (OSError, SafetensorError) as error:
            raise DataError(
                f"{path} cannot be read. Restore it, or give another folder."
            ) from error

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
                f"{self.checkpoint} cannot be read. Restore it, or give another folder."
            ) from error

    def write_history(self, results: list[EpochResult]) -> None:
        """Record the finished epochs."""
        write_json(self.history, [asdict(result) for result in results])

    def write_seconds(self, epoch: int, seconds: float) -> None:
        """Record how long an epoch took, beside the history, which no clock may change."""
        known = self.read_seconds()
        write_json(self.timing, {**known, str(epoch): round(seconds, 3)})

    def read_seconds(self) -> dict[str, float]:
        """Seconds of each epoch, by its number as text; features count for the first."""
        rows = _read_json(self.timing) if self.timing.is_file() else {}
        if not isinstance(rows, dict):
            raise DataError(f"{self.timing} is not a table of seconds. Remove it.")
        return rows


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as JSON. Restore it.") from error
