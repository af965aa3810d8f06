"""What each kind of job does, in the worker's child process."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from cxr_core.datasets.splits import Split
from cxr_core.inference.runtime import start_backend
from cxr_core.jobs.job import Progress
from cxr_core.training.measuring import measure_stage
from cxr_core.use_cases.curating import CurationOrder, curate_releases
from cxr_core.use_cases.reporting import Reporter, ReportOrder
from cxr_core.use_cases.versions.asking import ask_versions
from cxr_core.use_cases.work.job_kinds import (
    COMPARE,
    CURATE,
    EVALUATE,
    MEASURE,
    REPORT_FOLDER,
    TRAIN,
)
from cxr_core.use_cases.work.training_job import run_training
from cxr_core.use_cases.work.training_plan import TrainingWish

if TYPE_CHECKING:
    from cxr_core.jobs.desk import Desk
    from cxr_core.use_cases.work.workplace import Workplace

Handler: TypeAlias = "Callable[[dict[str, Any], Desk], dict[str, Any]]"


def handlers_for(place: Workplace) -> dict[str, Handler]:
    """Return the handler of every kind, by its name."""

    def bound(run: Callable[[dict[str, Any], Desk, Workplace], dict[str, Any]]) -> Handler:
        return lambda arguments, desk: run(arguments, desk, place)

    return {
        TRAIN: bound(_train),
        CURATE: bound(_curate),
        MEASURE: bound(_measure),
        COMPARE: bound(_compare),
        EVALUATE: bound(_evaluate),
    }


def _train(arguments: dict[str, Any], desk: Desk, place: Workplace) -> dict[str, Any]:
    return run_training(TrainingWish.from_arguments(arguments), desk, place)


def _curate(arguments: dict[str, Any], desk: Desk, place: Workplace) -> dict[str, Any]:
    place.manifests.put_by()
    order = CurationOrder(root=place.releases, out=place.manifest, cache=place.cache)
    manifest = curate_releases(order, place.store, _stages(desk))
    return {"manifest": manifest.digest, "films": len(manifest.films)}


def _measure(arguments: dict[str, Any], desk: Desk, place: Workplace) -> dict[str, Any]:
    """Time every stage of a wish that was not timed on this machine yet."""
    recipe = TrainingWish.from_arguments(arguments).recipe_of(place.shelf)
    start_backend(0)
    for number, stage in enumerate(recipe.stages, start=1):
        if place.paces.find(recipe, stage) is None:

            def tell(words: str, number: int = number) -> None:
                desk.progress(Progress(words, number, len(recipe.stages)))

            place.paces.keep(recipe, stage, measure_stage(recipe, stage, tell))
    return {"stages": len(recipe.stages)}


def _compare(arguments: dict[str, Any], desk: Desk, place: Workplace) -> dict[str, Any]:
    digest = ask_versions(arguments["versions"], desk, place)
    return {"versions": arguments["versions"], "manifest": digest}


def _evaluate(arguments: dict[str, Any], desk: Desk, place: Workplace) -> dict[str, Any]:
    """Judge, calibrate and audit a candidate that came without."""
    name = str(arguments["version"])
    (model,) = place.catalogue.load([name])
    order = ReportOrder(
        films=place.films(),
        split=Split.TEST,
        version=place.catalogue.folder_of(name),
        out=desk.folder / REPORT_FOLDER,
        has_sources_out=False,
        is_recorded=True,
    )
    Reporter(model, order, place.limits, _stages(desk)).run()
    return {"version": name}


def _stages(desk: Desk) -> Callable[[str, int, int], None]:
    def tell(words: str, done: int, total: int) -> None:
        desk.progress(Progress(words, done, total))

    return tell
