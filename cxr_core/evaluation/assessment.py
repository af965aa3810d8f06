"""Put the whole evaluation of a version together: every number, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxr_core.errors import DataError
from cxr_core.evaluation.bootstrap import Estimates, Options, bootstrap
from cxr_core.evaluation.calibration import Calibration, fit_calibration
from cxr_core.evaluation.conformal import assess_conformal
from cxr_core.evaluation.curves import precision_recall_curve, roc_curve
from cxr_core.evaluation.metrics import (
    Ranking,
    accuracies,
    at_prevalence,
    confusions,
    rates,
    ratio,
)
from cxr_core.evaluation.operating import measure_points
from cxr_core.evaluation.reliability import assess_reliability
from cxr_core.evaluation.results import AtPrevalence, ClassResult, Evaluation
from cxr_core.evaluation.subgroups import measure_subgroups, within_source_areas

if TYPE_CHECKING:
    from cxr_core.evaluation.bootstrap import Statistic
    from cxr_core.evaluation.cases import Cases
    from cxr_core.evaluation.conformal import ConformalResult
    from cxr_core.evaluation.metrics import FloatMatrix
    from cxr_core.evaluation.reliability import Reliability

_BY_CLASS = ("sensitivity", "specificity", "ppv", "npv", "f1", "auc", "average_precision")
_MEANS = ("ppv", "f1", "auc", "average_precision")


def assess(
    test: Cases,
    validation: Cases | None = None,
    options: Options | None = None,
    calibration: Calibration | None = None,
) -> Evaluation:
    """Judge on `test`, calibrated on `validation` or by what was fitted before.

    Too few validation films leave the version uncalibrated, and a remark says so.

    Raises
    ------
    DataError
        When the two have other classes than one another.
    """
    options = options or Options()
    remarks: list[str] = []
    if calibration is None:
        calibration = _calibrated(test, validation, options, remarks)
    temperature = calibration.temperature if calibration else 1.0
    found = bootstrap(_statistic(test, temperature, options), test.groups, options)
    before = assess_reliability(test, 1.0, options)
    after = assess_reliability(test, temperature, options) if calibration else None
    remarks += _if_worse(before, after)
    return Evaluation(
        classes=test.classes,
        films=len(test),
        patients=test.patients,
        refused=0,
        resamples=options.resamples,
        level=options.level,
        temperature=temperature,
        accuracy=found.measure("accuracy", None, test.patients),
        balanced_accuracy=found.measure("balanced_accuracy"),
        macro={name: found.measure(f"macro {name}") for name in _MEANS},
        micro={name: found.measure(f"micro {name}") for name in ("auc", "average_precision")},
        per_class=_classes(test, temperature, found, options),
        confusion=_confusion(test),
        subgroups=measure_subgroups(test, temperature, options),
        before=before,
        after=after,
        conformal=_sets(test, calibration, options),
        operating_points=measure_points(
            test, calibration.points if calibration else (), temperature, options
        ),
        calibration=calibration,
        remarks=tuple(remarks),
    )


def _sets(
    test: Cases, calibration: Calibration | None, options: Options
) -> ConformalResult | None:
    if calibration is None:
        return None
    fitted, temperature = calibration.conformal, calibration.temperature
    return assess_conformal(test, fitted, temperature, calibration.films, options)


def _if_worse(before: Reliability, after: Reliability | None) -> list[str]:
    """Say so when the temperature does not carry over from validation to test films."""
    if after is None:
        return []
    first, second = before.log_loss.value, after.log_loss.value
    if first is None or second is None or second <= first:
        return []
    return [
        f"The temperature {after.temperature:.2f}, fitted on validation films, made the log "
        f"loss of the test films worse: {first:.3f} before, {second:.3f} after."
    ]


def _confusion(cases: Cases) -> tuple[tuple[int, ...], ...]:
    once = np.ones((1, len(cases)))
    (table,) = confusions(cases.truth, cases.predicted, len(cases.classes), once)
    return tuple(tuple(int(count) for count in row) for row in table)


def _calibrated(
    test: Cases, validation: Cases | None, options: Options, remarks: list[str]
) -> Calibration | None:
    if validation is None:
        remarks.append("Not calibrated: there are no validation films.")
        return None
    if validation.classes != test.classes:
        raise DataError(
            f"Validation films are of {list(validation.classes)}, test films of "
            f"{list(test.classes)}; expected the same classes in the same order."
        )
    try:
        return fit_calibration(validation, "", options)
    except DataError as error:
        remarks.append(f"Not calibrated: {error}")
        return None


def _statistic(cases: Cases, temperature: float, options: Options) -> Statistic:
    """Every metric that probabilities and calls give, for many samples at once."""
    count = len(cases.classes)
    probabilities = cases.probabilities(temperature)
    truth = np.eye(count, dtype=bool)[cases.truth]
    present = np.flatnonzero(truth.any(axis=0))
    rankings = [Ranking.of(probabilities[:, place], truth[:, place]) for place in range(count)]
    pooled = Ranking.of(probabilities.ravel(), truth.ravel())
    wanted = dict(options.prevalences)

    def statistic(weights: FloatMatrix) -> dict[str, FloatMatrix]:
        tables = confusions(cases.truth, cases.predicted, count, weights)
        found = rates(tables)
        found["auc"] = np.stack([ratio(*each.areas(weights)) for each in rankings], axis=1)
        found["average_precision"] = np.stack(
            [each.precisions(weights) for each in rankings], axis=1
        )
        means = {f"macro {name}": found[name][:, present].mean(axis=1) for name in _MEANS}
        balanced = found["sensitivity"][:, present].mean(axis=1)
        repeated = np.repeat(weights, count, axis=1)
        for place, name in enumerate(cases.classes):
            if name in wanted:
                told = found["sensitivity"][:, place], found["specificity"][:, place]
                ppv, npv = at_prevalence(*told, wanted[name])
                means |= {f"ppv at {name}": ppv, f"npv at {name}": npv}
        return (
            found
            | means
            | {
                "accuracy": accuracies(tables),
                "balanced_accuracy": balanced,
                "micro auc": ratio(*pooled.areas(repeated)),
                "micro average_precision": pooled.precisions(repeated),
            }
        )

    return statistic


def _classes(
    cases: Cases, temperature: float, found: Estimates, options: Options
) -> tuple[ClassResult, ...]:
    probabilities = cases.probabilities(temperature)
    within = within_source_areas(cases, temperature, options)
    groups = np.asarray(cases.groups)
    results = []
    for place, name in enumerate(cases.classes):
        own, called = cases.truth == place, cases.predicted == place
        among = {"sensitivity": own, "specificity": ~own, "ppv": called, "npv": ~called}
        trials = {rate: len(np.unique(groups[each])) for rate, each in among.items()}
        told = {rate: found.measure(rate, place, trials.get(rate, 0)) for rate in _BY_CLASS}
        results.append(
            ClassResult(
                name=name,
                films=int(own.sum()),
                patients=trials["sensitivity"],
                prevalence=float(own.mean()),
                auc_within_sources=within[name],
                at_prevalence=_at_prevalence(name, found, options),
                roc=roc_curve(probabilities[:, place], own),
                precision_recall=precision_recall_curve(probabilities[:, place], own),
                **told,
            )
        )
    return tuple(results)


def _at_prevalence(name: str, found: Estimates, options: Options) -> AtPrevalence | None:
    wanted = dict(options.prevalences).get(name)
    if wanted is None:
        return None
    return AtPrevalence(
        wanted, found.measure(f"ppv at {name}"), found.measure(f"npv at {name}")
    )
