"""The curation: a button, how far it is, a way to end it, and how it ended."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.parts.note import show_note
from pages.components.parts.progress import live, progress_of, show_progress
from pages.components.parts.states import show_fault
from pages.components.session import actor, jobs

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
        with live("curation"):
            st.fragment(_progress, run_every=_EVERY_SECONDS)()
        return
    if job is not None and job.state == "failed":
        show_fault(f"The curation failed. {job.error}")
    show_note("curation", _outcome(job, is_in_force=is_in_force) if job else "")
    if refusal := st.session_state.pop("curation_refused", None):
        show_fault(refusal)
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
    if not can_start:
        return "No known release is on this server yet."
    if is_in_force:
        return (
            "Reads every release on this server, finds copies, deals patients to splits and "
            "writes a new manifest when all is done. No film is changed, and the manifest "
            "shown here stays in force until then."
        )
    return (
        "Reads every release on this server, finds copies, deals patients to splits and writes "
        "a manifest when all is done. No film is changed."
    )


def _progress() -> None:
    job = jobs().newest(_KIND)
    if job is None or not job.state.is_active:
        st.rerun()  # the whole page once more, without the clock
    cancel = partial(_cancel, job.id) if _may_curate() else None
    show_progress(progress_of(job, _waiting(job)), "curation", cancel)


def _waiting(job: Job) -> str:
    if job.state == "paused":
        return "Paused"
    if not jobs().has_worker():
        return "Waiting for a worker: none is there at the moment"
    return "Starting" if job.state == "running" else "Waiting for other work to end"


def _outcome(job: Job, *, is_in_force: bool) -> str:
    """Tell those who saw it run how it ended."""
    if st.session_state.get("watched_curation") != job.id:
        return ""
    if job.state == "done":
        return "Curated. This is the new manifest."
    if job.state != "cancelled":
        return ""
    if is_in_force:
        return (
            "Cancelled. The manifest is the old one. What was read is kept, so the next run is "
            "quicker."
        )
    return "Cancelled. There is no manifest. What was read is kept, so the next run is quicker."
