"""The Performance page as a script: what it says of versions judged, not judged and damaged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from pages.components.session import services, warm_up
from tests.evaluation.reported import OLD_EVALUATION, evaluation_of
from tests.pages.shown import markup
from tests.use_cases.judged import judged_version, put, write_versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULT = "cxr-notice-fault"
PARTS = ("sources", "shortcuts", "classes", "calibration", "ancestors", "version", "card")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_versions(tmp_path_factory.mktemp("page") / "models")


@pytest.fixture
def serve(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> Iterator[object]:
    """Open the page on a folder of versions; the core is wired anew, now and after."""

    def served(models: Path) -> AppTest:
        monkeypatch.setenv("CXR_MODELS_DIR", str(models))
        services.clear()
        warm_up.clear()
        page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
        return page.switch_page("pages/performance.py").run()

    yield served
    services.clear()
    warm_up.clear()


def choose(page: AppTest, name: str) -> AppTest:
    return page.selectbox(key="performance_version").set_value(name).run()


def test_without_versions_the_page_says_what_to_do(serve, tmp_path: Path) -> None:
    page = serve(tmp_path / "none")
    assert not page.exception
    assert "There is no model version" in markup(page)
    assert "CXR_MODELS_DIR" in markup(page)


def test_a_version_that_was_never_judged_says_which_command_judges_it(
    serve, models: Path
) -> None:
    page = choose(serve(models), "fresh")
    assert not page.exception
    assert "never judged" in markup(page)
    assert "python -m cxr_core evaluate fresh --manifest" in page.code[0].value
    assert page.code[0].value.endswith("--record")


def test_every_part_of_a_judged_version_is_drawn(serve, models: Path) -> None:
    page = choose(serve(models), "judged")
    for part in PARTS:
        page.segmented_control(key="performance_part").set_value(part).run()
        assert not page.exception, part
        assert FAULT not in markup(page), part
        assert "External, independent hospital" in markup(page), part
        assert "not measured" in markup(page), part
    accuracy = evaluation_of()["accuracy"]["value"]
    assert f"{accuracy:.3f}" in markup(page)


def test_a_prevalence_is_set_by_the_reader(serve, models: Path) -> None:
    page = choose(serve(models), "judged")
    page.segmented_control(key="performance_part").set_value("classes").run()
    field = page.number_input(key="performance_prevalence")
    assert field.value == 5.0
    assert "at 12.5%" not in markup(page)
    field.set_value(12.5).run()
    assert not page.exception
    assert "at 12.5%" in markup(page)


@pytest.mark.parametrize(("name", "words"), [("torn", "JSON"), ("half", "confusion")])
def test_a_damaged_evaluation_is_a_message(serve, models: Path, name: str, words: str) -> None:
    page = choose(serve(models), name)
    assert not page.exception
    assert words in markup(page)
    assert "evaluate" in markup(page)
    assert not page.get("plotly_chart")


def test_a_damaged_audit_and_a_broken_version_are_warnings(serve, models: Path) -> None:
    page = choose(serve(models), "unsound")
    assert not page.exception
    assert "<p>broken cannot be used:" in markup(page)
    assert "unsound/audit.json" in markup(page)
    assert page.get("plotly_chart")


def test_values_that_cannot_be_drawn_are_a_message_in_their_place(
    serve, tmp_path: Path
) -> None:
    evaluation = evaluation_of()
    curve = {**evaluation["per_class"][0]["roc"], "threshold": ["high"]}
    damaged = {**evaluation["per_class"][0], "roc": curve}
    classes = [damaged, *evaluation["per_class"][1:]]
    judged_version(tmp_path / "models", "odd", {**evaluation, "per_class": classes})
    page = choose(serve(tmp_path / "models"), "odd")
    page.segmented_control(key="performance_part").set_value("classes").run()
    assert not page.exception
    assert "cannot be drawn" in markup(page)
    assert len(page.get("plotly_chart")) == 6


def test_an_older_evaluation_is_shown_with_what_it_has(serve, tmp_path: Path) -> None:
    judged_version(tmp_path / "models", "old", None)
    put(tmp_path / "models" / "old" / "evaluation.json", OLD_EVALUATION)
    page = serve(tmp_path / "models")
    for part in PARTS:
        page.segmented_control(key="performance_part").set_value(part).run()
        assert not page.exception, part
        assert FAULT not in markup(page), part
    assert "older format" in markup(page)
    assert "There is no card" in markup(page)


def test_names_from_files_are_text(serve, tmp_path: Path) -> None:
    hostile = "<b>ill</b>"
    evaluation = evaluation_of(classes=(hostile, "other", "third"), scheme=hostile)
    judged_version(tmp_path / "models", "odd", evaluation)
    page = serve(tmp_path / "models")
    for part in PARTS:
        page.segmented_control(key="performance_part").set_value(part).run()
        assert not page.exception, part
        assert hostile not in markup(page), part
    assert "&lt;b&gt;ill" in markup(page) or part == "card"
