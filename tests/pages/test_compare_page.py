"""The Compare page as a script: the choice, the test split, and what it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.evaluation.bootstrap import Measure
from cxr_core.use_cases.access import TERMINAL
from pages.components.compare.words import cell, interval, p_value, signed
from pages.components.session import services, warm_up
from tests.pages.shown import markup
from tests.use_cases.compared import keep_answers, make_version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cxr_core.use_cases.collecting import Films


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("first", "second", "third"):
        make_version(folder, name)
    return folder


@pytest.fixture
def page(
    models: Path,
    data_dir: Path,
    drawn_films: Films,
    monkeypatch: pytest.MonkeyPatch,
    repository: Path,
) -> Iterator[AppTest]:
    """The page with three versions, of which two have answered."""
    monkeypatch.setenv("CXR_MODELS_DIR", str(models))
    monkeypatch.setenv("CXR_MANIFEST_DIR", str(drawn_films.manifest))
    keep_answers(data_dir / "answers", models / "first", drawn_films.manifest, [0, 1])
    keep_answers(data_dir / "answers", models / "second", drawn_films.manifest, [2])
    services.clear()
    warm_up.clear()
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    yield page.switch_page("pages/compare.py").run()
    services.clear()
    warm_up.clear()


def choose(page: AppTest, names: list[str], part: str = "split") -> AppTest:
    page.multiselect(key="compare_versions").set_value(names).run()
    if len(names) < 2:
        return page
    return page.segmented_control(key="compare_part").set_value(part).run()


def said(page: AppTest) -> str:
    return " ".join(each.proto.body for each in page.get("html"))


def test_the_test_split_is_told_from_kept_answers(page: AppTest) -> None:
    choose(page, ["first", "second"])
    assert not page.exception
    assert 'role="alert"' not in markup(page)
    assert any("gains 2 and loses 1" in each.value for each in page.markdown)
    told = said(page)
    assert "Values of each version" in told
    assert "second less first, on the same films" in told
    assert "McNemar p = 1.000" in told
    assert "Calls of first (rows) and of second (columns)" in told
    page.segmented_control(key="compare_flips_first_second_kind").set_value("gained").run()
    assert not page.exception
    assert said(page).count("<figure") == 2


def test_a_version_that_has_not_answered_is_named_and_can_be_ordered(page: AppTest) -> None:
    choose(page, ["first", "third"])
    assert not page.exception
    assert "third must be asked about every test film" in markup(page)
    page.button(key="compare_order").click().run()
    assert not page.exception
    (job,) = services().jobs().jobs(TERMINAL)
    assert job.arguments == {"versions": ["third"]}
    page.button(key="compare_order").click().run()
    assert len(services().jobs().jobs(TERMINAL)) == 1
    assert any("ordered already" in each.value for each in page.markdown)


def test_one_version_is_too_few(page: AppTest) -> None:
    choose(page, ["first"])
    assert "Choose two or more" in markup(page)


def test_without_a_film_the_page_says_where_films_come_from(page: AppTest) -> None:
    choose(page, ["first", "second"], "films")
    assert not page.exception
    assert "Drop a radiograph here" in markup(page)


def test_numbers_are_written_with_their_intervals() -> None:
    measure = Measure(0.5, 0.25, 0.75)
    assert interval(measure) == "0.500 (0.250 to 0.750)"
    assert signed(measure) == "+0.500 (+0.250 to +0.750)"
    assert interval(Measure(None, None, None)) == signed(Measure(None, None, None))
    assert p_value(0.0001) == "p < 0.001"
    assert cell({"lost": 1}) == "1 lost"
