"""Turn what a training tells into how far its job is, time left included."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from cxr_core.jobs.job import Progress
from cxr_core.training.events import (
    EpochResult,
    Event,
    FeatureEvent,
    FilmsEvent,
    Message,
    StepEvent,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.recipes.recipe import Recipe
    from cxr_core.use_cases.work.estimating import Estimate


class TrainingProgress:
    """Hears a training's events and says how far the whole job is.

    `estimate` says how long later stages and the judging will take, in the proportion in which
    the present stage keeps to it; without one only the present stage is spoken of.
    """

    def __init__(
        self, recipe: Recipe, estimate: Estimate | None, tell: Callable[[Progress], None]
    ) -> None:
        self._recipe = recipe
        self._estimate = estimate
        self._tell = tell
        self._kept = 0

    def __call__(self, event: Event) -> None:
        """Hear one event."""
        match event:
            case StepEvent():
                self._step(event)
            case FeatureEvent():
                epochs = self._recipe.stages[event.stage - 1].epochs
                self._say(
                    Progress(
                        f"Running the frozen part once, before {epochs} epochs",
                        event.done,
                        event.total,
                        self._left(event.stage, event.seconds_left),
                        self._kept,
                        {"films_per_second": event.films_per_second},
                    )
                )
            case FilmsEvent():
                self.stage(event.doing, event.done, event.total)
            case EpochResult():
                self._kept = event.epoch
            case Message():
                self.stage(event.text, 0, 0)
            case _:
                assert_never(event)

    def stage(self, words: str, done: int, total: int) -> None:
        """Say how far something without epochs is."""
        self._say(Progress(words, done, total, None, self._kept))

    def _step(self, event: StepEvent) -> None:
        self._kept = max(self._kept, event.epoch - 1)
        self._say(
            Progress(
                f"Epoch {event.epoch} of {event.epochs} at {event.size} pixels",
                event.step,
                event.steps,
                self._left(event.stage, event.seconds_left),
                self._kept,
                {"films_per_second": event.films_per_second},
            )
        )

    def _left(self, stage: int, seconds: float) -> float:
        if self._estimate is None:
            return seconds
        return seconds + sum(self._estimate.stages[stage:]) + self._estimate.judging

    def _say(self, progress: Progress) -> None:
        self._tell(progress)
