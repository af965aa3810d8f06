"""Train a recipe on a manifest's films, and leave a version that can be installed.

The run folder holds weights.safetensors, manifest.json, evaluation.json, seen.txt and card.md,
which are a version as `models/` wants it, beside the history and the newest checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core import __version__
from cxr_core.datasets.ontology import LabelSpace
from cxr_core.datasets.schemes import NAIVE
from cxr_core.datasets.splits import Split
from cxr_core.errors import DataError
from cxr_core.inference.networks import network_named
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.catalogue import load_version
from cxr_core.registry.manifest import MANIFEST_NAME, is_version_name, read_manifest
from cxr_core.registry.publish import publish
from cxr_core.training.engine import StepEvent, Trainer
from cxr_core.training.run_folder import EpochResult, RunFolder
from cxr_core.use_cases.card import write_card
from cxr_core.use_cases.collecting import Films, open_collection
from cxr_core.use_cases.evaluating import EVALUATION_NAME, Judge, Judgement
from cxr_core.use_cases.seen import read_seen, write_seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cxr_core.datasets.collection import Collection
    from cxr_core.datasets.manifest import Manifest
    from cxr_core.imaging.decode import Limits
    from cxr_core.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Order:
    """A training as it was asked for.

    The run goes to `folder`, whose name is the version's. `date` is ISO, `command` as typed,
    paths shortened to their last part; `scale` in (0, 1] shrinks the films per epoch.
    """

    recipe: Recipe
    films: Films
    folder: Path
    date: str
    command: str
    resume: bool = False
    scale: float = 1.0


def train_version(
    order: Order, limits: Limits, report: Callable[[StepEvent | EpochResult | str], None]
) -> Judgement:
    """Train, publish and judge; `report` hears progress and sentences.

    Raises
    ------
    DataError
        When the manifest, its films, the recipe or the folder's name are not what they should
        be.
    StorageError
        When the disk refuses.
    """
    network_named(order.recipe.network)
    folder = order.folder.resolve()
    if not is_version_name(folder.name):
        raise DataError(
            f"The run folder is named {folder.name!r}, and so would be the version; expected "
            "up to 64 letters, digits, dots, dashes, the first a letter or digit. Choose "
            "another --out."
        )
    space = LabelSpace(order.recipe.classes)
    report(f"Opening {order.films.manifest}")
    manifest, collection = open_collection(order.films, space, lambda done, total: None)
    for split in Split:
        report(f"{split.value}: {len(collection.of(split))} films {collection.counts(split)}")
    run = RunFolder(folder)
    Trainer(order.recipe, collection, run, report, order.scale).run(resume=order.resume)
    write_seen(folder, manifest, collection)
    description = _describe(order, manifest, collection, run)
    model = load_version(folder, publish(folder, description))
    report("Reading the test films")
    # What the naive split reports is what the ancestors reported, leaks included.
    seen = None if collection.scheme == NAIVE else read_seen(folder)
    judge = Judge(model, seen, limits, lambda *_: None)
    judgement = judge.judge_collection(manifest, collection, Split.TEST)
    record_judgement(folder, judgement)
    return judgement


def record_judgement(folder: Path, judgement: Judgement) -> None:
    """Write a judgement into a version: evaluation, the manifest's metrics, and the card."""
    write_json(folder / EVALUATION_NAME, judgement.as_dict())
    record = read_manifest(folder).record
    data = {**record.get("data", {}), judgement.split.value: judgement.counts}
    table = {**record, "data": data, "metrics": judgement.headline()}
    write_json(folder / MANIFEST_NAME, table)
    write_atomically(folder / "card.md", write_card(folder / MANIFEST_NAME).encode())


def _describe(
    order: Order, manifest: Manifest, collection: Collection, run: RunFolder
) -> dict[str, Any]:
    """Everything the manifest says but the digest, the canary and the metrics."""
    recipe, epochs = order.recipe, run.read_history()
    return {
        "name": run.path.name,
        "version": order.date,
        "title": recipe.title,
        "architecture": recipe.network,
        "classes": list(recipe.classes),
        "reassuring": [name for name in recipe.classes if name == "normal"],
        "input_size": recipe.stages[-1].size,
        "normalisation": recipe.normalisation,
        "hidden": [],
        **_children(recipe.classes, collection.counts(Split.TRAIN), children_of(manifest)),
        "recipe": recipe.as_dict(),
        "data_manifest": manifest.digest,
        "scheme": collection.scheme,
        "children_sources": children_of(manifest),
        "data": {split.value: collection.counts(split) for split in Split},
        "left_out": dict(sorted(collection.left_out.items())),
        "training_minutes": round(sum(epoch.seconds for epoch in epochs) / 60, 1),
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
