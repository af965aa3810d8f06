"""How things are, renewed every five seconds; the audit log is walked only when asked."""

from __future__ import annotations

import datetime

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import amount
from pages.components.health.markup import (
    STYLE,
    database_of,
    devices_of,
    disk_html,
    facts_html,
    queue_html,
    remarks_html,
    versions_html,
    workers_html,
)
from pages.components.session import actor, care
from pages.components.text import plain

_EVERY_SECONDS = 5.0


def show_health() -> None:
    """Draw everything that is looked at."""
    st.html(f"<style>{STYLE}</style>")
    st.fragment(_show, run_every=_EVERY_SECONDS)()


def show_audit_check() -> None:
    """Draw the button that walks the whole audit log, and what was found."""
    with st.container(horizontal=True, vertical_alignment="center", key="health-audit"):
        if st.button("Check the audit log", key="health_check_audit"):
            st.session_state.health_audit = care().health.check_audit(actor())
        found = st.session_state.get("health_audit")
        if found is None:
            st.caption("Walks every entry from the first: each is sealed by those before it.")
        elif found.fault:
            st.error(plain(f"The audit log is not whole. {found.fault} Keep a copy of it."))
        else:
            head = found.head[:16]
            st.markdown(f"The audit log is whole: {found.entries:,} entries, head `{head}`.")


def _show() -> None:
    try:
        health = care().health.health(actor())
    except CxrError as error:
        st.error(plain(str(error)))
        return
    now = datetime.datetime.fromtimestamp(health.at, datetime.UTC)
    st.caption(f"As of {now:%H:%M:%S} UTC; renewed every five seconds, disk every minute.")
    st.html(remarks_html(health.remarks))
    with st.container(key="health-columns-1"):
        left, right = st.columns([2, 3], gap="large")
    with left:
        st.header("Disk", anchor=False)
        disk = health.disk
        st.caption(
            plain(
                f"{disk.folder} takes {amount(disk.used)} (blue), other things "
                f"{amount(disk.total - disk.free - disk.used)} (grey); {amount(disk.free)} of "
                f"{amount(disk.total)} are free."
            )
        )
        st.html(disk_html(health))
    with right:
        st.header("Workers", anchor=False)
        st.html(workers_html(health))
        st.header("Queue", anchor=False)
        st.html(queue_html(health))
        st.header("Versions in force", anchor=False)
        st.html(versions_html(health))
    with st.container(key="health-columns-2"):
        first, second, third = st.columns(3, gap="large")
    with first:
        st.header("Devices", anchor=False)
        st.html(facts_html(devices_of(health)))
    with second:
        st.header("Database", anchor=False)
        st.html(facts_html(database_of(health)))
    with third:
        st.header("Programs", anchor=False)
        st.html(facts_html(health.programs.items()))
