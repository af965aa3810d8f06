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
from pages.components.texts import say

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
        show_fault(say("data-curate-failed", fault=str(job.error)))
    show_note("curation", _outcome(job, is_in_force=is_in_force) if job else "")
    if refusal := st.session_state.pop("curation_refused", None):
        show_fault(refusal)
    if not _may_curate():
        st.caption(say("data-curate-administrator"))
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
        return say("data-curate-nothing")
    return say("data-curate-again-told" if is_in_force else "data-curate-first-told")


def _progress() -> None:
    job = jobs().newest(_KIND)
    if job is None or not job.state.is_active:
        st.rerun()  # the whole page once more, without the clock
    cancel = partial(_cancel, job.id) if _may_curate() else None
    show_progress(progress_of(job, _waiting(job)), "curation", cancel)


def _waiting(job: Job) -> str:
    if job.state == "paused":
        return say("data-curate-paused")
    if not jobs().has_worker():
        return say("data-curate-no-worker")
    is_running = job.state == "running"
    return say("data-curate-starting" if is_running else "data-curate-waiting")


def _outcome(job: Job, *, is_in_force: bool) -> str:
    """Tell those who saw it run how it ended."""
    if st.session_state.get("watched_curation") != job.id:
        return ""
    if job.state == "done":
        return say("data-curate-done")
    if job.state != "cancelled":
        return ""
    return say("data-curate-cancelled-again" if is_in_force else "data-curate-cancelled-first")
