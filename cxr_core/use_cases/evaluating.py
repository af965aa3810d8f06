"""Judge a version on films with known labels, through the very path that reads films."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.datasets.splits import SplitRule
from cxr_core.domain import FilmFile
from cxr_core.errors import DataError
from cxr_core.evaluation.metrics import Evaluation, evaluate
from cxr_core.use_cases.reading import read_films

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.datasets.films import Film
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel
    from cxr_core.registry.manifest import Manifest


def recorded_rule(manifest: Manifest) -> SplitRule:
    """Return the split that a version was trained with.

    Raises
    ------
    DataError
        When its manifest does not say.
    """
    try:
        split = manifest.record["recipe"]["split"]
        shares = float(split["validation"]), float(split["test"])
        return SplitRule(str(split["salt"]), *shares)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"The manifest of {manifest.name} does not say by which recipe films were split; "
            "expected recipe.split with salt, validation and test. Evaluate a version that "
            "`train` made."
        ) from error


def evaluate_version(
    model: LoadedModel,
    films: Sequence[Film],
    limits: Limits,
    report: Callable[[], object],
) -> Evaluation:
    """Read every film and compare; `report` is called after each film.

    Raises
    ------
    DataError
        When no film could be read, or a film has a label that the version does not know.
    """
    classes = model.manifest.classes
    if strangers := {film.label for film in films} - set(classes):
        raise DataError(
            f"{model.ref.name} does not know {sorted(strangers)}; its classes differ."
        )
    files = [FilmFile(film.path.name, film.path.read_bytes) for film in films]
    probabilities, truth, sources = [], [], []
    for film, reading in zip(films, read_films(files, [model], limits, batch=16), strict=True):
        if reading.refusal is None:
            probabilities.append(reading.predictions[0].probabilities)
            truth.append(film.label)
            sources.append(film.source)
        report()
    if not truth:
        raise DataError("None of the films could be read, so there is nothing to evaluate.")
    refused = len(films) - len(truth)
    return evaluate(classes, np.asarray(probabilities), truth, sources, refused)
