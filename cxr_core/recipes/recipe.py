"""What a recipe says, checked. Unknown or missing keys are refused, not guessed."""

from __future__ import annotations

import inspect
import math
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from cxr_core.domain import Normalisation
from cxr_core.errors import DataError

Table = TypeVar("Table")
_FOLDER = Path(__file__).parent
_CHOICES: dict[str, tuple[str, ...]] = {
    "initial_weights": ("scratch", "imagenet"),
    "normalisation": tuple(each.value for each in Normalisation),
    "precision": ("float32", "mixed_bfloat16"),
}
_KINDS: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float)}
_RANGES: tuple[tuple[str, Callable[[float], bool], frozenset[str]], ...] = (
    (
        "a number above 0",
        lambda value: value > 0,
        frozenset({"batch", "films_per_epoch", "most_draws_per_film", "gradient_norm"})
        | {"epochs", "rate", "last_rate"},
    ),
    (
        "a number from 0 on",
        lambda value: value >= 0,
        frozenset({"seed", "weight_decay", "warm_up_epochs", "rotation", "contrast"}),
    ),
    (
        "a number from 0 to below 1",
        lambda value: 0 <= value < 1,
        frozenset({"dropout", "label_smoothing", "zoom", "shift"}),
    ),
    ("a number from 0 to 1", lambda value: 0 <= value <= 1, frozenset({"flip"})),
    ("32 to 1024 pixels", lambda value: 32 <= value <= 1024, frozenset({"size"})),
)


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of a film in [0, 1], before normalisation.

    `rotation` in degrees to either side; `zoom` and `shift` as shares of the side; `contrast`
    is the widest exponent change of a random gamma; `flip` the probability of mirroring.
    """

    rotation: float
    zoom: float
    shift: float
    contrast: float
    flip: float


@dataclass(frozen=True, slots=True)
class Stage:
    """Epochs at one resolution, from `rate` to `last_rate` along a half cosine."""

    size: int
    epochs: int
    rate: float
    last_rate: float
    warm_up_epochs: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training, from the first epoch to the last; the manifest says on which films.

    `initial_weights` is "scratch" or "imagenet" (downloaded by Keras; wants the normalisation
    "imagenet"); `films_per_epoch` counts draws, `most_draws_per_film` those of one film;
    `gradient_norm` bounds the norm of the whole gradient.
    """

    name: str
    title: str
    network: str
    classes: tuple[str, ...]
    normalisation: str
    initial_weights: str
    seed: int
    batch: int
    films_per_epoch: int
    most_draws_per_film: int
    dropout: float
    label_smoothing: float
    weight_decay: float
    gradient_norm: float
    precision: str
    augmentation: Augmentation
    stages: tuple[Stage, ...]

    @property
    def starts_from_imagenet(self) -> bool:
        """False when the weights start at random."""
        return self.initial_weights == "imagenet"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a run folder's record."""
        return asdict(self)


def recipe_names() -> list[str]:
    """Names of the recipes that ship with the project."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def load_recipe(name: str) -> Recipe:
    """Load a shipped recipe by name, or any TOML file by path.

    Raises
    ------
    DataError
        When there is no such recipe, or it is not complete and correct.
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file():
        raise DataError(f"There is no recipe {name!r}; expected one of {recipe_names()}.")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"Recipe {name!r} is not valid TOML: {error}.") from error
    table["name"] = path.stem
    table["classes"] = tuple(_listed(table, "classes"))
    table["augmentation"] = _fill(Augmentation, table.get("augmentation"), "augmentation")
    table["stages"] = tuple(_fill(Stage, row, "stages") for row in _listed(table, "stages"))
    recipe: Recipe = _fill(Recipe, table, name)
    for problem in _problems(recipe):
        raise DataError(f"Recipe {name!r}: {problem}.")
    return recipe


def _listed(table: dict[str, Any], key: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise DataError(f"Recipe key {key} is {value!r}; expected a list.")
    return value


def _problems(recipe: Recipe) -> list[str]:
    """Say what cannot be right although every value alone may be."""
    found = []
    classes = recipe.classes
    if len(classes) < 2 or len(set(map(str, classes))) < len(classes) or "" in classes:
        found.append(f"classes are {list(classes)}; expected two or more different names")
    if not all(isinstance(name, str) for name in classes):
        found.append(f"classes are {list(classes)}; expected names in quotes")
    if not recipe.stages:
        found.append("it has no [[stages]]; expected at least one")
    found += [
        f"warm_up_epochs is {stage.warm_up_epochs}; expected less than epochs, {stage.epochs}"
        for stage in recipe.stages
        if stage.warm_up_epochs >= stage.epochs
    ]
    return found


def _fill(kind: type[Table], table: object, where: str) -> Table:
    if not isinstance(table, dict):
        raise DataError(f"Recipe table [{where}] is missing.")
    expected = set(inspect.signature(kind).parameters)
    if wrong := sorted(expected ^ set(table)):
        raise DataError(
            f"Recipe table [{where}] has missing or unknown keys: {', '.join(wrong)}."
        )
    for key, parameter in inspect.signature(kind).parameters.items():
        if problem := _problem(key, table[key], str(parameter.annotation)):
            raise DataError(f"Recipe table [{where}]: {key} is {table[key]!r}; {problem}.")
    return kind(**table)


def _problem(key: str, value: object, annotation: str) -> str:
    """Say what a plain value should be instead; nothing when it is."""
    expected = _KINDS.get(annotation)
    if expected is None:
        return ""
    if not isinstance(value, expected) or isinstance(value, bool):
        return f"expected {'text' if annotation == 'str' else 'a number'} ({annotation})"
    if not isinstance(value, int | float):
        choices = _CHOICES.get(key)
        return f"expected one of {choices}" if choices and value not in choices else ""
    if not math.isfinite(value):
        return "expected a finite number"
    missed = [words for words, holds, keys in _RANGES if key in keys and not holds(value)]
    return f"expected {missed[0]}" if missed else ""
