"""Learning rates over a stage, and where a snapshot is taken. Pure functions of progress."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cxr_core.errors import DataError

if TYPE_CHECKING:
    from cxr_core.recipes.recipe import Stage

_LEAST_WARM_UP = 0.01  # of the rate, so that the first step moves something


def learning_rate(stage: Stage, progress: float) -> float:
    """Rate after `progress` epochs of a stage.

    Every schedule may begin with a linear warm-up. "constant" then stays, "cosine" falls to
    `last_rate` along a half cosine (Loshchilov & Hutter 2017, eq. 5, without restarts),
    "plateau" stays and falls so during the last `decay_epochs`, "snapshots" falls so once in
    every one of `cycles` equal cycles (Huang et al. 2017, eq. 2).

    Raises
    ------
    DataError
        When there is no such schedule.
    """
    if progress < stage.warm_up_epochs:
        return stage.rate * max(progress / stage.warm_up_epochs, _LEAST_WARM_UP)
    after, left = progress - stage.warm_up_epochs, stage.epochs - stage.warm_up_epochs
    match stage.schedule:
        case "constant":
            return stage.rate
        case "cosine":
            return _half_cosine(stage, after / left)
        case "plateau":
            decay = min(stage.decay_epochs, left)
            return _half_cosine(stage, (after - left + decay) / decay if decay else 0.0)
        case "snapshots":
            cycle = left / stage.cycles
            return _half_cosine(stage, min(after, left - 1e-9) % cycle / cycle)
        case other:
            raise DataError(f"There is no schedule {other!r}.")


def _half_cosine(stage: Stage, share: float) -> float:
    """From `rate` at 0 to `last_rate` at 1."""
    share = min(max(share, 0.0), 1.0)
    spread = stage.rate - stage.last_rate
    return stage.last_rate + spread * (1 + math.cos(math.pi * share)) / 2


def snapshot_epochs(stage: Stage) -> list[int]:
    """Epochs of a stage, counted from 1, after which a snapshot is kept; none for others."""
    if stage.schedule != "snapshots":
        return []
    return [round(stage.epochs * (cycle + 1) / stage.cycles) for cycle in range(stage.cycles)]
