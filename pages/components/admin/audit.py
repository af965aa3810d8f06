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
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import AuditCheck, AuditEntry

_ALL = "all"
_HEAD = ("number", "when", "who", "what", "subject", "detail")


def show_audit() -> None:
    """Draw the check, the filters and a page of entries."""
    _show_check()
    audit = services().people().audit
    actors, actions = audit.choices(actor())
    with st.container(horizontal=True, vertical_alignment="bottom", key="admin-audit-filters"):
        wanted = AuditFilter(_choice("who", actors), _choice("what", actions))
    if st.session_state.get("admin_audit_wanted") != wanted:
        st.session_state.admin_audit_wanted = wanted
        st.session_state.admin_audit_before = [None]
    before: list[int | None] = st.session_state.admin_audit_before
    entries = audit.entries(actor(), wanted, before[-1], most=101)
    if not entries:
        show_nothing(say("admin-audit-none"))
        return
    shown = entries[:100]
    head = [say(f"admin-audit-list-{name}") for name in _HEAD]
    show_table(say("admin-audit-list"), head, [_row(each) for each in shown])
    last = shown[-1].seq
    with st.container(horizontal=True, vertical_alignment="center"):
        newer, older = say("admin-audit-newer"), say("admin-audit-older")
        st.button(newer, on_click=_newer, args=(before,), disabled=len(before) == 1)
        st.button(older, on_click=before.append, args=(last,), disabled=len(entries) < 101)
        st.caption(say("admin-audit-place", first=shown[0].seq, last=last))


def _choice(name: str, options: Sequence[str]) -> str:
    """Draw a choice with all of them before it; empty for all."""
    chosen = st.selectbox(
        say(f"admin-audit-by-{name}"),
        [_ALL, *options],
        format_func=lambda option: say("admin-audit-all") if option == _ALL else option,
        key=f"admin_audit_{name}",
        width=300,
    )
    return "" if chosen in (None, _ALL) else str(chosen)


def _newer(before: list[int | None]) -> None:
    del before[max(1, len(before) - 1) :]  # the first page stays


def _show_check() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="admin-audit-check"):
        noted = st.text_input(
            say("admin-audit-head"),
            key="admin_audit_head",
            max_chars=64,
            width=600,
        )
        pressed = st.button(say("admin-audit-verify"))
    check = _verified(noted.strip()) if pressed else None
    is_whole = check is not None and not check.fault
    show_note("audit", say("admin-audit-whole") if is_whole else "")
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
        fault = say("admin-audit-broken", fault=check.fault)
        show_fault(fault, say("admin-audit-broken-do"))
        return
    st.code(check.head, language=None)
    st.caption(say("admin-audit-entries", entries=check.entries))
    st.caption(say("admin-audit-told"))


def _row(entry: AuditEntry) -> tuple[str, ...]:
    detail = ", ".join(f"{key} {_words(value)}" for key, value in entry.detail.items())
    at = datetime.datetime.fromisoformat(entry.at).timestamp()
    told = moment(at, is_exact=True)
    return f"{entry.seq}", told, entry.actor, entry.action, entry.subject, detail


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
