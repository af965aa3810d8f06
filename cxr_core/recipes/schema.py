"""The values of a recipe, as frozen rows. A TOML file has the same names in the same tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cxr_core.errors import DataError


@dataclass(frozen=True, slots=True)
class Selection:
    """Films that a training may use: at most `films` (0: all) from one set of sources.

    `classes` are classes of the recipe; `findings` narrows them to nodes of the ontology
    (empty: whatever belongs to the classes); `sources` are names of releases (empty: every
    release). When the manifest holds no such film of `sources`, `substitutes` stand in for
    them.
    """

    classes: tuple[str, ...]
    findings: tuple[str, ...]
    sources: tuple[str, ...]
    films: int
    substitutes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeadRule:
    """What stands on the last convolution: pooling, hidden ReLU layers, one output.

    `hidden` are the widths of the dense layers (often none). `dropout` is applied before every
    dense layer, `l2` is the weight penalty on every dense layer, 0 for none. `output` is
    "softmax", or "sigmoid" for a single unit between two classes.
    """

    pooling: str
    hidden: tuple[int, ...]
    dropout: float
    l2: float
    output: str


@dataclass(frozen=True, slots=True)
class Optimiser:
    """Who steps; the schedules say how far.

    `momentum` is for "sgd" and "rmsprop" only, and 0 elsewhere; `weight_decay` is decoupled
    from the loss. `gradient_norm` bounds the norm of the whole gradient, 0 for no bound.
    """

    name: str
    momentum: float
    weight_decay: float
    gradient_norm: float


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Random changes of a film in [0, 1], before normalisation.

    `rotation` in degrees to either side; `zoom` and `shift` as shares of the side; `contrast`
    is the widest exponent change of a random gamma; `flip` the probability of mirroring.
    Where a part of the network is frozen and runs only once a film, `views` fixed changed
    versions of every film, besides the film itself, stand for the endless ones.
    """

    rotation: float
    zoom: float
    shift: float
    contrast: float
    flip: float
    views: int


@dataclass(frozen=True, slots=True)
class Stage:
    """Epochs at one resolution with one set of trained layers and one course of the rate.

    `trains` is "all", "head", or a block of the network: that block and all after it train.
    After a linear warm-up over `warm_up_epochs` the `schedule` is one of

    constant   `rate` to the end
    cosine     a half cosine from `rate` to `last_rate`
    plateau    `rate`, and a half cosine to `last_rate` over the final `decay_epochs`
    snapshots  `cycles` half cosines of equal length, each from `rate` to `last_rate`; one
               network is kept at the end of each
    """

    size: int
    epochs: int
    trains: str
    schedule: str
    rate: float
    last_rate: float
    warm_up_epochs: float
    decay_epochs: float
    cycles: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training, from the first epoch to the last.

    `initial_weights` is "scratch", "imagenet" (what Keras downloads) or "stage-a" (a network
    of the same architecture out of the recipe `stage-a`); `substitute_weights` what is taken
    where those are not to be had, "" for nothing. `data` says which films, in order; without
    any, every film of the manifest that has a class. `kernel` is the side of a custom
    network's convolutions. `films_per_epoch` counts draws (0: every training film once),
    `most_draws_per_film` those of one film. `class_weights` runs parallel to `classes`, empty
    for none. `keep` says which epoch's weights are exported: "last", "best_accuracy" or
    "best_loss" of validation.
    """

    name: str
    title: str
    paper: str
    network: str
    kernel: int
    classes: tuple[str, ...]
    data: tuple[Selection, ...]
    normalisation: str
    initial_weights: str
    substitute_weights: str
    seed: int
    batch: int
    sampling: str
    films_per_epoch: int
    most_draws_per_film: int
    label_smoothing: float
    class_weights: tuple[float, ...]
    precision: str
    keep: str
    head: HeadRule
    optimiser: Optimiser
    augmentation: Augmentation
    stages: tuple[Stage, ...]

    @property
    def epochs(self) -> int:
        """Epochs of all stages together."""
        return sum(stage.epochs for stage in self.stages)

    @property
    def is_ever_frozen(self) -> bool:
        """Whether some stage leaves a part of the network as it is."""
        return any(stage.trains != "all" for stage in self.stages)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a run folder's record."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StudyRun:
    """One training of a study, with what the paper says of it.

    `reported` are shares in [0, 1] (accuracy, auc, sensitivity_covid19, ...) and minutes;
    `note` says of which films they speak, and what about them does not add up.
    """

    name: str
    recipe: Recipe
    reported: dict[str, float]
    note: str


@dataclass(frozen=True, slots=True)
class Study:
    """A recipe file: the runs it makes, and how the paper divided its films.

    `folds` is the number of cross-validation folds, 0 for a single division, whose shares of
    images for validation and test are `naive_shares`. `ours` are the dotted keys on which the
    paper is silent, such as "batch" or "stages.0.size" ("head" speaks for all of the table,
    "runs.NAME.network" for one run); every other value is the paper's.
    """

    recipe: str
    runs: tuple[StudyRun, ...]
    folds: int
    naive_shares: tuple[float, float]
    ours: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for those who read JSON."""
        return asdict(self)

    def run(self, name: str) -> StudyRun:
        """Return the run of that name.

        Raises
        ------
        DataError
            When the study has no such run.
        """
        for each in self.runs:
            if each.name == name:
                return each
        raise DataError(
            f"Recipe {self.recipe!r} has no run {name!r}; expected one of "
            f"{', '.join(each.name for each in self.runs)}."
        )
