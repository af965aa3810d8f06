"""Part (a): what is left of an accuracy when the lungs, or all but a part, are hidden.

Maguolo & Nanni (2021) blacked the lungs out and could still tell the sources apart; DeGrave et
al. (2021) found networks that read the border. The films are the same in every condition, and
the network is asked as it is, never trained anew.

Such films are unlike any that it was trained on, and may all get one answer although what tells
the classes apart is still seen. So skill is measured twice, by the answers (balanced accuracy
above chance) and by the order of the films (area under the curve above one half), and the one
of which more is kept counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.evaluation.audit.results import Blackout, Condition
from cxr_core.evaluation.audit.shares import balanced_share, mean_area, mean_share
from cxr_core.evaluation.audit.subject import labels_of
from cxr_core.evaluation.bootstrap import Options, bootstrap
from cxr_core.inference.engine import softmax

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cxr_core.domain import FloatArray
    from cxr_core.evaluation.audit.subject import AuditFilm, AuditOptions
    from cxr_core.evaluation.bootstrap import Estimates
    from cxr_core.evaluation.metrics import FloatMatrix

PLAIN = "plain"
BORDER_ONLY = "border_only"
LUNGS_HIDDEN = "lungs_hidden"
LUNGS_ONLY = "lungs_only"
LEAST_SKILL = 0.2
"""Share of the way from chance to certainty, under which there is too little to be lost."""

_BALANCED, _AREA = "balanced_accuracy", "auc"


def compare_conditions(
    classes: Sequence[str],
    films: Sequence[AuditFilm],
    logits: Mapping[str, FloatArray],
    options: AuditOptions,
) -> Blackout:
    """Compare conditions on the same films; `logits` are (films, classes) by condition.

    "plain" has to be among them. Chance and skill are over the classes with
    `options.fewest_films` films or more.
    """
    truth = labels_of(films)
    counts = np.bincount(truth, minlength=len(classes))
    judged = np.flatnonzero(counts >= options.fewest_films).tolist()
    answers = {name: told.argmax(axis=1) for name, told in logits.items()}
    estimates = _estimate(films, logits, judged, options)
    return Blackout(
        films=len(films),
        patients=len({film.group for film in films}),
        seen=sum(film.is_seen for film in films),
        counts={name: int(count) for name, count in zip(classes, counts, strict=True)},
        judged=tuple(classes[place] for place in judged),
        majority=float(counts.max() / len(films)),
        balanced_chance=1.0 / len(judged) if len(judged) > 1 else None,
        conditions=tuple(
            _condition(name, estimates, float((told == answers[PLAIN]).mean()))
            for name, told in answers.items()
        ),
    )


def _estimate(
    films: Sequence[AuditFilm],
    logits: Mapping[str, FloatArray],
    judged: Sequence[int],
    options: AuditOptions,
) -> Estimates:
    truth = labels_of(films)
    right = {name: told.argmax(axis=1) == truth for name, told in logits.items()}
    scores = {name: softmax(told).astype(np.float64) for name, told in logits.items()}

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        found = {f"{name} accuracy": mean_share(weights, hit) for name, hit in right.items()}
        if len(judged) < 2:
            return found
        for name, hit in right.items():
            found[f"{name} {_BALANCED}"] = balanced_share(weights, hit, truth, judged)
            found[f"{name} {_AREA}"] = mean_area(weights, scores[name], truth, judged)
        for measure, chance in ((_BALANCED, 1.0 / len(judged)), (_AREA, 0.5)):
            whole = (found[f"{PLAIN} {measure}"] - chance) / (1.0 - chance)
            whole = np.where(whole >= LEAST_SKILL, whole, np.nan)
            for name in right:
                skill = (found[f"{name} {measure}"] - chance) / (1.0 - chance)
                found[f"{name} {measure} kept"] = skill / whole
        return found

    drawing = Options(resamples=options.resamples, seed=options.seed)
    return bootstrap(statistic, [film.group for film in films], drawing)


def _condition(name: str, estimates: Estimates, same: float) -> Condition:
    accuracy = estimates.measure(f"{name} accuracy")
    if f"{name} {_BALANCED}" not in estimates.values:
        return Condition(name, accuracy, None, None, None, "", same)
    kept = {
        measure: estimates.measure(f"{name} {measure} kept") for measure in (_BALANCED, _AREA)
    }
    known = {measure: each.value for measure, each in kept.items() if each.value is not None}
    most = max(known, key=lambda measure: known[measure]) if known else ""
    return Condition(
        name=name,
        accuracy=accuracy,
        balanced_accuracy=estimates.measure(f"{name} {_BALANCED}"),
        auc=estimates.measure(f"{name} {_AREA}"),
        skill_kept=kept[most] if most else None,
        kept_by=most,
        same_answer=same,
    )
