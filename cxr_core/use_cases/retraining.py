"""Train a recipe on a folder of releases, and leave a version that can be installed.

The run folder holds weights.safetensors, manifest.json, evaluation.json and card.md, which are
a version as `models/` wants it, beside the history and the newest checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core import __version__
from cxr_core.datasets.collection import Collection, collect
from cxr_core.datasets.sources import CHILDREN
from cxr_core.datasets.splits import Split, SplitRule
from cxr_core.errors import DataError
from cxr_core.inference.networks import network_named
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.catalogue import load_version
from cxr_core.registry.manifest import MANIFEST_NAME, is_version_name
from cxr_core.registry.publish import publish
from cxr_core.training.engine import StepEvent, Trainer
from cxr_core.training.run_folder import EpochResult, RunFolder
from cxr_core.use_cases.card import write_card
from cxr_core.use_cases.evaluating import evaluate_version

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cxr_core.evaluation.metrics import Evaluation
    from cxr_core.imaging.decode import Limits
    from cxr_core.recipes.recipe import Recipe

EVALUATION_NAME = "evaluation.json"


@dataclass(frozen=True, slots=True)
class Order:
    """A training as it was asked for.

    `root` holds the releases; the run goes to `folder`, whose name is the version's. `date` is
    ISO, `command` as typed, paths shortened to their last part; `scale` in (0, 1] shrinks the
    films per epoch.
    """

    recipe: Recipe
    root: Path
    folder: Path
    date: str
    command: str
    resume: bool = False
    scale: float = 1.0


def rule_of(recipe: Recipe) -> SplitRule:
    """Return the split that a recipe fixes."""
    return SplitRule(recipe.split.salt, recipe.split.validation, recipe.split.test)


def train_version(
    order: Order, limits: Limits, report: Callable[[StepEvent | EpochResult | str], None]
) -> Evaluation:
    """Train, publish and judge; `report` hears progress and sentences.

    Raises
    ------
    DataError
        When the data, the recipe or the folder's name are not what they should be.
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
    report(f"Reading the films under {order.root}")
    collection = collect(order.root, rule_of(order.recipe))
    for split in Split:
        report(f"{split.value}: {len(collection.of(split))} films {collection.counts(split)}")
    run = RunFolder(folder)
    Trainer(order.recipe, collection, run, report, order.scale).run(resume=order.resume)
    description = _describe(order, collection, run)
    model = load_version(folder, publish(folder, description))
    report("Reading the test films, whose patients were never seen")
    films = [collection.films[index] for index in collection.of(Split.TEST)]
    evaluation = evaluate_version(model, films, limits, lambda: None)
    write_json(folder / EVALUATION_NAME, evaluation.as_dict())
    metrics = _headline(evaluation)
    publish(folder, {**description, "metrics": metrics})
    write_atomically(folder / "card.md", write_card(folder / MANIFEST_NAME).encode())
    return evaluation


def _describe(order: Order, collection: Collection, run: RunFolder) -> dict[str, Any]:
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
        **_children(recipe.classes, collection.counts(Split.TRAIN)),
        "recipe": recipe.as_dict(),
        "data": {split.value: collection.counts(split) for split in Split},
        "left_out": dict(sorted(collection.left_out.items())),
        "training_minutes": round(sum(epoch.seconds for epoch in epochs) / 60, 1),
        "code_version": __version__,
        "date": order.date,
        "command": order.command,
    }


def _children(classes: Sequence[str], trained: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Whether every class was learnt from children too; if only some, which.

    `trained` counts the training films per label and source.
    """
    seen = [name for name in classes if trained.get(name, {}).keys() & CHILDREN.keys()]
    sources = {source for name in seen for source in trained[name]} & CHILDREN.keys()
    ages = ", ".join(sorted({CHILDREN[source] for source in sources}))
    which = "every class" if len(seen) == len(classes) else f"{' and '.join(seen)} only"
    return {
        "trained_on_children": len(seen) == len(classes),
        "children": f"{ages}, {which}" if seen else "none",
    }


def _headline(evaluation: Evaluation) -> dict[str, Any]:
    """The numbers that a manifest carries; the rest stands in evaluation.json."""
    return {
        "split": Split.TEST.value,
        "films": evaluation.films,
        "refused": evaluation.refused,
        "accuracy": round(evaluation.accuracy.value, 4),
        "accuracy_95": [round(evaluation.accuracy.low, 4), round(evaluation.accuracy.high, 4)],
        "balanced_accuracy": round(evaluation.balanced_accuracy, 4),
        "auc": {each.name: each.auc and round(each.auc, 4) for each in evaluation.per_class},
        "accuracy_by_source": {
            name: round(each.value, 4) for name, each in evaluation.by_source.items()
        },
    }
