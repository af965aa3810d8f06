"""What is known of a version is read from its files; what is damaged is named, not hidden."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cxr_core.errors import DataError
from tests.evaluation.reported import OLD_EVALUATION, evaluation_of, study_of
from tests.use_cases.judged import browser_of, judged_version, put, write_versions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_versions(tmp_path_factory.mktemp("performance") / "models")


def test_versions_are_listed_and_those_that_cannot_be_used_are_named(models: Path) -> None:
    browser = browser_of(models)
    assert browser.names() == ["fresh", "half", "judged", "torn", "unsound"]
    assert set(browser.problems()) == {"broken"}
    assert browser_of(models / "nowhere").names() == []


def test_a_version_that_was_never_judged_has_nothing_to_tell(models: Path) -> None:
    assert browser_of(models).performance("fresh") is None


def test_a_judged_version_tells_everything(models: Path) -> None:
    told = browser_of(models).performance("judged")
    assert told is not None
    assert told.faults == ()
    assert told.title == "judged, version 2026-01-02"
    assert "test split of manifest abababababababab, films dealt by patients" in told.subtitle
    assert told.section("audit").charts
    assert told.card.startswith("# judged, version 2026-01-02")
    numbers = json.loads(told.numbers())
    assert numbers["evaluation"]["accuracy"] == evaluation_of()["accuracy"]
    assert numbers["version"]["name"] == "judged"
    assert "judged-report.html#audit" in told.checklist()
    assert told.report().count("<section ") == len(told.sections)


def test_predictive_values_are_told_at_any_prevalence(models: Path) -> None:
    told = browser_of(models).performance("judged")
    assert told is not None
    share = evaluation_of()["per_class"][0]["prevalence"]
    (first, *_) = told.at_prevalence(share).rows
    ppv, npv = (evaluation_of()["per_class"][0][key]["value"] for key in ("ppv", "npv"))
    assert first == ("normal", f"{share:.3f}", f"{ppv:.3f} / {npv:.3f}")


def test_a_damaged_evaluation_is_named_with_what_to_do(models: Path) -> None:
    browser = browser_of(models)
    for name, said in (("torn", "cannot be read as JSON"), ("half", "'confusion'")):
        with pytest.raises(DataError) as caught:
            browser.performance(name)
        assert f"{name}/evaluation.json" in str(caught.value)
        assert said in str(caught.value)
        assert "cxr_core evaluate" in str(caught.value)
    with pytest.raises(DataError, match="There is no model 'absent'"):
        browser.performance("absent")


def test_a_damaged_audit_is_named_and_the_rest_is_told(models: Path) -> None:
    told = browser_of(models).performance("unsound")
    assert told is not None
    (fault,) = told.faults
    assert "unsound/audit.json is not complete" in fault
    assert told.told_of.audit is None
    assert told.section("classes").charts


@pytest.mark.parametrize("damage", ["{", '{"recipe": "a"}', '[{"recipe": "a", "rows": [{}]}]'])
def test_a_damaged_study_is_named_and_the_rest_is_told(
    models: Path, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "ancestors.json"
    path.write_text(damage)
    browser = browser_of(models, path)
    told = browser.performance("judged")
    assert told is not None
    (fault,) = told.faults
    assert str(path) in fault
    assert told.told_of.audit is not None
    assert told.told_of.studies == ()
    with pytest.raises(DataError, match="Train the recipe again"):
        browser.studies()


def test_what_a_run_left_takes_the_place_of_the_committed_study(tmp_path: Path) -> None:
    judged_version(tmp_path / "models", "judged", evaluation_of())
    put(tmp_path / "ancestors.json", [study_of("a", scale=0.1), study_of("b")])
    put(tmp_path / "runs" / "mine" / "study.json", study_of("a", scale=1))
    put(tmp_path / "asked" / "study.json", study_of("b", scale=0.5))
    browser = browser_of(tmp_path / "models", tmp_path / "ancestors.json")
    assert [(each["recipe"], each["scale"]) for each in browser.studies()] == [
        ("a", 1),
        ("b", 0.25),
    ]
    asked = browser.studies([tmp_path / "asked"])
    assert [each["scale"] for each in asked] == [1, 0.5]
    told = browser.performance("judged")
    assert told is not None
    assert len(told.section("ancestors").tables[0].rows) == 4
    with pytest.raises(DataError, match=r"holds no study\.json"):
        browser.studies([tmp_path / "models"])


def test_a_new_judgement_is_seen_at_once(tmp_path: Path) -> None:
    folder = judged_version(tmp_path / "models", "judged", None)
    browser = browser_of(tmp_path / "models")
    assert browser.performance("judged") is None
    put(folder / "evaluation.json", OLD_EVALUATION)
    first = browser.performance("judged")
    assert first is not None
    assert browser.performance("judged") is first
    assert any("older format" in each for each in first.section("summary").sentences)
    assert first.card == ""
    put(folder / "evaluation.json", evaluation_of())
    second = browser.performance("judged")
    assert second is not None
    assert second.told_of.evaluation["films"] == 240
