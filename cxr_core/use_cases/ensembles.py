"""Judge the members of an ensemble together: the mean of their probabilities."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.assessment import assess
from cxr_core.inference.engine import KerasEngine
from cxr_core.inference.networks import build_network, network_named
from cxr_core.inference.weights import load_into
from cxr_core.use_cases.evaluating import judge_films

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cxr_core.datasets.collection import LabelledFilm
    from cxr_core.evaluation.results import Evaluation
    from cxr_core.imaging.decode import Limits
    from cxr_core.registry.catalogue import LoadedModel
    from cxr_core.training.run_folder import RunFolder

_SMALLEST = 1e-12


def judge_ensemble(
    model: LoadedModel,
    run: RunFolder,
    films: Sequence[LabelledFilm],
    limits: Limits,
    report: Callable[[str, int, int], None],
) -> Evaluation:
    """Judge what the members of a run say on average; `model` is the run's own version.

    Averaging probabilities is what snapshot ensembles do (Huang et al. 2017, section 3.3).
    """
    blueprint = model.manifest.blueprint
    network = build_network(blueprint)
    likelihoods = []
    for path in run.members():
        load_into(network, run.read_arrays(path))
        engine = KerasEngine(network, network_named(blueprint.network).heat_layer)
        judged = judge_films(replace(model, engine=engine), films, limits, report)
        likelihoods.append(judged.cases.probabilities())
    mean = np.mean(likelihoods, axis=0)
    logits = np.log(np.maximum(mean, _SMALLEST))
    return assess(replace(judged.cases, logits=logits), None)
