"""What people see of jobs, and what they may order, end and take up again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.splits import Split
from cxr_core.domain import Role
from cxr_core.errors import DataError
from cxr_core.jobs.job import Job, NewJob, Request
from cxr_core.jobs.worker import LOG_NAME
from cxr_core.training.events import read_events
from cxr_core.training.run_folder import RunFolder
from cxr_core.use_cases.access import require
from cxr_core.use_cases.work.estimate_films import films_by_split
from cxr_core.use_cases.work.job_kinds import (
    COMPARE,
    CURATE,
    EVALUATE,
    MEASURE,
    RUN_FOLDER,
    TRAIN,
)
from cxr_core.use_cases.work.training_plan import TrainingWish

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cxr_core.domain import Actor
    from cxr_core.jobs.queue import JobQueue
    from cxr_core.jobs.workers import Workers
    from cxr_core.recipes.recipe import Study
    from cxr_core.use_cases.work.estimating import Estimate, PaceBook
    from cxr_core.use_cases.work.manifest_shelf import ManifestShelf, ShelvedManifest
    from cxr_core.use_cases.work.recipe_shelf import RecipeShelf

_TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """What a wish comes to: films of each split, epochs, and how long, None if unmeasured."""

    films: dict[Split, int]
    epochs: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class TrainingView:
    """A training as it stands: finished epochs, steps of the one under way, pictures.

    `epochs` and `steps` are plain rows as the events file has them; `pictures` are files, one
    an epoch, in order; `augmentations` one file, None where there is none yet.
    """

    epochs: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    pictures: list[Path]
    augmentations: Path | None


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a board looks into: jobs' folders, manifests, what was timed, and recipes."""

    jobs: Path
    manifests: ManifestShelf
    paces: PaceBook
    shelf: RecipeShelf


class JobBoard:
    """Orders and shows jobs. Everything but `plan` is an administrator's."""

    def __init__(self, queue: JobQueue, workers: Workers, drawer: Drawer) -> None:
        self._queue = queue
        self._workers = workers
        self._folder = drawer.jobs
        self._manifests = drawer.manifests
        self._paces = drawer.paces
        self._shelf = drawer.shelf

    def studies(self) -> tuple[list[Study], list[str]]:
        """Return every recipe that can be ordered, and why others cannot be read."""
        return self._shelf.studies()

    def manifests(self) -> list[ShelvedManifest]:
        """Return the manifests that can be trained on, the one in force first.

        Raises
        ------
        DataError
            When that is damaged.
        """
        return self._manifests.all()

    def plan(self, wish: TrainingWish) -> TrainingPlan:
        """Say what a wish comes to on this machine.

        Raises
        ------
        DataError
            When it cannot be granted, or nothing was curated yet.
        """
        recipe = wish.recipe_of(self._shelf)
        films = films_by_split(self._manifests.find(wish.manifest).manifest, recipe)
        estimate = self._paces.estimate(recipe, films, wish.share)
        train = round(films[Split.TRAIN] * wish.share)
        return TrainingPlan({**films, Split.TRAIN: train}, recipe.epochs, estimate)

    def order_training(self, actor: Actor | None, wish: TrainingWish) -> tuple[Job, bool]:
        """Queue a training; of two equal ones at once only the first. Say whether it is new.

        Raises
        ------
        AccessError
            When the actor is no administrator.
        DataError
            When the wish cannot be granted.
        """
        self.plan(wish)
        title = f"Train {wish.name} ({wish.recipe}, {wish.run})"
        return self._order(actor, NewJob(TRAIN, title, wish.arguments(), wish.key))

    def order_measure(self, actor: Actor | None, wish: TrainingWish) -> tuple[Job, bool]:
        """Queue timing a few steps, before anything that takes long."""
        wish.recipe_of(self._shelf)
        title = f"Time {wish.recipe}, {wish.run}, on this machine"
        new = NewJob(MEASURE, title, wish.arguments(), f"measure-{wish.key}", priority=1)
        return self._order(actor, new)

    def order_curation(self, actor: Actor | None) -> tuple[Job, bool]:
        """Queue curating the releases that are here."""
        return self._order(actor, NewJob(CURATE, "Curate the releases", {}, CURATE, priority=3))

    def order_comparison(self, actor: Actor | None, names: Sequence[str]) -> tuple[Job, bool]:
        """Queue asking versions about every held-out film."""
        versions = sorted(set(names))
        title = f"Ask {', '.join(versions)} about all held-out films"
        key = f"{COMPARE}-{'-'.join(versions)}"
        return self._order(actor, NewJob(COMPARE, title, {"versions": versions}, key, 4))

    def order_evaluation(self, actor: Actor | None, name: str) -> tuple[Job, bool]:
        """Queue judging and auditing a candidate that came without."""
        new = NewJob(EVALUATE, f"Judge {name}", {"version": name}, f"{EVALUATE}-{name}", 4)
        return self._order(actor, new)

    def _order(self, actor: Actor | None, new: NewJob) -> tuple[Job, bool]:
        return self._queue.enqueue(new, require(actor, Role.ADMINISTRATOR, "order work").name)

    def cancel(self, actor: Actor | None, number: str) -> Job:
        """End a job; what it did stays, and it can be tried again."""
        who = require(actor, Role.ADMINISTRATOR, "cancel work")
        return self._queue.ask(number, Request.CANCEL, who.name)

    def pause(self, actor: Actor | None, number: str) -> Job:
        """Give its processors and memory back; it goes on from its last whole epoch."""
        who = require(actor, Role.ADMINISTRATOR, "pause work")
        return self._queue.ask(number, Request.PAUSE, who.name)

    def again(self, actor: Actor | None, number: str) -> Job:
        """Go on with a paused job, or try a failed or cancelled one again."""
        who = require(actor, Role.ADMINISTRATOR, "take work up again")
        return self._queue.again(number, who.name)

    def jobs(self, actor: Actor | None, kinds: Sequence[str] = (), most: int = 50) -> list[Job]:
        """Return jobs, active ones first, then the newest."""
        require(actor, Role.ADMINISTRATOR, "see the work")
        return self._queue.jobs(most, kinds)

    def newest(self, kind: str) -> Job | None:
        """Return the newest job of a kind, which anybody may follow."""
        return next(iter(self._queue.jobs(1, [kind])), None)

    def job(self, actor: Actor | None, number: str) -> Job:
        """Return one job."""
        require(actor, Role.ADMINISTRATOR, "see the work")
        return self._queue.job(number)

    def has_worker(self) -> bool:
        """Tell whether anybody is there to do the work."""
        return any(worker.is_alive for worker in self._workers.all())

    def log_tail(self, actor: Actor | None, number: str) -> str:
        """Return the end of a job's log."""
        require(actor, Role.ADMINISTRATOR, "read logs")
        path = self._folder_of(number) / LOG_NAME
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - _TAIL_BYTES))
            return stream.read().decode("utf-8", "replace")

    def training(self, actor: Actor | None, job: Job) -> TrainingView:
        """Return how far a training is, whoever watches it."""
        require(actor, Role.ADMINISTRATOR, "watch trainings")
        run = RunFolder(self._folder_of(job.id) / RUN_FOLDER / str(job.arguments["name"]))
        events = read_events(run.events)
        by_epoch = {row["epoch"]: row for row in events if row.get("event") == "EpochResult"}
        epochs = [by_epoch[epoch] for epoch in sorted(by_epoch)]
        under_way = (epochs[-1]["epoch"] if epochs else 0) + 1
        return TrainingView(
            epochs=epochs,
            steps=[
                row
                for row in events
                if row.get("event") == "StepEvent" and row["epoch"] == under_way
            ],
            pictures=sorted(run.augmentations.parent.glob("epoch-*.jpg")),
            augmentations=run.augmentations if run.augmentations.is_file() else None,
        )

    def _folder_of(self, number: str) -> Path:
        if not number.isalnum():
            raise DataError(f"{number!r} is no number of a job.")
        return self._folder / number
