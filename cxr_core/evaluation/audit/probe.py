"""Part (c): how well the source of a film is told from the network's own features.

A linear probe on what enters the head, cross-validated by patient. Where class and source go
together, telling the class is telling the source; so the probe is repeated inside each class
that has two sources, where the class gives nothing away. That a probe finds the source says
what the head could use, not that it does (cf. Glocker et al. 2023).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from cxr_core.evaluation.audit.results import Probe, SourceProbes
from cxr_core.evaluation.audit.shares import balanced_share
from cxr_core.evaluation.audit.subject import labels_of
from cxr_core.evaluation.bootstrap import Options, bootstrap
from cxr_core.evaluation.metrics import area_under_roc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions
    from cxr_core.evaluation.metrics import FloatMatrix

_FOLDS = 5
_COMPONENTS = 64
_STEPS = 5000


def probe_sources(
    classes: Sequence[str],
    films: Sequence[AuditFilm],
    features: FloatArray,
    options: AuditOptions,
) -> SourceProbes | None:
    """Tell the source from float32 (films, channels), over all films and inside each class.

    None when fewer than two sources have patients enough.
    """
    overall = _probe(None, films, features, options)
    if overall is None:
        return None
    labels = labels_of(films)
    inside = []
    for place, name in enumerate(classes):
        own = np.flatnonzero(labels == place).tolist()
        probe = _probe(name, [films[each] for each in own], features[own], options)
        if probe is not None:
            inside.append(probe)
    every = {film.source for film in films}
    return SourceProbes(overall, tuple(inside), tuple(sorted(every - set(overall.sources))))


def _probe(
    label: str | None,
    films: Sequence[AuditFilm],
    features: FloatArray,
    options: AuditOptions,
) -> Probe | None:
    patients: dict[str, set[str]] = defaultdict(set)
    for film in films:
        patients[film.source].add(film.group)
    enough = max(options.fewest_patients, _FOLDS)
    sources = tuple(sorted(name for name, own in patients.items() if len(own) >= enough))
    if len(sources) < 2:
        return None
    kept = [place for place, film in enumerate(films) if film.source in sources]
    chosen = [films[place] for place in kept]
    truth = np.array([sources.index(film.source) for film in chosen], dtype=np.intp)
    groups = [film.group for film in chosen]
    scores = _cross_validated(features[kept], truth, groups, options.seed)
    hit = scores.argmax(axis=1) == truth

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        return {"balanced": balanced_share(weights, hit, truth, range(len(sources)))}

    drawing = Options(resamples=options.resamples, seed=options.seed)
    return Probe(
        label=label,
        sources=sources,
        films=len(kept),
        patients=len(set(groups)),
        balanced_accuracy=bootstrap(statistic, groups, drawing).measure("balanced"),
        chance=1.0 / len(sources),
        class_alone=_class_alone(truth, labels_of(chosen), len(sources)),
        auc=_mean_auc(scores, truth),
    )


def _cross_validated(
    features: FloatArray, truth: NDArray[np.intp], groups: Sequence[str], seed: int
) -> FloatMatrix:
    """Probabilities (films, sources) from probes that saw none of the film's patient."""
    # Imported here: it takes a second, which no other command should wait for.
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scores = np.zeros((len(truth), int(truth.max()) + 1))
    folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
    with threadpool_limits(1):  # on small matrices threads mostly wait for each other
        for fitted, held in folds.split(features, truth, groups):
            components = min(_COMPONENTS, len(fitted) - 1, features.shape[1])
            classifier = make_pipeline(
                StandardScaler(),
                PCA(components, svd_solver="full"),
                LogisticRegression(class_weight="balanced", max_iter=_STEPS),
            )
            classifier.fit(features[fitted].astype(np.float64), truth[fitted])
            known = classifier.classes_
            scores[np.ix_(held, known)] = classifier.predict_proba(features[held])
    return scores


def _mean_auc(scores: FloatMatrix, truth: NDArray[np.intp]) -> float:
    areas = [
        area_under_roc(scores[:, place], truth == place) for place in range(scores.shape[1])
    ]
    return float(np.mean([area for area in areas if area is not None]))


def _class_alone(truth: NDArray[np.intp], labels: NDArray[np.intp], sources: int) -> float:
    """Balanced accuracy of the best rule that knows a film's class and nothing else."""
    table = np.zeros((sources, int(labels.max()) + 1))
    np.add.at(table, (truth, labels), 1.0)
    shares = table / table.sum(axis=1, keepdims=True)
    return float(shares.max(axis=0).sum() / sources)
