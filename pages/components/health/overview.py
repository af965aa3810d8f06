"""How things are, renewed every five seconds; the audit log is walked only when asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import amount, span
from pages.components.health.markup import (
    STYLE,
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
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Health

_EVERY_SECONDS = 5.0
_WORKERS = ("where", "state", "word", "since", "version")
_VERSIONS = ("line", "name", "origin", "since")


def show_health() -> None:
    """Draw everything that is looked at."""
    st.html(f"<style>{STYLE}</style>")
    with live("health"):
        st.fragment(_show, run_every=_EVERY_SECONDS)()


def show_audit_check() -> None:
    """Draw the button that walks the whole audit log, and what was found."""
    st.header(say("health-audit"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", key="health-audit"):
        if st.button(say("health-audit-check"), key="health_check_audit"):
            st.session_state.health_audit = care().health.check_audit(actor())
        st.caption(say("health-audit-told"))
    found = st.session_state.get("health_audit")
    said = ""
    if found is not None and found.fault:
        fault = say("health-audit-broken", fault=found.fault)
        show_fault(fault, say("health-audit-broken-do"))
    elif found is not None:
        said = say("health-audit-whole", entries=found.entries, head=found.head[:16])
    show_note("health-audit", said)


def _show() -> None:
    try:
        health = care().health.health(actor())
    except CxrError as error:
        show_fault(error)
        return
    now = moment(health.at, is_exact=True)
    st.caption(say("health-as-of", at=now))
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
        st.header(say("health-devices"), anchor=False)
        show_facts(say("health-devices"), devices_of(health))
    with second:
        st.header(say("health-database"), anchor=False)
        show_facts(say("health-database"), database_of(health))
    with third:
        st.header(say("health-programs"), anchor=False)
        show_facts(say("health-programs"), health.programs)


def _show_disk(health: Health) -> None:
    st.header(say("health-disk"), anchor=False)
    st.html(disk_html(health))
    st.subheader(say("health-folder"), anchor=False)
    st.caption(say("health-folder-told", size=amount(health.disk.used)))
    if parts := parts_of(health):
        head = [say(f"health-folder-head-{name}") for name in ("what", "size", "share")]
        show_table(say("health-folder"), head, parts)
    else:
        show_nothing(say("health-folder-empty"))


def _show_work(health: Health) -> None:
    st.header(say("health-workers"), anchor=False)
    if health.workers:
        head = [say(f"health-workers-head-{name}") for name in _WORKERS]
        show_table(say("health-workers"), head, worker_rows(health))
    else:
        show_nothing(say("health-workers-none"))
    st.header(say("health-queue"), anchor=False)
    head = [say(f"health-queue-head-{name}") for name in ("state", "jobs")]
    show_table(say("health-queue"), head, queue_rows(health))
    if health.queue.oldest is not None:
        st.caption(say("health-queue-oldest", span=span(health.queue.oldest)))
    st.header(say("health-versions"), anchor=False)
    if health.in_force:
        head = [say(f"health-versions-head-{name}") for name in _VERSIONS]
        show_table(say("health-versions"), head, version_rows(health))
    else:
        show_nothing(say("health-versions-none"))
