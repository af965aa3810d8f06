"""The curation: a button, how far it is, a way to end it, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import curation, services
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import JobState

_EVERY_SECONDS = 1.0


def show_curation(*, label: str, is_in_force: bool, can_start: bool) -> None:
    """Draw the button, or the progress of the run that is on, whoever started it.

    `is_in_force` says whether a manifest is shown, which stays until the new one is there.
    """
    state = curation().state
    if state.running:
        st.session_state.watched_curation = state.runs
        st.fragment(_progress, run_every=_EVERY_SECONDS)()
        return
    _show_outcome(state, is_in_force=is_in_force)
    with st.container(horizontal=True, vertical_alignment="center", key="data-curate"):
        st.button(
            label,
            on_click=_start,
            disabled=not can_start,
            type="secondary" if is_in_force else "primary",
        )
        st.caption(_promise(is_in_force=is_in_force, can_start=can_start))


def _start() -> None:
    curation().start()


def _promise(*, is_in_force: bool, can_start: bool) -> str:
    root = plain(str(services().settings.datasets_dir))
    if not can_start:
        return f"No known release lies in {root}."
    end = " The manifest shown here stays in force until then." if is_in_force else ""
    return (
        f"Reads every release in {root}, finds copies, deals patients to splits and writes a "
        f"new manifest when all is done. No film is changed.{end}"
    )


def _progress() -> None:
    state = curation().state
    if not state.running:
        st.rerun()  # the whole page once more, without the clock
    amount = f": {state.done:,} of {state.total:,}" if state.total > 1 else ""
    with st.container(horizontal=True, vertical_alignment="center", key="data-progress"):
        st.progress(state.share, text=f"{plain(state.stage)}{amount}")
        st.button("Cancel", on_click=curation().cancel, key="cancel_curation")


def _show_outcome(state: JobState, *, is_in_force: bool) -> None:
    """Tell everybody of a failure, and those who saw it run how it ended."""
    was_watched = st.session_state.get("watched_curation") == state.runs
    if state.failed:
        st.error(plain(f"The curation failed. {state.failed}"))
    elif state.cancelled and was_watched:
        rest = "The manifest is the old one." if is_in_force else "There is no new manifest."
        st.markdown(f"Cancelled. {rest} What was read is kept, so the next run is quicker.")
    elif state.finished and was_watched:
        st.markdown("Curated. This is the new manifest.")
