"""How things are, renewed every five seconds; the audit log is walked only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import amount, span
from pages.components.health.markup import (
    STYLE,
    VERSIONS,
    WORKERS,
    database_of,
    devices_of,
    disk_html,
    parts_of,
    queue_rows,
    remarks_html,
    version_rows,
    worker_rows,
)
from pages.components.parts.note import show_note
from pages.components.parts.progress import live
from pages.components.parts.states import show_fault, show_nothing
from pages.components.parts.tables import show_facts, show_table
from pages.components.parts.times import moment
from pages.components.session import actor, care

if TYPE_CHECKING:
    from cxr_core.services import Health

_EVERY_SECONDS = 5.0


def show_health() -> None:
    """Draw everything that is looked at."""
    st.html(f"<style>{STYLE}</style>")
    with live("health"):
        st.fragment(_show, run_every=_EVERY_SECONDS)()


def show_audit_check() -> None:
    """Draw the button that walks the whole audit log, and what was found."""
    st.header("Audit log", anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="health-audit"):
        if st.button("Check the audit log", key="health_check_audit"):
            st.session_state.health_audit = care().health.check_audit(actor())
        st.caption("Walks every entry from the first: each is sealed by those before it.")
    found = st.session_state.get("health_audit")
    said = ""
    if found is not None and found.fault:
        show_fault(f"The audit log is not whole. {found.fault}", "Keep a copy of it.")
    elif found is not None:
        head = found.head[:16]
        said = f"The audit log is whole: {found.entries:,} entries, head {head}."
    show_note("health-audit", said)


def _show() -> None:
    try:
        health = care().health.health(actor())
    except CxrError as error:
        show_fault(error)
        return
    now = moment(health.at, is_exact=True)
    st.caption(f"As of {now}; renewed every five seconds, disk every minute.")
    st.html(remarks_html(health.remarks))
    with st.container(key="health-columns-1"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        _show_disk(health)
    with right:
        _show_work(health)
    with st.container(key="health-columns-2"):
        first, second, third = st.columns(3, gap="large")
    with first:
        st.header("Devices", anchor=False)
        show_facts("Devices", devices_of(health))
    with second:
        st.header("Database", anchor=False)
        show_facts("Database", database_of(health))
    with third:
        st.header("Programs", anchor=False)
        show_facts("Programs", health.programs)


def _show_disk(health: Health) -> None:
    st.header("Disk", anchor=False)
    st.html(disk_html(health))
    st.subheader("The data folder", anchor=False)
    st.caption(f"It takes {amount(health.disk.used)} of the disk.")
    if parts := parts_of(health):
        show_table("The data folder", ("What", "Size", "Share"), parts)
    else:
        show_nothing("It is empty.")


def _show_work(health: Health) -> None:
    st.header("Workers", anchor=False)
    if health.workers:
        show_table("Workers", WORKERS, worker_rows(health))
    else:
        show_nothing(
            "There is none: trainings, curations and comparisons that are ordered wait. Start "
            "one with `python -m cxr_core worker`."
        )
    st.header("Queue", anchor=False)
    show_table("Queue", ("State", "Jobs"), queue_rows(health))
    if health.queue.oldest is not None:
        st.caption(f"The oldest of those that wait has waited {span(health.queue.oldest)}.")
    st.header("Versions in force", anchor=False)
    if health.in_force:
        show_table("Versions in force", VERSIONS, version_rows(health))
    else:
        show_nothing("No version is in force by the database: the bundled ones read films.")
