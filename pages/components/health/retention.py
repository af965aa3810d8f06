"""What takes room and what may go: a list, and a purge that is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import amount
from pages.components.parts.note import keep_note, show_note
from pages.components.parts.states import show_fault, show_nothing
from pages.components.parts.tables import show_table
from pages.components.session import actor, care
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Plan

_PLAN = "health_plan"
_HEAD = ("name", "kind", "size", "fate", "reason")


def show_retention() -> None:
    """Draw the question for how long, the list, and the button that removes."""
    st.header(say("health-room"), anchor=False)
    st.caption(say("health-room-told"))
    if fault := st.session_state.pop("health_purge_fault", None):
        show_fault(fault)
    show_note("purge")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = say("health-room-days")
        days = st.number_input(
            label, min_value=0, value=30, step=1, key="health_days", width=200
        )
        if st.button(say("health-room-show"), key="health_list"):
            st.session_state[_PLAN] = care().retention.plan(actor(), int(days))
    plan: Plan | None = st.session_state.get(_PLAN)
    if plan is None:
        return
    if plan.days != days:
        st.caption(say("health-room-other-days", days=plan.days))
    _show_plan(plan)
    if plan.going and plan.days == days:
        _ask(plan)


def _ask(plan: Plan) -> None:
    with st.popover(say("health-purge", size=amount(plan.freed))):
        st.write(say("health-purge-sure", things=len(plan.going)))
        st.button(
            say("health-purge-do"), on_click=_purge, args=(plan.days,), key="health_purge"
        )


def _purge(days: int) -> None:
    """Remove, and say on the next run what was."""
    st.session_state.pop(_PLAN, None)
    try:
        gone = care().purge(actor(), days)
    except CxrError as error:
        st.session_state.health_purge_fault = say("health-purge-stopped", fault=str(error))
        return
    told = say("health-purge-done", things=len(gone.items), size=amount(gone.freed))
    keep_note("purge", told)


def _show_plan(plan: Plan) -> None:
    if not plan.items:
        show_nothing(say("health-room-none"))
        return
    rows = [
        (
            item.name,
            item.kind,
            amount(item.bytes),
            say("health-room-goes" if item.goes else "health-room-stays"),
            item.reason,
        )
        for item in sorted(plan.items, key=lambda item: (not item.goes, -item.bytes))
    ]
    show_table(say("health-room"), [say(f"health-room-list-{name}") for name in _HEAD], rows)
