"""The triage page as a script: a film that came in becomes a row, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.testing.v1 import AppTest

from cxr_core.errors import FileTooLarge
from cxr_core.imaging.drawn.files import draw_samples
from pages.components.session import services
from pages.components.worklist import warnings_of
from tests.pages.shown import markup
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.test_intake import files_under, send

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_services(data_dir: Path) -> Iterator[None]:
    """Wire everything anew: the test before had another data folder."""
    services.clear()
    yield
    services.clear()


def test_films_that_came_in_are_read_and_can_be_reviewed_and_forgotten(
    repository: Path, data_dir: Path
) -> None:
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    assert not page.exception
    shelf = page.session_state.film_shelf
    send(shelf, "film.png", png_bytes(synthetic_chest(300, 260)))
    try:
        shelf.begin("large.png", 2**40, b"\x89PNG")
    except FileTooLarge as error:
        said = str(error)
    page.run()
    assert not page.exception
    film, large = page.session_state.worklist.cases.values()
    assert film.reading.refusal is None
    assert (large.reading.name, large.reading.refusal.message) == ("large.png", said)
    assert not page.session_state.worklist.waiting
    assert "Review from the top" in [button.label for button in page.button]
    assert len(files_under(data_dir / "uploads")) == 1

    (forget,) = (button for button in page.button if button.label == "Forget them")
    forget.click().run()
    assert not page.exception
    assert not page.session_state.worklist.cases
    assert files_under(data_dir / "uploads") == []
    assert page.session_state.film_shelf is not shelf


def test_an_empty_worklist_offers_two_drawn_films_that_come_and_go_like_others(
    repository: Path, data_dir: Path
) -> None:
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    assert not page.exception
    assert any("The worklist is empty" in each.value for each in page.markdown)
    (offer,) = (each for each in page.button if each.label == "Try two synthetic films")
    offer.click().run()
    assert not page.exception
    clear, hazy = page.session_state.worklist.cases.values()
    assert [each.reading.name for each in (clear, hazy)] == list(draw_samples())
    for case in (clear, hazy):
        assert case.reading.refusal is None
        assert case.reading.predictions
        assert "synthetic_film" in case.reading.triage.flags
        (warning,) = warnings_of(case.reading)
        assert "Synthetic film, drawn by this program" in warning
    assert len(files_under(data_dir / "uploads")) == 2
    assert offer.label not in [each.label for each in page.button]

    (forget,) = (button for button in page.button if button.label == "Forget them")
    forget.click().run()
    assert not page.exception
    assert not page.session_state.worklist.cases
    assert files_under(data_dir / "uploads") == []
    assert offer.label in [each.label for each in page.button]


def test_a_full_disk_is_told_where_the_films_were_asked_for(
    repository: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXR_WORKLIST_MB", "1")
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    (offer,) = (each for each in page.button if each.label == "Try two synthetic films")
    offer.click().run()
    assert not page.exception
    assert "this one is too many" in markup(page)
    assert not page.session_state.worklist.cases
    assert files_under(data_dir / "uploads") == []
