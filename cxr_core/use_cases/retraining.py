"""Train a recipe on a folder of releases, and leave a version that can be installed.

The run folder holds weights.safetensors, manifest.json, evaluation.json and card.md, which are
a version as `models/` wants it, beside the history and the newest checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxr_core import __version__
from cxr_core.datasets.collection import Collection, collect
from cxr_core.datasets.splits import Split, SplitRule
from cxr_core.registry.atomic import write_atomically, write_json
from cxr_core.registry.catalogue import load_version
from cxr_core.registry.manifest import MANIFEST_NAME
from cxr_core.registry.publish import publish
from cxr_core.training.engine import StepEvent, Trainer
from cxr_core.training.run_folder import EpochResult, RunFolder
from cxr_core.use_cases.card import write_card
from cxr_core.use_cases.evaluating import evaluate_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cxr_core.evaluation.metrics import Evaluation
    from cxr_core.imaging.decode import Limits
    from cxr_core.recipes.recipe import Recipe

EVALUATION_NAME = "evaluation.json"


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and how a training was asked for: ISO date and the command as typed."""

    date: str
    command: str


def rule_of(recipe: Recipe) -> SplitRule:
    """Return the split that a recipe fixes."""
    return SplitRule(recipe.split.salt, recipe.split.validation, recipe.split.test)


def train_version(
    recipe: Recipe,
    root: Path,
    folder: Path,
    occasion: Occasion,
    limits: Limits,
    report: Callable[[StepEvent | EpochResult | str], None],
    *,
    resume: bool = False,
    scale: float = 1.0,
) -> Evaluation:
    """Train, publish and judge; `report` hears progress and sentences.

    Raises
    ------
    DataError
        When the data or the recipe are not what they should be.
    StorageError
        When the disk refuses.
    """
    report(f"Reading the films under {root}")
    collection = collect(root, rule_of(recipe))
    for split in Split:
        report(f"{split.value}: {len(collection.of(split))} films {collection.counts(split)}")
    run = RunFolder(folder)
    Trainer(recipe, collection, run, report, scale).run(resume=resume)
    description = _describe(recipe, collection, run, occasion)
    model = load_version(folder, publish(folder, description))
    report("Reading the test films, whose patients were never seen")
    films = [collection.films[index] for index in collection.of(Split.TEST)]
    evaluation = evaluate_version(model, films, limits, lambda done, total: None)
    write_json(folder / EVALUATION_NAME, evaluation.as_dict())
    metrics = _headline(evaluation)
    publish(folder, {**description, "metrics": metrics})
    write_atomically(folder / "card.md", write_card(folder / MANIFEST_NAME).encode())
    return evaluation


def _describe(
    recipe: Recipe, collection: Collection, run: RunFolder, occasion: Occasion
) -> dict[str, Any]:
    """Everything the manifest says but the digest, the canary and the metrics."""
    epochs = run.read_history()
    return {
        "name": run.path.name,
        "version": occasion.date,
        "title": recipe.title,
        "architecture": recipe.network,
        "classes": list(recipe.classes),
        "reassuring": [name for name in recipe.classes if name == "normal"],
        "input_size": recipe.stages[-1].size,
        "normalisation": recipe.normalisation,
        "hidden": [],
        "trained_on_children": "kermany" in {film.source for film in collection.films},
        "recipe": recipe.as_dict(),
        "data": {split.value: collection.counts(split) for split in Split},
        "left_out": dict(sorted(collection.left_out.items())),
        "training_minutes": round(sum(epoch.seconds for epoch in epochs) / 60, 1),
        "code_version": __version__,
        "date": occasion.date,
        "command": occasion.command,
    }


def _headline(evaluation: Evaluation) -> dict[str, Any]:
    """The numbers that a manifest carries; the rest stands in evaluation.json."""
    return {
        "split": Split.TEST.value,
        "films": evaluation.films,
        "accuracy": round(evaluation.accuracy.value, 4),
        "accuracy_95": [round(evaluation.accuracy.low, 4), round(evaluation.accuracy.high, 4)],
        "balanced_accuracy": round(evaluation.balanced_accuracy, 4),
        "auc": {each.name: each.auc and round(each.auc, 4) for each in evaluation.per_class},
        "accuracy_by_source": {
            name: round(each.value, 4) for name, each in evaluation.by_source.items()
        },
    }
