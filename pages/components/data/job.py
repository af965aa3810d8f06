"""The curation: a button, how far it is, a way to end it, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.session import actor, jobs, services
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Job

_EVERY_SECONDS = 1.0
_KIND = "curate"


def show_curation(*, label: str, is_in_force: bool, can_start: bool) -> None:
    """Draw the button, or the progress of the run that is on, whoever started it.

    `is_in_force` says whether a manifest is shown, which stays until the new one is there.
    Readers see how far it is, and that it is an administrator's to start.
    """
    job = jobs().newest(_KIND)
    if job is not None and job.state.is_active:
        st.session_state.watched_curation = job.id
        st.fragment(_progress, run_every=_EVERY_SECONDS)()
        return
    if job is not None:
        _show_outcome(job, is_in_force=is_in_force)
    if refusal := st.session_state.pop("curation_refused", None):
        st.error(plain(refusal))
    if not _may_curate():
        st.caption("An administrator can curate the films again.")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="data-curate"):
        st.button(
            label,
            on_click=_start,
            disabled=not can_start,
            type="secondary" if is_in_force else "primary",
        )
        st.caption(_promise(is_in_force=is_in_force, can_start=can_start))


def _may_curate() -> bool:
    who = actor()
    return who is not None and who.role is Role.ADMINISTRATOR


def _start() -> None:
    try:
        jobs().order_curation(actor())
    except CxrError as error:
        st.session_state.curation_refused = str(error)


def _cancel(number: str) -> None:
    try:
        jobs().cancel(actor(), number)
    except CxrError as error:
        st.session_state.curation_refused = str(error)


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
    job = jobs().newest(_KIND)
    if job is None or not job.state.is_active:
        st.rerun()  # the whole page once more, without the clock
    progress = job.progress
    amount = f": {progress.done:,} of {progress.total:,}" if progress.total > 1 else ""
    words = progress.stage or _waiting(job)
    with st.container(horizontal=True, vertical_alignment="center", key="data-progress"):
        st.progress(progress.share, text=f"{plain(words)}{amount}")
        if _may_curate():
            st.button("Cancel", on_click=_cancel, args=(job.id,), key="cancel_curation")


def _waiting(job: Job) -> str:
    if job.state == "paused":
        return "Paused"
    if not jobs().has_worker():
        return "Waiting for a worker: none is there at the moment"
    return "Starting" if job.state == "running" else "Waiting for other work to end"


def _show_outcome(job: Job, *, is_in_force: bool) -> None:
    """Tell everybody of a failure, and those who saw it run how it ended."""
    was_watched = st.session_state.get("watched_curation") == job.id
    if job.state == "failed":
        st.error(plain(f"The curation failed. {job.error}"))
    elif job.state == "cancelled" and was_watched:
        rest = "The manifest is the old one." if is_in_force else "There is no new manifest."
        st.markdown(f"Cancelled. {rest} What was read is kept, so the next run is quicker.")
    elif job.state == "done" and was_watched:
        st.markdown("Curated. This is the new manifest.")
