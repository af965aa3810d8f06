"""One row of a study: what the paper reports, what its dealing gives here, what is true."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from cxr_core.evaluation.metrics import wilson
from cxr_core.registry.manifest import MANIFEST_NAME
from cxr_core.use_cases.evaluating import EVALUATION_NAME
from cxr_core.use_cases.retraining import ENSEMBLE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cxr_core.recipes.recipe import StudyRun


def study_row(run: StudyRun, naive: Sequence[Path], honest: Sequence[Path]) -> dict[str, Any]:
    """Read the finished parts of a run, one folder a fold; None where none is finished."""
    finished = [*honest, *naive]
    tables = [_read(folder / MANIFEST_NAME) for folder in finished]
    return {
        "run": run.name,
        "network": run.recipe.network,
        "reported": run.reported,
        "note": run.note,
        "naive": _result(naive),
        "honest": _result(honest),
        "minutes_per_epoch": round(
            float(np.mean([table["minutes_per_epoch"] for table in tables])), 3
        ),
        "epochs": sum(stage["epochs"] for stage in tables[0]["recipe"]["stages"]),
        "substitutes": list(
            dict.fromkeys(
                words
                for table in tables
                for words in (*table["substitutes"], f"starts from {table['started_from']}")
            )
        ),
    }


def _read(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table


def _result(folders: Sequence[Path]) -> dict[str, Any] | None:
    """Return one part's result, or the sum of several folds'."""
    if not folders:
        return None
    told = [_read(folder / EVALUATION_NAME) for folder in folders]
    first = _headline(told[0])
    ensemble = folders[0] / ENSEMBLE_NAME
    if ensemble.is_file():
        first["ensemble"] = _headline(_read(ensemble))
    return first if len(told) == 1 else _summed(told)


def _headline(told: dict[str, Any]) -> dict[str, Any]:
    accuracy = told["accuracy"]
    return {
        "films": told["films"],
        "accuracy": accuracy["value"],
        "accuracy_95": [accuracy["low"], accuracy["high"]],
        "balanced_accuracy": told["balanced_accuracy"]["value"],
        "auc": {each["name"]: each["auc"]["value"] for each in told["per_class"]},
        "sensitivity": {
            each["name"]: each["sensitivity"]["value"] for each in told["per_class"]
        },
        "accuracy_by_source": {
            each["name"]: each["accuracy"]["value"] for each in told["subgroups"]["source"]
        },
        "classes": told["classes"],
        "confusion": told["confusion"],
    }


def _summed(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sum the folds' confusion matrices; AUCs are means over folds.

    The interval of the summed accuracy is Wilson's, which takes films for independent.
    """
    confusion = np.sum([each["confusion"] for each in told], axis=0)
    films, right = int(confusion.sum()), int(np.trace(confusion))
    each_fold = [each["accuracy"]["value"] for each in told]
    sensitivity = np.diag(confusion) / np.maximum(confusion.sum(axis=1), 1)
    classes = told[0]["classes"]
    heads = [_headline(each) for each in told]
    low, high = wilson(right / films, films)
    return {
        "films": films,
        "accuracy": right / films,
        "accuracy_95": [float(low), float(high)],
        "accuracy_folds": each_fold,
        "accuracy_deviation": float(np.std(each_fold, ddof=1)),
        "balanced_accuracy": float(np.mean(sensitivity[confusion.sum(axis=1) > 0])),
        "auc": {
            name: float(np.mean(known))
            if (known := [head["auc"][name] for head in heads if head["auc"][name]])
            else None
            for name in classes
        },
        "sensitivity": dict(zip(classes, map(float, sensitivity), strict=True)),
        "classes": classes,
        "confusion": confusion.tolist(),
    }
