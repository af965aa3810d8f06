"""The triage page as a script: a film that came in becomes a row, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from cxr_core.errors import FileTooLarge
from tests.synthetic import png_bytes, synthetic_chest
from tests.use_cases.test_intake import files_under, send

if TYPE_CHECKING:
    from pathlib import Path


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
