"""The work under way and done: a list, and one job watched closely, by all who look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import Headline
from pages.components.parts.key_figures import show_key_figures
from pages.components.parts.note import show_note
from pages.components.parts.progress import live, progress_of, show_progress
from pages.components.parts.states import show_empty, show_fault
from pages.components.parts.times import moment
from pages.components.retrain.watch import show_training
from pages.components.retrain.words import duration, size, state
from pages.components.session import actor, jobs
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.services import Job

_EVERY_SECONDS = 1.5
_SHOWN = 30


def show_work() -> None:
    """Draw the list and the chosen job."""
    found = jobs().jobs(actor(), most=_SHOWN)
    if not found:
        show_empty(say("retrain-no-work-title"), say("retrain-no-work"))
        return
    numbers = [job.id for job in found]
    titles = {job.id: _listed(job) for job in found}
    wanted = st.session_state.get("retrain_job")
    if wanted not in numbers:
        wanted = numbers[0]
    st.session_state.retrain_chosen = wanted
    st.selectbox(
        say("retrain-job"),
        numbers,
        format_func=titles.__getitem__,
        key="retrain_chosen",
        on_change=_choose,
        width=640,
    )
    show_note("retrain")
    job = jobs().job(actor(), wanted)
    every = _EVERY_SECONDS if job.state.is_active else None
    with st.empty(), live("work"):  # emptied first: another job's numbers never stay bright
        st.fragment(_watch, run_every=every)(wanted, str(job.state))


def _listed(job: Job) -> str:
    when = moment(job.created)
    return say("retrain-job-listed", state=state(job), title=job.title, when=when)


def _choose() -> None:
    st.session_state.retrain_job = st.session_state.retrain_chosen


def _watch(number: str, drawn: str) -> None:
    """Draw one job; the whole page once more when its state is another."""
    try:
        job = jobs().job(actor(), number)
    except CxrError as error:
        show_fault(error)
        return
    if str(job.state) != drawn:
        st.rerun()
    _show_head(job)
    if job.kind == "train":
        show_training(job)
    with st.expander(say("retrain-log"), key=f"retrain_log_{number}"):
        tail = jobs().log_tail(actor(), number)
        st.code(tail or say("retrain-log-empty"), language=None, height=260)


def _show_head(job: Job) -> None:
    with st.container(border=True, key="retrain-job"):
        st.subheader(plain(job.title), anchor=False)
        st.caption(_facts(job))
        if job.state == "running":
            _show_progress(job)
        if job.error:
            show_fault(job.error)
        if job.state == "done" and job.result and "version" in job.result:
            st.markdown(say("retrain-candidate", name=plain(str(job.result["version"]))))
            if st.button(say("retrain-go-to-versions"), key=f"to_versions_{job.id}"):
                st.session_state.retrain_part_wanted = "versions"
                st.rerun()
        _show_buttons(job)


def _facts(job: Job) -> str:
    """Say where it stands and who ordered it, and what of its attempts and work is known."""
    told = {
        "state": plain(state(job)),
        "who": plain(job.created_by),
        "when": plain(moment(job.created)),
    }
    again = {"attempt": job.attempts, "most": job.most_attempts}
    if job.seconds and not job.state.is_active:
        told["worked"] = plain(duration(job.seconds))
        if job.attempts > 1:
            return say("retrain-facts-again-worked", **told, **again)
        return say("retrain-facts-worked", **told)
    if job.attempts > 1:
        return say("retrain-facts-again", **told, **again)
    return say("retrain-facts", **told)


def _show_progress(job: Job) -> None:
    show_progress(progress_of(job), f"job-{job.id}")
    numbers, left = job.progress.numbers, job.progress.seconds_left
    facts = []
    if left is not None:
        facts.append(Headline(say("retrain-time-left"), duration(left)))
    if speed := numbers.get("films_per_second"):
        facts.append(Headline(say("retrain-speed"), f"{speed:.1f}"))
    if "processors" in numbers:
        facts.append(Headline(say("retrain-processors"), f"{numbers['processors']:.1f}"))
    if "memory" in numbers:
        facts.append(Headline(say("retrain-memory"), size(numbers["memory"])))
    show_key_figures(facts)


def _show_buttons(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.state == "running" or job.state == "queued":
            _button("pause", jobs().pause, job)
        if job.state == "paused":
            _button("go-on", jobs().again, job)
        if job.state in {"failed", "cancelled"}:
            _button("try-again", jobs().again, job)
            if job.kind == "train":
                st.caption(say("retrain-goes-on"))
        if job.state.is_active:
            _button("cancel", jobs().cancel, job)


def _button(name: str, act: Callable[..., Job], job: Job) -> None:
    if st.button(say(f"retrain-do-{name}"), key=f"{name}-{job.id}"):
        try:
            act(actor(), job.id)
        except CxrError as error:
            show_fault(error)
            return
        st.rerun()
