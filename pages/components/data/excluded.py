"""What is not used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.csv_text import excluded_csv
from pages.components.data.pager import show_page_of
from pages.components.parts.states import show_nothing
from pages.components.parts.tables import show_table
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import CrossTable, Curated, Film

_ANY = "any"
_ROWS_A_PAGE = 100
_USED = "used"
_HEAD = ("path", "source", "reason", "finding", "detail")


def show_excluded(curated: Curated) -> None:
    """Draw counts by reason and source, two choices, and the rows with their reasons."""
    table = curated.fate_by_source
    head = (say("data-excluded-images"), say("data-excluded-all"), *table.columns)
    show_table(say("data-excluded-counts"), head, _count_rows(table))
    with st.container(horizontal=True, vertical_alignment="bottom", key="data-choices"):
        reasons = [name for name in table.rows if name != _USED]
        reason, source = _choice("reason", reasons), _choice("source", table.columns)
        films = curated.excluded(
            None if reason == _ANY else reason, None if source == _ANY else source
        )
        st.download_button(
            say("data-excluded-save"),
            lambda: excluded_csv(films),
            file_name="excluded.csv",
            mime="text/csv",
            on_click="ignore",
            disabled=not films,
        )
    if not films:
        show_nothing(say("data-excluded-none"))
        return
    choice = (curated.manifest.digest, reason, source)
    shown = show_page_of(films, _ROWS_A_PAGE, "excluded", choice)
    names = [say(f"data-excluded-list-{name}") for name in _HEAD]
    show_table(say("data-excluded-list"), names, _film_rows(shown))


def _choice(name: str, options: Sequence[str]) -> str:
    return st.selectbox(
        say(f"data-excluded-by-{name}"),
        [_ANY, *options],
        format_func=lambda option: say("data-any") if option == _ANY else option,
        key=f"excluded_{name}",
    )


def _count_rows(table: CrossTable) -> list[tuple[str, ...]]:
    rows = sorted(zip(table.rows, table.counts, strict=True), key=lambda row: -sum(row[1]))
    return [(name, *(f"{count:,}" for count in (sum(own), *own))) for name, own in rows]


def _film_rows(films: Sequence[Film]) -> list[tuple[str, ...]]:
    return [
        (
            film.path,
            film.source,
            film.exclusion.value if film.exclusion else "",
            film.finding_text,
            film.detail,
        )
        for film in films
    ]
