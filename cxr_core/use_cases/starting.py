"""What a training starts from: nothing, ImageNet, an earlier run, or a run made for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cxr_core.errors import DataError
from cxr_core.inference.networks import NETWORKS, network_named
from cxr_core.recipes.recipe import load_study
from cxr_core.registry.catalogue import load_arrays, read_weights
from cxr_core.registry.manifest import MANIFEST_NAME, read_manifest
from cxr_core.training.engine import Start
from cxr_core.use_cases.seen import read_seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cxr_core.recipes.recipe import Recipe

STAGE_A = "stage-a-short"
# How ImageNet's weights want films; other weights have their own way.
_IMAGENETS = {each.imagenet_normalisation for each in NETWORKS.values()} - {None}


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A start, in `words` for people, and the tokens of the patients whom it was trained on.

    `normalisation` is that of the films it was trained on, "" where there were none.
    """

    start: Start
    words: str
    seen: frozenset[str] = frozenset()
    normalisation: str = ""


SCRATCH = Origin(Start(), "random weights")


def open_origin(path: Path, recipe: Recipe) -> Origin:
    """Open an earlier run's or a version's folder, or a file of ImageNet weights.

    Raises
    ------
    DataError
        When there is nothing of the kind, or it is of another architecture.
    ModelError
        When it is damaged.
    """
    if path.is_file():
        return Origin(Start(imagenet=path), f"the weight file {path.name}")
    if not (path / MANIFEST_NAME).is_file():
        raise DataError(
            f"{path} is neither a file of weights nor a finished run. Give a folder that "
            "`train` has written, or a version's."
        )
    manifest = read_manifest(path)
    if manifest.architecture != recipe.network:
        raise DataError(
            f"{path} is a {manifest.architecture}; the recipe wants a {recipe.network}. Give a "
            "run of the same architecture."
        )
    arrays = load_arrays(read_weights(path, manifest), path.name)
    words = f"{manifest.name}, version {manifest.version}{_rehearsed(manifest.record)}"
    seen = read_seen(path) or frozenset()
    return Origin(Start(backbone=arrays), words, seen, manifest.normalisation.value)


def _rehearsed(record: Mapping[str, Any]) -> str:
    scale = float(record.get("scale", 1))
    return f", trained at scale {scale:g}" if scale < 1 else ""


def adopted(recipe: Recipe, origin: Origin) -> Recipe:
    """Return the recipe with films as the first weights know them.

    A recipe that normalises as ImageNet's weights want it takes over the normalisation of the
    run that stands in for them; any other normalisation is the recipe's own affair.
    """
    if origin.normalisation and recipe.normalisation in _IMAGENETS:
        return replace(recipe, normalisation=origin.normalisation)
    return recipe


def stage_a_recipe(name: str, recipe: Recipe) -> Recipe:
    """Return stage A for a recipe's network, its films normalised as the recipe's are.

    Unless they are normalised for ImageNet's weights: values in the hundreds, as some of those
    want them, make a poor start from scratch, and films as stage A has them serve all recipes.

    Raises
    ------
    DataError
        When the stage-A recipe has no run for this network.
    """
    study = load_study(name)
    for run in study.runs:
        if run.recipe.network == recipe.network:
            own = run.recipe.normalisation
            wanted = own if recipe.normalisation in _IMAGENETS else recipe.normalisation
            return replace(run.recipe, normalisation=wanted, kernel=recipe.kernel)
    raise DataError(
        f"Recipe {name} has no run of {recipe.network}, from which {recipe.name} would start; "
        f"expected one of {', '.join(each.recipe.network for each in study.runs)}. Add one, or "
        "give an earlier run to start from."
    )


def needs_stage_a(recipe: Recipe, imagenet: Path | None) -> bool:
    """Tell whether a network of the same architecture has to be trained first."""
    if recipe.initial_weights == "imagenet" and imagenet is None:
        return recipe.substitute_weights == "stage-a"
    return recipe.initial_weights == "stage-a"


def check_network(recipe: Recipe) -> None:
    """Refuse a recipe whose network is not known before anything is read."""
    network_named(recipe.network)
