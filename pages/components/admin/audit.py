"""The audit log: newest first, a hundred at a time, and whether it is whole."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import AuditFilter
from pages.components.session import actor, services
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import AuditCheck, AuditEntry

_ALL = "all"
_COLUMNS = ("No.", "When, UTC", "Who", "What", "To what", "Detail")


def show_audit() -> None:
    """Draw the check, the filters and a page of entries."""
    _show_check()
    audit = services().people().audit
    actors, actions = audit.choices(actor())
    with st.container(horizontal=True, vertical_alignment="bottom", key="admin-audit-filters"):
        who = st.selectbox("Who", [_ALL, *actors], key="admin_audit_who")
        what = st.selectbox("What", [_ALL, *actions], key="admin_audit_what")
    wanted = AuditFilter(_chosen(who), _chosen(what))
    if st.session_state.get("admin_audit_wanted") != wanted:
        st.session_state.admin_audit_wanted = wanted
        st.session_state.admin_audit_before = [None]
    before: list[int | None] = st.session_state.admin_audit_before
    entries = audit.entries(actor(), wanted, before[-1], most=101)
    if not entries:
        st.caption("There is no such entry.")
        return
    shown = entries[:100]
    st.html(_table(shown))
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
            "Head that was noted earlier, if any", key="admin_audit_head", max_chars=64
        )
        pressed = st.button("Verify the whole log")
    if not pressed:
        return
    try:
        check = services().people().audit.verify(actor(), noted.strip() or None)
    except CxrError as error:
        st.error(plain(str(error)))
    else:
        _show_result(check)


def _show_result(check: AuditCheck) -> None:
    if check.fault:
        st.error(plain(f"The log is broken. {check.fault}"))
        return
    st.success(f"The log is whole: {check.entries:,} entries. This is its head:")
    st.code(check.head, language=None)
    st.caption(
        "Who can write to the database can also write a new log. Note the head somewhere else; "
        "given above later, it must still be found."
    )


def _chosen(choice: str | None) -> str:
    return "" if choice in (None, _ALL) else str(choice)


def _table(entries: Sequence[AuditEntry]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    body = "".join(_row(each) for each in entries)
    return (
        '<div class="cxr-scroll" tabindex="0" role="region" aria-label="Audit log">'
        f'<table class="cxr-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )


def _row(entry: AuditEntry) -> str:
    detail = ", ".join(f"{key} {_words(value)}" for key, value in entry.detail.items())
    moment = entry.at[:19].replace("T", " ")
    cells = (moment, entry.actor, entry.action, entry.subject, detail)
    inner = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row" class="cxr-number">{entry.seq}</th>{inner}</tr>'


def _words(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
