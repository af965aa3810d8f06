"""The Data page's parts: charts, the CSV, the datasheet's text, and the page as a script."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.datasets.manifest import Film
from cxr_core.datasets.ontology import Finding
from cxr_core.datasets.records import Exclusion
from cxr_core.datasets.summary import CrossTable
from cxr_core.jobs.job import JobState, Progress, Request
from cxr_core.jobs.queue import JobQueue
from cxr_core.jobs.workers import Workers
from cxr_core.use_cases.access import TERMINAL
from pages.components.data.charts import count_chart, in_words, size_bands, turned
from pages.components.data.copies import copy_caption
from pages.components.data.csv_text import excluded_csv
from pages.components.data.facts import as_section
from pages.components.session import services, warm_up
from tests.pages.shown import markup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TABLE = CrossTable(("covid19", "normal"), ("big", "<b>small"), ((0, 3), (900, 1)))


def film(**told: object) -> Film:
    usual = dict.fromkeys(Film.__slots__, "") | {
        "finding": Finding.COVID19, "split": None, "exclusion": Exclusion.COPY,
        "path": "folder/a.png", "source": "hannover", "offset_days": None, "age_years": None,
        "rows": 256, "columns": 300,
    }  # fmt: skip
    return Film(**{**usual, **told})


def test_a_small_source_is_as_visible_as_a_large_one_and_zero_is_empty() -> None:
    (heat,) = count_chart(TABLE).data
    assert [list(line) for line in heat.z] == [[None, 1.0], [0.75, 0.25]]
    assert [note.text for note in count_chart(TABLE).layout.annotations] == ["900", "3", "1"]


def test_a_source_name_is_never_markup() -> None:
    assert "<b>" not in str(count_chart(TABLE).data[0].y)


def test_no_film_hides_another_in_the_bands_of_sizes() -> None:
    table = size_bands({"a": {(200, 100): 2, (100, 299): 3, (64, 64): 1}, "b": {(4000, 9): 5}})
    assert (table.rows, table.columns) == (("0-199", "200-299", "3000+"), ("a", "b"))
    assert table.counts == ((1, 0), (5, 0), (0, 5))


def test_a_chart_is_also_said_in_words() -> None:
    assert in_words(TABLE) == "big: 900 films, 100% normal; <b>small: 4 films, 75% covid19."
    assert turned(turned(TABLE)) == TABLE


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", 'a"b\nc', "größer"])
def test_a_spreadsheet_computes_nothing_and_keeps_every_letter(text: str) -> None:
    content = excluded_csv([film(finding_text=text, detail=text)])
    _, row = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert row[:3] == ["folder/a.png", "hannover", "copy of another film"]
    assert row[3] == row[4] in {text, f"'{text}"}
    assert not row[4].startswith(("=", "+", "-", "@", "\t"))


def test_a_datasheet_stands_below_the_pages_heading_and_fetches_no_picture() -> None:
    text = "# Datasheet\n\n## Uses\n\n![seen](http://somewhere/pixel.png) #not a heading"
    assert as_section(text) == (
        "## Datasheet\n\n### Uses\n\n!\\[seen](http://somewhere/pixel.png) #not a heading"
    )


def test_a_copy_says_why_it_is_not_kept() -> None:
    kept = copy_caption(film(exclusion=None, finding_text="COVID-19"))
    assert kept.is_marked
    assert kept.title == "hannover: kept"
    assert kept.lines[0] == "covid19"
    other = copy_caption(film(exclusion=Exclusion.DISAGREEMENT, detail="one says, other says"))
    assert not other.is_marked
    assert "disagree" in other.title
    assert "one says, other says" in other.lines


@pytest.fixture
def own_server(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A server of this test's own, without models: the core is wired anew, now and after."""
    monkeypatch.setenv("CXR_MODELS_DIR", str(data_dir / "none"))
    services.clear()
    warm_up.clear()
    yield data_dir
    services.clear()
    warm_up.clear()


def page_in(repository: Path) -> AppTest:
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    return page.switch_page("pages/data.py").run()


def test_an_empty_page_says_what_to_do(repository: Path, own_server: Path) -> None:
    page = page_in(repository)
    assert not page.exception
    assert "No films have been curated yet" in markup(page)
    assert "CXR_DATASETS_DIR" in page.code[0].value
    (button,) = [each for each in page.button if each.label == "Curate"]
    assert button.disabled


def test_a_page_opened_while_a_run_is_on_shows_it_and_can_end_it(
    repository: Path, own_server: Path
) -> None:
    core = services()
    job, _ = core.jobs().order_curation(TERMINAL)
    queue, card = JobQueue(core.database()), Workers(core.database()).enter()
    claim = queue.claim(card.id, card.host)
    assert claim is not None
    queue.beat(claim, Progress("Reading films", 3, 4))
    page = page_in(repository)
    assert not page.exception
    assert [each.label for each in page.button] == ["Cancel"]
    page.button[0].click().run()
    assert queue.beat(claim).request is Request.CANCEL
    queue.finish(claim, JobState.CANCELLED)
    page.run()
    assert not page.exception
    assert core.jobs().job(TERMINAL, job.id).state is JobState.CANCELLED
    assert "Curate" in [each.label for each in page.button]


def test_a_failure_is_told_to_everybody(repository: Path, own_server: Path) -> None:
    core = services()
    core.jobs().order_curation(TERMINAL)
    queue, card = JobQueue(core.database()), Workers(core.database()).enter()
    claim = queue.claim(card.id, card.host)
    assert claim is not None
    queue.finish(claim, JobState.FAILED, "There are no releases.")
    page = page_in(repository)
    assert not page.exception
    assert "There are no releases" in markup(page)


def test_a_damaged_manifest_is_a_message(repository: Path, own_server: Path) -> None:
    (own_server / "manifest").mkdir()
    (own_server / "manifest" / "manifest.json").write_text("{}")
    page = page_in(repository)
    assert not page.exception
    assert "is missing" in markup(page)
    assert "Curate again" in [each.label for each in page.button]
    assert "No films have been curated yet" not in markup(page)
