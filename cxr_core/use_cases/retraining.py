"""Train a recipe on a manifest's films, and leave a version that can be installed.

The run folder holds weights.safetensors, manifest.json, evaluation.json, seen.txt and card.md,
which are a version as `models/` wants it, beside the history and the newest checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core import __version__
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.schemes import is_naive
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.catalogue import load_version
from cxr_core.registry.manifest import MANIFEST_NAME, is_version_name, read_manifest
from cxr_core.registry.publish import publish
from cxr_core.training.engine import Trainer
from cxr_core.training.environment import describe_environment
from cxr_core.training.events import Event, EventLog, FilmsEvent, Message
from cxr_core.training.run_folder import RunFolder
from cxr_core.training.sampling import thin_out
from cxr_core.training.shortening import shortened
from cxr_core.use_cases.card import CARD_NAME, write_card
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.ensembles import judge_ensemble
from cxr_core.use_cases.evaluating import EVALUATION_NAME, Judge, Judgement
from cxr_core.use_cases.seen import read_seen, write_seen
from cxr_core.use_cases.starting import SCRATCH, Origin, adopted, check_network

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cxr_core.datasets.collection import Collection
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.imaging.decode import Limits
    from cxr_core.recipes.recipe import Recipe
    from cxr_core.registry.catalogue import LoadedModel


ENSEMBLE_NAME = "ensemble.json"
_REASSURING = ("normal",)
LEAST_HELD_OUT = 60  # films of a split that a rehearsal is validated or judged on


@dataclass(frozen=True, slots=True)
class Order:
    """A training as it was asked for.

    The run goes to `folder`, whose name is the version's. `date` is ISO, `command` as typed,
    paths shortened to their last part; `scale` in (0, 1] shortens epochs and thins films out,
    `share` in (0, 1] only the films. `guard` raises where the folder is another's by now;
    `watches` asks for pictures of what the network looks at.
    """

    recipe: Recipe
    films: Films
    folder: Path
    date: str
    command: str
    resume: bool = False
    scale: float = 1.0
    origin: Origin = field(default=SCRATCH)
    share: float = 1.0
    guard: Callable[[], None] | None = None
    watches: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Trained:
    """A network that was trained and published, and the films it was trained for."""

    model: LoadedModel
    run: RunFolder
    manifest: Manifest
    collection: Collection
    tell: EventLog


def train_version(order: Order, limits: Limits, report: Callable[[Event], None]) -> Judgement:
    """Train, publish and judge; `report` hears progress and sentences.

    Raises
    ------
    DataError, StorageError
        As `train_network` does.
    """
    trained = train_network(order, report)
    folder, collection = trained.run.path, trained.collection

    def reading(stage: str, done: int, total: int) -> None:
        trained.tell(FilmsEvent(stage, done, total))

    # What a naive split reports is what the ancestors reported, leaks included.
    seen = None if is_naive(collection.scheme) else read_seen(folder)
    judge = Judge(trained.model, seen, limits, reading)
    judgement = judge.judge_collection(trained.manifest, collection, Split.TEST)
    if trained.run.members():
        tested = [collection.films[index] for index in collection.of(Split.TEST)]
        together = judge_ensemble(trained.model, trained.run, tested, limits, reading)
        write_json(folder / ENSEMBLE_NAME, together.as_dict())
    record_judgement(folder, judgement)
    return judgement


def train_network(order: Order, report: Callable[[Event], None]) -> _Trained:
    """Train and publish, and judge on nothing but the validation films of every epoch.

    Raises
    ------
    DataError
        When the manifest, its films, the recipe or the folder's name are not what they should
        be.
    StorageError
        When the disk refuses.
    """
    check_network(order.recipe)
    run = RunFolder(_folder(order), order.guard)
    tell = EventLog(run.events, report)
    recipe = shortened(adopted(order.recipe, order.origin), order.scale)
    tell(Message(f"Opening {order.films.manifest.name}"))
    manifest, collection = open_collection(
        order.films,
        LabelSpace(recipe.classes),
        lambda done, total: tell(FilmsEvent("Checking films", done, total)),
    )
    collection = _thinned(collection, order.scale * order.share)
    for remark in collection.remarks:
        tell(Message(remark))
    for split in Split:
        films = collection.of(split).size
        tell(Message(f"{split.value}: {films} films {collection.counts(split)}"))
    trainer = Trainer(
        recipe,
        collection,
        run,
        tell,
        order.scale * order.share,
        order.origin.start,
        order.watches,
    )
    trainer.run(resume=order.resume)
    write_seen(run.path, manifest, collection, order.origin.seen)
    write_json(run.path / "environment.json", describe_environment())
    description = _describe(order, manifest, collection, trainer)
    model = load_version(run.path, publish(run.path, description))
    return _Trained(model, run, manifest, collection, tell)


def _folder(order: Order) -> Path:
    folder = order.folder.resolve()
    if not is_version_name(folder.name):
        raise DataError(
            f"The run folder is named {folder.name!r}, and so would be the version; expected "
            "up to 64 letters, digits, dots, dashes, the first a letter or digit. Choose "
            "another --out."
        )
    return folder


def _thinned(collection: Collection, scale: float) -> Collection:
    """Give a rehearsal fewer validation and test films, down to `LEAST_HELD_OUT` of each.

    The training films stay: the engine takes its share of them.
    """
    kept = set(collection.of(Split.TRAIN))
    for split in (Split.VALIDATION, Split.TEST):
        held_out = collection.of(split)
        if not held_out.size:
            continue
        share = min(1.0, max(scale, LEAST_HELD_OUT / max(len(held_out), 1)))
        strata = [f"{collection.films[i].label}/{collection.films[i].source}" for i in held_out]
        kept.update(held_out[thin_out(strata, share, np.random.default_rng(0))])
    places = sorted(kept)
    return replace(
        collection,
        films=tuple(collection.films[place] for place in places),
        splits=tuple(collection.splits[place] for place in places),
        slots=tuple(collection.slots[place] for place in places),
    )


def record_judgement(folder: Path, judgement: Judgement) -> None:
    """Write a judgement into a version: evaluation, metrics, calibration, and the card.

    Where nothing was fitted this time, what was fitted before stays. The card is written last,
    so that a folder that has one is complete.
    """
    write_json(folder / EVALUATION_NAME, judgement.as_dict())
    record = read_manifest(folder).record
    data = {**record.get("data", {}), judgement.split.value: judgement.counts}
    table = {**record, "data": data, "metrics": judgement.headline()}
    if judgement.evaluation.calibration is not None:
        table["calibration"] = judgement.evaluation.calibration.as_dict()
    write_json(folder / MANIFEST_NAME, table)
    write_atomically(folder / CARD_NAME, write_card(folder / MANIFEST_NAME).encode())


def _describe(
    order: Order, manifest: Manifest, collection: Collection, trainer: Trainer
) -> dict[str, Any]:
    """Everything the manifest says but the digest, the canary and the metrics."""
    recipe = trainer.recipe
    blueprint = trainer.blueprint(recipe.stages[-1].size)
    seconds = trainer.folder.read_seconds()
    return {
        "name": trainer.folder.path.name,
        "version": order.date,
        "title": recipe.title,
        "architecture": recipe.network,
        "classes": list(recipe.classes),
        "reassuring": [name for name in recipe.classes if name in _REASSURING],
        "input_size": blueprint.size,
        "normalisation": recipe.normalisation,
        "hidden": list(blueprint.hidden),
        "pooling": blueprint.pooling,
        "output": blueprint.output,
        "kernel": blueprint.kernel,
        **({} if blueprint.scaling is None else {"scaling": list(blueprint.scaling)}),
        **_children(recipe.classes, collection.counts(Split.TRAIN), children_of(manifest)),
        "recipe": recipe.as_dict(),
        "started_from": order.origin.words,
        "scale": order.scale,
        **({} if order.share >= 1 else {"share_of_films": order.share}),
        "data_manifest": manifest.digest,
        "scheme": collection.scheme,
        "substitutes": list(collection.remarks),
        "children_sources": children_of(manifest),
        "data": {split.value: collection.counts(split) for split in Split},
        "left_out": dict(sorted(collection.left_out.items())),
        "training_minutes": round(sum(seconds.values()) / 60, 1),
        "minutes_per_epoch": round(sum(seconds.values()) / 60 / recipe.epochs, 3),
        "code_version": __version__,
        "date": order.date,
        "command": order.command,
    }


def children_of(manifest: Manifest) -> dict[str, str]:
    """Return the sources whose films are all of children, with their ages."""
    return {
        source["name"]: source["ages"]
        for source in manifest.header["sources"]
        if source["is_of_children"]
    }


def _children(
    classes: Sequence[str], trained: dict[str, dict[str, int]], children: dict[str, str]
) -> dict[str, Any]:
    """Whether every class was learnt from children too; if only some, which.

    `trained` counts the training films per label and source.
    """
    seen = [name for name in classes if trained.get(name, {}).keys() & children.keys()]
    sources = {source for name in seen for source in trained[name]} & children.keys()
    ages = ", ".join(sorted({children[source] for source in sources}))
    which = "every class" if len(seen) == len(classes) else f"{' and '.join(seen)} only"
    return {
        "trained_on_children": len(seen) == len(classes),
        "children": f"{ages}, {which}" if seen else "none",
    }
