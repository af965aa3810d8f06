"""Which values of a study are the paper's and which are ours, key by dotted key."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from cxr_core.recipes.checks import READ_MOMENTUM, UNREAD_BY_SCHEDULE

if TYPE_CHECKING:
    from cxr_core.recipes.schema import Recipe, Study, StudyRun

_TOLD = frozenset({"name", "title", "paper"})


class Origin(StrEnum):
    """Who says a value."""

    PAPER = "paper"
    OURS = "ours"
    UNREAD = "not read"


def values(recipe: Recipe) -> dict[str, Any]:
    """Flatten a recipe: {"batch": 15, ..., "stages.0.size": 237, ...}, in the file's order.

    What names the recipe (`name`, `title`, `paper`) is left out.
    """
    flat = _dotted(recipe.as_dict(), "")
    return {key: value for key, value in flat.items() if key not in _TOLD}


def origin_of(study: Study, run: StudyRun, key: str) -> Origin:
    """Say whose a value of a run is. A recipe without a paper is ours throughout.

    UNREAD are values that nothing reads, such as the cycles of a constant rate.
    """
    if key in _unread(run.recipe):
        return Origin.UNREAD
    if not run.recipe.paper:
        return Origin.OURS
    names = (key, f"runs.{run.name}.{key}")
    if any(speaks_for(ours, name) for ours in study.ours for name in names):
        return Origin.OURS
    return Origin.PAPER


def speaks_for(ours: str, key: str) -> bool:
    """Say whether an entry of `ours` means a key or a table above it.

    >>> speaks_for("head", "head.dropout"), speaks_for("batch", "batch_size")
    (True, False)
    """
    return key == ours or key.startswith(f"{ours}.")


def known_keys(runs: tuple[StudyRun, ...]) -> set[str]:
    """Every key that an entry of `ours` may mean."""
    known = {"study.folds", "study.naive_shares"}
    for run in runs:
        keys = values(run.recipe)
        known |= {*keys, *(f"runs.{run.name}.{key}" for key in keys)}
    return known


def _unread(recipe: Recipe) -> set[str]:
    unread = set()
    if recipe.sampling == "natural":
        unread.add("most_draws_per_film")
    if recipe.optimiser.name not in READ_MOMENTUM:
        unread.add("optimiser.momentum")
    if not recipe.is_ever_frozen:
        unread.add("augmentation.views")
    for number, stage in enumerate(recipe.stages):
        unread |= {f"stages.{number}.{key}" for key in UNREAD_BY_SCHEDULE[stage.schedule]}
    return unread


def _dotted(table: dict[str, Any], above: str) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{above}{key}"
        rows = value if isinstance(value, tuple) else ()
        if isinstance(value, dict):
            flat |= _dotted(value, f"{where}.")
        elif rows and all(isinstance(row, dict) for row in rows):
            for number, row in enumerate(rows):
                flat |= _dotted(row, f"{where}.{number}.")
        else:
            flat[where] = value
    return flat
