"""A line that says what was done, announced politely to those who do not see it.

A screen reader announces only what changes in a place that it knew before: so the line is drawn
wherever it may be needed, empty or not, and its words are put into it.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.newest import NEWEST, numbered

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "note",
    html='<p role="status"></p>',
    js=NEWEST + (_HERE / "note.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def show_note(key: str, said: str | None = None) -> None:
    """Draw the line of a `key`; without `said`, what `keep_note` kept since the last time."""
    told = st.session_state.pop(_place(key), "") if said is None else said
    name = f"cxr-note-{key}"
    _mount(key=name, data=numbered(name, {"said": told}), height="content")


def keep_note(key: str, said: str) -> None:
    """Keep what was done for the next run of the page, which says it once."""
    st.session_state[_place(key)] = said


def _place(key: str) -> str:
    return f"note_kept_{key}"
