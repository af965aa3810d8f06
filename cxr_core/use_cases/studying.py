"""A published study run twice: with its own naive dealing of images, and dealt by patient.

Every run of the study becomes a part per dealing and fold, each an ordinary training in a
folder of its own under `parts/`; networks that have to be trained first lie under `starts/`.
What came out stands in study.json, beside what the paper reports. A study that is killed goes
on with the part it was in.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cxr_core.datasets.collection import Dealing, deal_films
from cxr_core.datasets.manifest import load_manifest
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.schemes import NAIVE, PATIENTS
from cxr_core.datasets.selection import Wanted
from cxr_core.errors import DataError, ModelError
from cxr_core.inference.imagenet import imagenet_weights
from cxr_core.inference.networks import network_named
from cxr_core.inference.runtime import forget_networks
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.manifest import MANIFEST_NAME, WEIGHTS_NAME
from cxr_core.training.events import Message
from cxr_core.training.run_folder import RunFolder
from cxr_core.use_cases.card import CARD_NAME, write_card
from cxr_core.use_cases.retraining import Order, train_network, train_version
from cxr_core.use_cases.starting import SCRATCH, needs_stage_a, open_origin, stage_a_recipe
from cxr_core.use_cases.study_rows import study_row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.imaging.decode import Limits
    from cxr_core.recipes.recipe import Recipe, Study, StudyRun
    from cxr_core.training.events import Event
    from cxr_core.use_cases.starting import Origin

STUDY_NAME = "study.json"
HONEST = "honest"


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where first weights come from.

    `given` is an earlier run's folder or a file of ImageNet weights; otherwise ImageNet's are
    looked for in `downloads` and fetched, and where they are not to be had a network is trained
    by the recipe `stage_a`, at `scale`, into `folder`, or found there.
    """

    given: Path | None
    downloads: Path
    stage_a: str
    scale: float
    folder: Path


@dataclass(frozen=True, slots=True)
class StudyOrder:
    """A study as it was asked for; `order` has what its parts share."""

    study: Study
    order: Order
    beginning: Beginning


@dataclass(frozen=True, slots=True)
class Part:
    """One training of a study: a run, dealt one way, in one fold (0: there are none)."""

    run: StudyRun
    family: str
    fold: int
    scheme: str

    @property
    def name(self) -> str:
        """Name of its folder, and so of its version."""
        return f"{self.run.name}-{self.family}" + (f"-{self.fold}" if self.fold else "")


def parts_of(study: Study) -> list[Part]:
    """Return the trainings of a study: each run dealt by patient, then naively."""
    found = []
    validation, test = study.naive_shares
    for run in study.runs:
        if not study.folds:
            found.append(Part(run, HONEST, 0, PATIENTS))
            found.append(Part(run, NAIVE, 0, f"{NAIVE}:{validation:g}/{test:g}"))
        for fold in range(1, study.folds + 1):
            found.append(Part(run, HONEST, fold, f"fold:{fold}/{study.folds}"))
            found.append(Part(run, NAIVE, fold, f"{NAIVE}-fold:{fold}/{study.folds}"))
    return found


def run_study(
    asked: StudyOrder, limits: Limits, report: Callable[[Event], None]
) -> dict[str, Any]:
    """Run all parts, and write study.json after each; the first part becomes the version.

    Raises
    ------
    DataError
        When the folder holds a study and the order does not resume it, or as `train_version`.
    """
    folder = asked.order.folder
    if (folder / "parts").is_dir() and not asked.order.resume:
        raise DataError(f"{folder} holds a study already. Use --resume to go on.")
    parts = parts_of(asked.study)
    for number, part in enumerate(parts, start=1):
        path = folder / "parts" / part.name
        report(Message(f"Part {number} of {len(parts)}: {part.name}"))
        if not (path / CARD_NAME).is_file():
            _train_part(asked, part, path, limits, report)
            forget_networks()
        RunFolder(path).tidy()
        if part.fold > 1:  # five folds of one network say one thing
            (path / WEIGHTS_NAME).unlink(missing_ok=True)
        told = _told(asked, parts[:number])
        write_json(folder / STUDY_NAME, told)
    _crown(folder, folder / "parts" / parts[0].name)
    return told


def _train_part(
    asked: StudyOrder, part: Part, path: Path, limits: Limits, report: Callable[[Event], None]
) -> None:
    order = replace(
        asked.order,
        recipe=part.run.recipe,
        films=replace(asked.order.films, dealing=Dealing(part.scheme, wanted(part.run.recipe))),
        folder=path,
        resume=True,
    )
    origin = origin_of(order, asked.beginning, report)
    train_version(replace(order, origin=origin), limits, report)


def wanted(recipe: Recipe) -> tuple[Wanted, ...]:
    """Return a recipe's films as the datasets room asks for them."""
    return tuple(
        Wanted(row.classes, row.findings, row.sources, row.films, row.substitutes)
        for row in recipe.data
    )


def origin_of(order: Order, beginning: Beginning, report: Callable[[Event], None]) -> Origin:
    """Find or make the weights that a training starts from.

    ImageNet's are fetched where they can be. Where they cannot, and where the recipe says so, a
    network of the same architecture is trained first, on films that no part of the study tests
    or validates on.

    Raises
    ------
    DataError
        When the recipe has no substitute for weights that are not to be had.
    """
    recipe = order.recipe
    if beginning.given is not None:
        return open_origin(beginning.given, recipe)
    if recipe.initial_weights == "imagenet":
        try:
            network = network_named(recipe.network)
            return open_origin(imagenet_weights(network, None, beginning.downloads), recipe)
        except ModelError as error:
            if not recipe.substitute_weights:
                raise
            report(Message(f"{error} {recipe.substitute_weights} takes their place."))
    if not needs_stage_a(recipe, None):
        return SCRATCH
    stage_a = stage_a_recipe(beginning.stage_a, recipe)
    dealing = _stage_a_dealing(order)
    path = beginning.folder / _stage_a_name(stage_a, order, dealing)
    if not (path / MANIFEST_NAME).is_file():
        report(Message(f"First {beginning.stage_a} for {recipe.network}"))
        first = replace(
            order,
            recipe=stage_a,
            films=replace(order.films, dealing=dealing),
            folder=path,
            scale=beginning.scale,
            resume=True,
            origin=SCRATCH,
        )
        train_network(first, report)
        RunFolder(path).tidy()
    return open_origin(path, recipe)


def _stage_a_name(stage_a: Recipe, order: Order, dealing: Dealing) -> str:
    """Name a stage-A network, so that only trainings that may share it find the same one.

    It may be shared as long as its training films are nobody's test films: between recipes
    that are dealt by the same scheme, but not where films are excluded for one recipe.
    """
    words = [stage_a.network, stage_a.normalisation, dealing.scheme]
    if dealing.excluded:
        told = "\n".join(sorted(dealing.excluded)).encode()
        words.append(f"without-{hashlib.sha256(told).hexdigest()[:8]}")
    return re.sub("[^A-Za-z0-9.-]", "-", "-".join(words))


def _stage_a_dealing(order: Order) -> Dealing:
    """Deal the films of stage A so that none is in a test or validation split afterwards.

    The same scheme deals the same film to the same split; only folds, in which every film is
    tested once, ask for films of which the study has none.
    """
    dealing = order.films.dealing
    if "fold" not in dealing.scheme:
        return Dealing(dealing.scheme)
    manifest = load_manifest(order.films.manifest)
    used = deal_films(manifest, LabelSpace(order.recipe.classes), dealing).films
    if dealing.scheme.startswith(NAIVE):
        return Dealing(NAIVE, excluded=frozenset(each.film.path for each in used))
    return Dealing(PATIENTS, excluded=frozenset(each.film.group for each in used))


def _told(asked: StudyOrder, done: list[Part]) -> dict[str, Any]:
    """Return the study so far, a row a run."""
    folder = asked.order.folder / "parts"
    rows = []
    for run in dict.fromkeys(part.run.name for part in done):
        mine = [part for part in done if part.run.name == run]
        by_family = {
            family: [folder / part.name for part in mine if part.family == family]
            for family in (NAIVE, HONEST)
        }
        rows.append(study_row(mine[0].run, by_family[NAIVE], by_family[HONEST]))
    return {
        "recipe": asked.study.recipe,
        "paper": asked.study.runs[0].recipe.paper,
        "scale": asked.order.scale,
        "folds": asked.study.folds,
        "command": asked.order.command,
        "date": asked.order.date,
        "rows": rows,
    }


def _crown(folder: Path, part: Path) -> None:
    """Let the study's folder be a version too: its first part's, under its own name."""
    for path in part.iterdir():
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    table = json.loads((part / MANIFEST_NAME).read_text(encoding="utf-8"))
    write_json(folder / MANIFEST_NAME, {**table, "name": folder.resolve().name})
    write_atomically(folder / CARD_NAME, write_card(folder / MANIFEST_NAME).encode())
