"""A recipe file is a study: one recipe, or a sweep of runs that each change a few values.

`[study]` tells how the paper divides its films and which values are ours. Each `[[runs]]`
has a `name`, a `note`, `reported` numbers and `changes`: dotted keys that are laid over the
recipe of the file. Tables are merged; of a list of tables, `stages.0.size` changes the first.
"""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxr_core.errors import DataError
from cxr_core.recipes.checks import recipe_problems
from cxr_core.recipes.merging import merged
from cxr_core.recipes.origin import known_keys, speaks_for
from cxr_core.recipes.parsing import fill
from cxr_core.recipes.schema import Recipe, Study, StudyRun

_FOLDER = Path(__file__).parent
_RUN_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_LEAST_FOLDS = 3
_DEFAULT_STUDY = {"folds": 0, "naive_shares": [0.1, 0.1], "ours": []}


@dataclass(frozen=True, slots=True)
class _Settings:
    """[study]."""

    folds: int
    naive_shares: tuple[float, ...]
    ours: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _RunHead:
    """What every one of [[runs]] has."""

    name: str
    note: str


def recipe_names() -> list[str]:
    """Names of the recipes that ship with the project."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_recipe(name: str, run: str | None = None) -> Recipe:
    """Load one training of a shipped recipe by name, or of any TOML file by path.

    Parameters
    ----------
    name
        Name of a shipped recipe, or a path that ends in `.toml`.
    run
        Name of the run; None takes the first.

    Raises
    ------
    DataError
        When there is no such recipe or run, or it is not complete and correct.
    """
    study = load_study(name)
    return (study.runs[0] if run is None else study.run(run)).recipe


def load_study(name: str) -> Study:
    """Load all runs of a shipped recipe by name, or of any TOML file by path.

    Raises
    ------
    DataError
        When there is no such recipe, or it is not complete and correct.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise DataError(
            f"There is no recipe {name!r}; expected one of {', '.join(recipe_names())}, or "
            "the path of a .toml file."
        )
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"Recipe {name!r} is not valid TOML: {error}.") from error
    try:
        return _study(path.stem, table)
    except DataError as error:
        raise DataError(f"Recipe {name!r}: {error}") from error


def _study(name: str, table: dict[str, Any]) -> Study:
    settings = fill(_Settings, table.pop("study", _DEFAULT_STUDY), "study")
    rows = table.pop("runs", None)
    base = {"data": [], **table}
    runs: tuple[StudyRun, ...]
    if rows is None:
        runs = (StudyRun(name, _recipe(name, base), {}, ""),)
    elif isinstance(rows, list) and rows:
        runs = tuple(_run(name, base, row, f"runs.{at}") for at, row in enumerate(rows))
    else:
        raise DataError(f"runs is {rows!r}; expected [[runs]] tables, or none at all.")
    if len({run.name for run in runs}) < len(runs):
        raise DataError(f"Two runs have one name: {', '.join(run.name for run in runs)}.")
    _check_settings(settings, known_keys(runs))
    validation, test = settings.naive_shares
    return Study(name, runs, settings.folds, (validation, test), settings.ours)


def _check_settings(settings: _Settings, known: set[str]) -> None:
    if settings.folds and settings.folds < _LEAST_FOLDS:
        raise DataError(
            f"study.folds is {settings.folds}; expected 0, or {_LEAST_FOLDS} or more: one to "
            "test, one to validate, one to train on."
        )
    shares = settings.naive_shares
    if len(shares) != 2 or min(shares) <= 0 or sum(shares) >= 1:
        raise DataError(
            f"study.naive_shares is {list(shares)}; expected two shares above 0, of validation "
            "and of test, that leave something to train on."
        )
    for ours in settings.ours:
        if not any(speaks_for(ours, key) for key in known):
            raise DataError(
                f"study.ours has {ours!r}; expected dotted keys of the recipe, such as "
                "'batch' or 'stages.0.size'."
            )


def _run(study: str, base: dict[str, Any], row: object, where: str) -> StudyRun:
    if not isinstance(row, dict):
        raise DataError(f"{where} is {row!r}; expected a table.")
    plain = {key: row[key] for key in row if key not in ("changes", "reported")}
    head = fill(_RunHead, plain, where)
    if not _RUN_NAME.fullmatch(head.name):
        raise DataError(
            f"{where}.name is {head.name!r}; expected small letters, digits, dots and dashes."
        )
    changes = row.get("changes", {})
    if not isinstance(changes, dict):
        raise DataError(f"{where}.changes is {changes!r}; expected a table.")
    recipe = _recipe(f"{study}-{head.name}", merged(base, changes, f"{where}.changes"))
    reported = _numbers(row.get("reported", {}), f"{where}.reported")
    return StudyRun(head.name, recipe, reported, head.note)


def _recipe(name: str, table: dict[str, Any]) -> Recipe:
    if "name" in table:
        raise DataError(
            f"name is {table['name']!r}; expected no such key: a recipe is called as its file."
        )
    recipe = fill(Recipe, {"name": name, **table})
    for problem in recipe_problems(recipe):
        raise DataError(f"{name}: {problem}.")
    return recipe


def _numbers(table: object, where: str) -> dict[str, float]:
    if not isinstance(table, dict):
        raise DataError(f"{where} is {table!r}; expected a table of numbers.")
    for key, value in table.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value < math.inf:
            raise DataError(f"{where}.{key} is {value!r}; expected a finite number from 0 on.")
    return {key: float(value) for key, value in table.items()}
