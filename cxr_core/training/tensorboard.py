"""The history as TensorBoard reads it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cxr_core.training.events import EpochResult

_SCALARS = (
    "loss", "accuracy", "validation_loss", "validation_accuracy", "validation_auc",
    "learning_rate",
)  # fmt: skip


class BoardLog:
    """Writes an event file under a folder; a run that goes on writes its whole history anew.

    So no epoch stands twice, wherever the run was killed.
    """

    def __init__(self, folder: Path, history: list[EpochResult]) -> None:
        from tensorboardX import SummaryWriter  # protobuf takes a moment to load

        shutil.rmtree(folder, ignore_errors=True)
        self._writer = SummaryWriter(str(folder))
        for result in history:
            self.write(result)

    def write(self, result: EpochResult) -> None:
        """Add one epoch."""
        for name in _SCALARS:
            value = getattr(result, name)
            if value is not None:
                self._writer.add_scalar(name, value, result.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
