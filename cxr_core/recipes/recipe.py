"""What a recipe says, checked. Unknown or missing keys are refused, not guessed."""

from __future__ import annotations

import inspect
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from cxr_core.errors import DataError

Table = TypeVar("Table")
_FOLDER = Path(__file__).parent
_STARTS = ("scratch", "imagenet")


@dataclass(frozen=True, slots=True)
class SplitShares:
    """Salted split by joined patient; shares in [0, 1]."""

    salt: str
    validation: float
    test: float


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
    """One training, from split to last epoch.

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
    split: SplitShares
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
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"Recipe {name!r} is not valid TOML: {error}.") from error
    table["name"] = path.stem
    table["classes"] = tuple(table.get("classes", ()))
    table["split"] = _fill(SplitShares, table.get("split"), "split")
    table["augmentation"] = _fill(Augmentation, table.get("augmentation"), "augmentation")
    table["stages"] = tuple(_fill(Stage, row, "stages") for row in table.get("stages", ()))
    recipe: Recipe = _fill(Recipe, table, name)
    if not recipe.stages:
        raise DataError(f"Recipe {name!r} has no [[stages]]; expected at least one.")
    if recipe.initial_weights not in _STARTS:
        raise DataError(
            f"{name} starts from {recipe.initial_weights!r}; expected one of {_STARTS}."
        )
    return recipe


def _fill(kind: type[Table], table: object, where: str) -> Table:
    if not isinstance(table, dict):
        raise DataError(f"Recipe table [{where}] is missing.")
    expected = set(inspect.signature(kind).parameters)
    if wrong := sorted(expected ^ set(table)):
        raise DataError(
            f"Recipe table [{where}] has missing or unknown keys: {', '.join(wrong)}."
        )
    return kind(**table)
