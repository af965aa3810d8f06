"""A frozen part of a network is run once a film: its output is kept, and the rest trains on it.

Where a stage trains only what comes after some layer, everything up to that layer answers the
same in every epoch. With augmentation, a stated number of fixed views of each film stands for
the endless ones that training on films would draw.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.errors import StorageError
from cxr_core.registry.atomic import write_json
from cxr_core.training.determinism import VIEW, stream
from cxr_core.training.events import FeatureEvent, Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import keras
    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.training.events import Event
    from cxr_core.training.inputs import FilmInputs

    Indices = NDArray[np.intp]

_BATCH = 32
_LARGEST = 65504.0  # of float16, in which maps are kept


def split_at(model: keras.Model, layer: str) -> tuple[keras.Model, keras.Model]:
    """Cut a flat graph after a layer: films -> its output, and its output -> logits.

    Both share their weights with the whole.
    """
    import keras

    cut = model.get_layer(layer).output
    return keras.Model(model.input, cut), keras.Model(cut, model.output)


@dataclass(frozen=True, slots=True)
class FeatureInputs:
    """Features of films, from a bank: `plain` is view 0, training draws a view an epoch."""

    rows: NDArray[np.floating[Any]]
    first_row: dict[int, int]
    views: int
    seed: int

    def training(self, batch: Indices, epoch: int, step: int) -> FloatArray:
        """Return one of each film's views."""
        random = stream(self.seed, epoch, VIEW, step)
        drawn = random.integers(0, self.views + 1, size=len(batch))
        return self._rows(batch, drawn)

    def plain(self, batch: Indices) -> FloatArray:
        """Return the features of the films as they are."""
        return self._rows(batch, np.zeros(len(batch), dtype=np.intp))

    def _rows(self, batch: Indices, views: NDArray[np.integer[Any]]) -> FloatArray:
        places = [
            self.first_row[int(i)] + int(view) for i, view in zip(batch, views, strict=True)
        ]
        return np.asarray(self.rows[places], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class FeatureBank:
    """Features on disk, filled batch by batch; a killed process goes on where it stood.

    Of a training film `views` augmented versions are kept besides the film itself. Maps are
    kept as float16, vectors as float32. `stage` is told in events.
    """

    path: Path
    films: FilmInputs
    views: int
    stage: int
    report: Callable[[Event], None]

    def fill(self, frozen: keras.Model, train: Indices, held_out: Indices) -> FeatureInputs:
        """Run the frozen part over all views of `train` and the plain films of `held_out`.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        jobs = [(int(i), view) for i in train for view in range(self.views + 1)]
        jobs += [(int(i), 0) for i in held_out]
        shape = (len(jobs), *frozen.output_shape[1:])
        kind = _kind(frozen.output_shape)
        try:
            rows = self._open(shape, kind)
            self._run(frozen, jobs, rows)
        except OSError as error:
            raise StorageError(
                f"Cannot keep features in {self.path}: {error.strerror or error}. Free some "
                "space; what was computed so far is kept."
            ) from error
        first: dict[int, int] = {}
        for row, (index, _) in enumerate(jobs):
            first.setdefault(index, row)
        return FeatureInputs(rows, first, self.views, self.films.recipe.seed)

    def _open(
        self, shape: tuple[int, ...], kind: type[np.floating[Any]]
    ) -> np.memmap[Any, Any]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if not self.path.is_file() or self.path.stat().st_size != size:
            self._progress.unlink(missing_ok=True)
            with self.path.open("wb") as file:
                _reserve(file.fileno(), size)
        return np.memmap(self.path, kind, "r+", shape=shape)

    @property
    def _progress(self) -> Path:
        return self.path.with_suffix(".json")

    def _run(
        self, frozen: keras.Model, jobs: list[tuple[int, int]], rows: np.memmap[Any, Any]
    ) -> None:
        done = self._done()
        pace, first = Pace(), done
        while done < len(jobs):
            batch = jobs[done : done + _BATCH]
            inputs = np.concatenate(
                [self.films.view(np.array([index]), view) for index, view in batch]
            )
            features = np.asarray(frozen.predict_on_batch(inputs), dtype=np.float32)
            rows[done : done + len(batch)] = np.clip(features, -_LARGEST, _LARGEST)
            done += len(batch)
            if done % (_BATCH * 16) == 0 or done == len(jobs):
                rows.flush()
                write_json(self._progress, {"done": done})
            speed = pace.per_second(done - first)
            self.report(
                FeatureEvent(self.stage, done, len(jobs), speed, (len(jobs) - done) / speed)
            )

    def _done(self) -> int:
        """Rows that are surely on disk."""
        if not self._progress.is_file():
            return 0
        return int(json.loads(self._progress.read_text(encoding="utf-8"))["done"])


def _kind(output_shape: tuple[int | None, ...]) -> type[np.floating[Any]]:
    return np.float32 if len(output_shape) == 2 else np.float16


def feature_bytes(output_shape: tuple[int | None, ...]) -> int:
    """Return what one film's features take on disk, by the frozen part's output shape."""
    values = [int(each or 1) for each in output_shape[1:]]
    return int(np.prod(values)) * np.dtype(_kind(output_shape)).itemsize


def _reserve(file: int, size: int) -> None:
    """Take the room on the disk now: a mapped file that finds none later kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.truncate(file, size)
