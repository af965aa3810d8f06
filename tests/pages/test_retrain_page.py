"""The Retrain page as a script: empty states, and the words for durations and jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.jobs.job import JobState
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.workers import Workers
from cxr_core.use_cases.access import TERMINAL
from pages.components.retrain.charts import loss_chart, rate_chart, score_chart
from pages.components.retrain.words import duration, size, state
from pages.components.session import services, warm_up
from tests.pages.shown import markup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROW = {
    "epoch": 1,
    "loss": 0.5,
    "accuracy": 0.7,
    "validation_loss": 0.6,
    "validation_accuracy": 0.65,
    "validation_auc": None,
    "learning_rate": 1e-3,
}


@pytest.fixture(autouse=True)
def own_server(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server of this test's own, without models."""
    monkeypatch.setenv("CXR_MODELS_DIR", str(data_dir / "none"))
    services.clear()
    warm_up.clear()
    yield data_dir
    services.clear()
    warm_up.clear()


def page_in(repository: Path, part: str | None = None) -> AppTest:
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120)
    if part:
        page.session_state.retrain_part = part
    return page.run().switch_page("pages/retrain.py").run()


def test_without_films_it_says_where_to_curate(repository: Path) -> None:
    page = page_in(repository)
    assert not page.exception
    assert "nothing to train on" in markup(page)


def test_without_jobs_it_says_what_will_appear(repository: Path) -> None:
    page = page_in(repository, "work")
    assert not page.exception
    assert "Nothing was ordered yet" in markup(page)


def test_a_failed_job_says_why_and_can_be_tried_again(repository: Path) -> None:
    core = services()
    job, _ = core.jobs().order_curation(TERMINAL)
    queue, card = JobQueue(core.database()), Workers(core.database()).enter()
    claim = queue.claim(card.id, card.host)
    assert claim is not None
    queue.finish(claim, JobState.FAILED, "No space is left on the disk.")
    page = page_in(repository, "work")
    assert not page.exception
    assert "No space is left" in markup(page)
    facts = page.caption[0].value.replace("\\", "")
    assert re.fullmatch(r"▲ failed · ordered by terminal, .* UTC · \d s of work", facts)
    (again,) = [each for each in page.button if each.label == "Try again"]
    again.click().run()
    assert core.jobs().job(TERMINAL, job.id).state is JobState.QUEUED
    assert "Cancel" in [each.label for each in page.button]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (89, "89 s"), (95, "2 min"), (5400, "1 h 30 min"), (200_000, "2.3 days")],
)
def test_durations_are_rounded_as_people_do(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_sizes_and_states_are_words() -> None:
    job, _ = services().jobs().order_curation(TERMINAL)
    assert size(2**20) == "1 MB"
    assert state(job).endswith("queued")


def test_curves_are_drawn_from_rows_and_from_the_epoch_under_way() -> None:
    steps = [{"epoch": 2, "step": 1, "steps": 4, "loss": 0.4, "learning_rate": 9e-4}]
    told = loss_chart([ROW], steps)
    assert [trace.name for trace in told.data] == ["training", "validation", "this epoch"]
    assert list(told.data[2].x) == [1.25]
    assert list(score_chart([ROW]).data[2].y) == [None]
    assert list(rate_chart([ROW], steps).data[0].y) == [1e-3, 9e-4]
