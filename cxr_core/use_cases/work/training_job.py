"""The job of a retraining: train, judge, audit, and hand in a candidate.

Every step finds what an earlier attempt has left and goes on from there: epochs from the last
whole one, the rest by file.
"""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.collection import Dealing
from cxr_core.datasets.schemes import PATIENTS
from cxr_core.datasets.splits import Split
from cxr_core.domain import Actor, Role
from cxr_core.errors import DataError
from cxr_core.inference.runtime import start_backend
from cxr_core.registry.catalogue import load_version
from cxr_core.registry.manifest import read_manifest
from cxr_core.store.version_rows import VersionState
from cxr_core.training.events import EventLog
from cxr_core.training.run_folder import RunFolder
from cxr_core.use_cases.reporting import Reporter, ReportOrder
from cxr_core.use_cases.retraining import Order, train_network
from cxr_core.use_cases.starting import SCRATCH, STAGE_A, Origin, open_origin
from cxr_core.use_cases.studying import Beginning, origin_of, wanted
from cxr_core.use_cases.versions.asking import ask_versions
from cxr_core.use_cases.work.estimate_films import films_by_split
from cxr_core.use_cases.work.job_kinds import REPORT_FOLDER, RUN_FOLDER
from cxr_core.use_cases.work.training_plan import (
    AS_RECIPE,
    FROM_IMAGENET,
    FROM_SCRATCH,
    TrainingWish,
)
from cxr_core.use_cases.work.training_progress import TrainingProgress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.jobs.desk import Desk
    from cxr_core.training.events import Event
    from cxr_core.use_cases.work.workplace import Workplace

_JUDGED = "report.html"


def run_training(wish: TrainingWish, desk: Desk, place: Workplace) -> dict[str, Any]:
    """Do all of it; return the candidate's name and headline numbers.

    Raises
    ------
    DataError, ModelError, StorageError
        As training, judging and registering do, or when the manifest is gone by now.
    """
    folder = desk.folder / RUN_FOLDER / wish.name
    shelved = place.manifests.find(wish.manifest)
    recipe = wish.recipe_of(place.shelf)
    estimate = place.paces.estimate(
        recipe, films_by_split(shelved.manifest, recipe), wish.share
    )
    progress = TrainingProgress(recipe, estimate, desk.progress)
    progress.stage("Starting the network's software", 0, 0)
    start_backend(0)
    hear = _within_budget(progress, wish)
    if not (desk.folder / REPORT_FOLDER / _JUDGED).is_file():
        _train(wish, folder, hear, place, desk)
        _judge(folder, desk, place, progress)
    progress.stage("Handing in the candidate", 0, 0)
    actor = Actor(desk.claim.job.created_by, Role.ADMINISTRATOR)
    version = place.versions.register(actor, folder, line=recipe.network, job=desk.claim.job.id)
    champions = [
        each.name
        for each in place.versions.all(actor)
        if each.line == recipe.network and each.state is VersionState.CHAMPION
    ]
    ask_versions([version, *champions], desk, place)  # what the gate will want to know
    RunFolder(folder).tidy()
    metrics = read_manifest(folder).record.get("metrics", {})
    return {"version": version, "metrics": metrics}


def _train(
    wish: TrainingWish,
    folder: Path,
    hear: Callable[[Event], None],
    place: Workplace,
    desk: Desk,
) -> None:
    recipe = wish.recipe_of(place.shelf)
    path = place.manifests.find(wish.manifest).path
    dealing = Dealing(PATIENTS, wanted(recipe))
    order = Order(
        recipe=recipe,
        films=replace(place.films(path), dealing=dealing),
        folder=folder,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        command=_words(wish),
        resume=True,
        share=wish.share,
        guard=desk.check,
        watches=True,
    )
    events = EventLog(folder / "events.jsonl", hear)
    order = replace(order, origin=_origin(wish, order, events, place))
    train_network(order, hear)


def _origin(
    wish: TrainingWish, order: Order, hear: Callable[[Event], None], place: Workplace
) -> Origin:
    if wish.start == FROM_SCRATCH:
        return SCRATCH
    if wish.start not in {AS_RECIPE, FROM_IMAGENET}:
        return open_origin(place.catalogue.folder_of(wish.start), order.recipe)
    beginning = Beginning(None, place.downloads, STAGE_A, order.share, place.starts)
    return origin_of(order, beginning, hear)


def _judge(folder: Path, desk: Desk, place: Workplace, progress: TrainingProgress) -> None:
    """Judge, calibrate and audit; what comes out completes the candidate."""
    model = load_version(folder, read_manifest(folder))
    order = ReportOrder(
        films=place.films(),
        split=Split.TEST,
        version=folder,
        out=desk.folder / REPORT_FOLDER,
        has_sources_out=False,
        is_recorded=True,
    )
    Reporter(model, order, place.limits, progress.stage).run()


def _within_budget(
    hear: Callable[[Event], None], wish: TrainingWish
) -> Callable[[Event], None]:
    """Pass events on until the minutes of this attempt are used up."""
    if wish.minutes is None:
        return hear
    most = 60 * wish.minutes
    began = datetime.datetime.now(datetime.UTC)

    def heard(event: Event) -> None:
        hear(event)
        gone = (datetime.datetime.now(datetime.UTC) - began).total_seconds()
        if gone > most:
            raise DataError(
                f"The training has used up its {wish.minutes} minutes. What was done is kept: "
                "trying again gives it as many once more."
            )

    return heard


def _words(wish: TrainingWish) -> str:
    """Say the same as a command."""
    words = [f"python -m cxr_core train {wish.recipe} --run {wish.run} --scheme {PATIENTS}"]
    words.append(f"--out {wish.name}")
    if wish.start not in {AS_RECIPE, FROM_SCRATCH, FROM_IMAGENET}:
        words.append(f"--start {wish.start}")
    return " ".join(words)
