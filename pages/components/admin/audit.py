"""The audit log: newest first, a hundred at a time, and whether it is whole."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import AuditFilter
from pages.components.parts.note import show_note
from pages.components.parts.states import show_fault, show_nothing
from pages.components.parts.tables import show_table
from pages.components.parts.times import moment
from pages.components.session import actor, services

if TYPE_CHECKING:
    from cxr_core.services import AuditCheck, AuditEntry

_ALL = "all"
_HEAD = ("No.", "When", "Who", "What", "To what", "Detail")


def show_audit() -> None:
    """Draw the check, the filters and a page of entries."""
    _show_check()
    audit = services().people().audit
    actors, actions = audit.choices(actor())
    with st.container(horizontal=True, vertical_alignment="bottom", key="admin-audit-filters"):
        who = st.selectbox("Who", [_ALL, *actors], key="admin_audit_who", width=300)
        what = st.selectbox("What", [_ALL, *actions], key="admin_audit_what", width=300)
    wanted = AuditFilter(_chosen(who), _chosen(what))
    if st.session_state.get("admin_audit_wanted") != wanted:
        st.session_state.admin_audit_wanted = wanted
        st.session_state.admin_audit_before = [None]
    before: list[int | None] = st.session_state.admin_audit_before
    entries = audit.entries(actor(), wanted, before[-1], most=101)
    if not entries:
        show_nothing("There is no such entry.")
        return
    shown = entries[:100]
    show_table("Audit log, newest first", _HEAD, [_row(each) for each in shown])
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Newer", on_click=_newer, args=(before,), disabled=len(before) == 1)
        st.button(
            "Older", on_click=before.append, args=(shown[-1].seq,), disabled=len(entries) < 101
        )
        st.caption(f"Entries {shown[0].seq:,} to {shown[-1].seq:,}")


def _newer(before: list[int | None]) -> None:
    del before[max(1, len(before) - 1) :]  # the first page stays


def _show_check() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="admin-audit-check"):
        noted = st.text_input(
            "Head that was noted earlier, if any",
            key="admin_audit_head",
            max_chars=64,
            width=600,
        )
        pressed = st.button("Verify the whole log")
    check = _verified(noted.strip()) if pressed else None
    is_whole = check is not None and not check.fault
    show_note("audit", "The log is whole. Its head stands below." if is_whole else "")
    if check is not None:
        _show_result(check)


def _verified(noted: str) -> AuditCheck | None:
    try:
        return services().people().audit.verify(actor(), noted or None)
    except CxrError as error:
        show_fault(error)
        return None


def _show_result(check: AuditCheck) -> None:
    if check.fault:
        show_fault(f"The log is broken. {check.fault}", "Keep a copy of the database.")
        return
    st.code(check.head, language=None)
    st.caption(f"The head of {check.entries:,} entries.")
    st.caption(
        "Who can write to the database can also write a new log. Note the head somewhere else; "
        "given above later, it must still be found."
    )


def _chosen(choice: str | None) -> str:
    return "" if choice in (None, _ALL) else str(choice)


def _row(entry: AuditEntry) -> tuple[str, ...]:
    detail = ", ".join(f"{key} {_words(value)}" for key, value in entry.detail.items())
    at = datetime.datetime.fromisoformat(entry.at).timestamp()
    told = moment(at, is_exact=True)
    return f"{entry.seq}", told, entry.actor, entry.action, entry.subject, detail


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
