"""The whole evaluation: right where it can be checked, silent where nothing is defined."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cxr_core.errors import DataError
from cxr_core.evaluation.assessment import assess
from cxr_core.evaluation.bootstrap import Options
from tests.evaluation.made import CLASSES, QUICK, cases_of, made_cases

TEST = made_cases(500, seed=1, temperature=2.0, patients=300)
VALIDATION = made_cases(300, seed=2, temperature=2.0)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    options = replace(QUICK, prevalences=(("covid19", 0.02),))
    return assess(TEST, VALIDATION, options).as_dict()


def test_a_hand_worked_evaluation() -> None:
    # Truth 0 0 1 1 2, called 0 1 1 1 0.
    found = assess(cases_of([0, 1, 1, 1, 0], [0, 0, 1, 1, 2]), options=QUICK)
    assert found.confusion == ((1, 1, 0), (0, 2, 0), (1, 0, 0))
    assert found.accuracy.value == pytest.approx(3 / 5)
    assert found.balanced_accuracy.value == pytest.approx((1 / 2 + 1 + 0) / 3)
    normal, pneumonia, covid = found.per_class
    assert normal.sensitivity.value == pytest.approx(1 / 2)
    assert normal.specificity.value == pytest.approx(2 / 3)
    assert normal.ppv.value == pytest.approx(1 / 2)
    assert normal.npv.value == pytest.approx(2 / 3)
    assert pneumonia.f1.value == pytest.approx(4 / 5)
    assert covid.sensitivity.value == 0.0
    assert covid.ppv.value is None
    assert covid.npv.value == pytest.approx(4 / 5)


def test_areas_and_means_are_those_of_scikit_learn(told: dict[str, Any]) -> None:
    from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

    found = assess(TEST, VALIDATION, QUICK)
    scores, truth = TEST.probabilities(found.temperature), np.eye(3)[TEST.truth]
    for average, values in (("macro", found.macro), ("micro", found.micro)):
        assert values["auc"].value == pytest.approx(
            roc_auc_score(truth, scores, average=average), abs=1e-9
        )
        assert values["average_precision"].value == pytest.approx(
            average_precision_score(truth, scores, average=average), abs=1e-9
        )
    assert found.macro["f1"].value == pytest.approx(
        f1_score(TEST.truth, TEST.predicted, average="macro"), abs=1e-9
    )
    # JSON keeps six decimals of it.
    assert told["macro"]["f1"]["value"] == pytest.approx(found.macro["f1"].value, abs=1e-6)


def measures(value: object) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = [value] if {"value", "low", "high", "undefined"} == set(value) else []
        return own + [each for inner in value.values() for each in measures(inner)]
    return [each for inner in value for each in measures(inner)] if is_list(value) else []


def is_list(value: object) -> bool:
    return isinstance(value, list)


def test_every_number_has_its_interval_and_all_of_it_is_json(told: dict[str, Any]) -> None:
    json.dumps(told, allow_nan=False)
    found = measures(told)
    assert len(found) > 100
    for each in found:
        if each["low"] is not None:
            assert math.isfinite(each["value"])
            assert each["low"] <= each["high"]
    top = [told[name] for name in ("accuracy", "balanced_accuracy")]
    top += [each[name] for each in told["per_class"] for name in ("auc", "ppv", "f1")]
    for each in top:
        assert each["low"] < each["value"] < each["high"]


def test_calibration_is_fitted_on_validation_and_measured_on_test(told: dict[str, Any]) -> None:
    assert told["temperature"] == pytest.approx(2.0, rel=0.25)
    assert told["before"]["temperature"] == 1.0
    assert told["after"]["ece"]["value"] < told["before"]["ece"]["value"]
    assert told["conformal"]["validation_films"] == 300
    assert told["conformal"]["by_class"]["coverage"]["value"] > 0.85
    assert len(told["operating_points"]) == 6
    assert told["calibration"]["films"] == 300
    assert told["remarks"] == []


def test_predictive_values_are_given_where_a_prevalence_is_asked_for(told) -> None:
    normal, _, covid = told["per_class"]
    assert normal["at_prevalence"] is None
    at = covid["at_prevalence"]
    found = covid["sensitivity"]["value"] * 0.02
    alarms = (1 - covid["specificity"]["value"]) * 0.98
    assert at["ppv"]["value"] == pytest.approx(found / (found + alarms), abs=1e-5)
    assert at["ppv"]["low"] < at["ppv"]["value"] < at["ppv"]["high"]


def test_a_class_without_films_has_nothing_and_harms_nothing() -> None:
    part = TEST.subset(TEST.truth != 2)
    found = assess(part, VALIDATION, QUICK)
    covid = found.per_class[2]
    assert covid.films == 0
    assert covid.sensitivity.value is covid.auc.value is covid.average_precision.value is None
    assert (covid.roc, covid.precision_recall) == (None, None)
    assert found.balanced_accuracy.value == pytest.approx(
        np.mean([each.sensitivity.value for each in found.per_class[:2]])
    )
    json.dumps(found.as_dict(), allow_nan=False)


def test_without_validation_films_nothing_is_calibrated_and_it_says_so() -> None:
    found = assess(TEST, options=QUICK)
    assert (found.temperature, found.after, found.conformal, found.calibration) == (
        1.0,
        None,
        None,
        None,
    )
    assert "no validation films" in found.remarks[0]
    few = assess(TEST, VALIDATION.subset(np.arange(300) < 4), QUICK)
    assert few.calibration is None
    assert "There are 4 validation films" in few.remarks[0]


def test_a_temperature_that_does_not_carry_over_is_told() -> None:
    surer = made_cases(300, seed=2, temperature=0.3)
    (remark,) = assess(TEST, surer, QUICK).remarks
    assert "made the log loss of the test films worse" in remark


def test_a_calibration_that_was_fitted_before_is_used_as_it_is() -> None:
    first = assess(TEST, VALIDATION, QUICK)
    assert assess(TEST, None, QUICK, first.calibration) == first


def test_validation_films_of_other_classes_are_refused() -> None:
    other = replace(VALIDATION, classes=CLASSES[::-1])
    with pytest.raises(DataError, match="expected the same classes"):
        assess(TEST, other, QUICK)


def test_two_thousand_resamples_of_a_test_split_take_seconds() -> None:
    cases = made_cases(1200, seed=3, patients=700)
    assess(TEST, VALIDATION, QUICK)  # imports are not what is timed
    began = time.process_time()
    assess(cases, VALIDATION, Options(resamples=2000))
    assert time.process_time() - began < 15  # 2 on an idle core
