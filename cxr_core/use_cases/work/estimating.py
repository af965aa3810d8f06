"""How long a training will take on this machine: measured here, or not said at all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.splits import Split
from cxr_core.registry.atomic import write_json
from cxr_core.training.measuring import StagePace
from cxr_core.use_cases.retraining import LEAST_HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cxr_core.recipes.recipe import Recipe, Stage

PACE_NAME = "pace.json"
_AUDIT_PASSES = 6  # looks at each audited film: blacked-out copies, heat, randomised weights
_AUDITED_FILMS = 380
_READINGS = 2  # of the held-out films: to judge the version, and to set it beside others
_UNCERTAINTY = 0.35  # what others do on the machine, and epochs that are not all alike


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds of a training: of each stage, of judging afterwards, and in all.

    `low` and `high` bound what is likely while nobody else needs the machine. `disk` is what
    features of a frozen part take, in bytes, while the training runs.
    """

    stages: tuple[float, ...]
    judging: float
    disk: int

    @property
    def seconds(self) -> float:
        """Everything together."""
        return sum(self.stages) + self.judging

    @property
    def low(self) -> float:
        """A quick run."""
        return self.seconds * (1 - _UNCERTAINTY)

    @property
    def high(self) -> float:
        """A slow run."""
        return self.seconds * (1 + _UNCERTAINTY)


class PaceBook:
    """What was measured on this machine, in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def keep(self, recipe: Recipe, stage: Stage, pace: StagePace) -> None:
        """Write a measurement down.

        Raises
        ------
        StorageError
            When the disk refuses.
        """
        write_json(self._path, {**self._table(), _key(recipe, stage): asdict(pace)})

    def find(self, recipe: Recipe, stage: Stage) -> StagePace | None:
        """Return what was measured for a stage like this; None where nothing was."""
        row = self._table().get(_key(recipe, stage))
        try:
            return None if row is None else StagePace(**row)
        except TypeError:
            return None  # of another program version; it is measured again

    def estimate(
        self, recipe: Recipe, films: Mapping[Split, int], share: float = 1.0
    ) -> Estimate | None:
        """Estimate a training on a share of so many films of each split, judged on all.

        None where this machine was not yet timed.
        """
        paces = [self.find(recipe, stage) for stage in recipe.stages]
        known = [pace for pace in paces if pace is not None]
        if len(known) < len(paces):
            return None
        train, held_out = films.get(Split.TRAIN, 0) * share, films.get(Split.VALIDATION, 0)
        validation = max(min(LEAST_HELD_OUT, held_out), held_out * share)
        seconds, disk = [], [0]
        for stage, pace in zip(recipe.stages, known, strict=True):
            wished = (recipe.films_per_epoch or films.get(Split.TRAIN, 0)) * share
            draws = min(wished, train * recipe.most_draws_per_film)
            views = train * (recipe.augmentation.views + 1) + validation
            is_frozen = stage.trains != "all"
            reading = validation * max(0.0, pace.reading - pace.frozen)
            epoch = draws * pace.training + reading
            seconds.append(views * pace.frozen * is_frozen + stage.epochs * epoch)
            disk.append(round(views * pace.feature_bytes))
        judged = (held_out + films.get(Split.TEST, 0)) * _READINGS
        looks = judged + _AUDIT_PASSES * min(_AUDITED_FILMS, films.get(Split.TEST, 0))
        return Estimate(tuple(seconds), looks * known[-1].reading, max(disk))

    def _table(self) -> dict[str, Any]:
        try:
            table = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return table if isinstance(table, dict) else {}


def _key(recipe: Recipe, stage: Stage) -> str:
    hidden = "-".join(str(width) for width in recipe.head.hidden)
    return "/".join(
        (recipe.network, str(stage.size), stage.trains, str(recipe.batch), hidden or "plain")
    )
