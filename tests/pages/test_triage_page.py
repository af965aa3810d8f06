"""The triage page as a script: a film dropped on it becomes a row, without a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamlit.testing.v1 import AppTest

from tests.synthetic import png_bytes, synthetic_chest

if TYPE_CHECKING:
    from pathlib import Path


def test_a_dropped_film_is_read_and_can_be_reviewed(repository: Path, data_dir: Path) -> None:
    page = AppTest.from_file(str(repository / "app.py"), default_timeout=120).run()
    assert not page.exception
    page.file_uploader[0].upload("film.png", png_bytes(synthetic_chest(300, 260)), "image/png")
    page.run()
    assert not page.exception
    (case,) = page.session_state.worklist.cases.values()
    assert case.reading.refusal is None
    assert not page.session_state.worklist.waiting
    assert "Review from the top" in [button.label for button in page.button]
