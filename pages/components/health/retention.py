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

if TYPE_CHECKING:
    from cxr_core.services import Plan

_PLAN = "health_plan"


def show_retention() -> None:
    """Draw the question for how long, the list, and the button that removes."""
    st.header("What takes room", anchor=False)
    st.caption(
        "What was retired or ended long ago, and nobody needs, may go. What is in force, came "
        "with the program, would be put in force by a rollback, or is named by something that "
        "stays, never goes."
    )
    if fault := st.session_state.pop("health_purge_fault", None):
        show_fault(fault)
    show_note("purge")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = st.number_input(
            "Older than, days", min_value=0, value=30, step=1, key="health_days", width=200
        )
        if st.button("List what takes room", key="health_list"):
            st.session_state[_PLAN] = care().retention.plan(actor(), int(days))
    plan: Plan | None = st.session_state.get(_PLAN)
    if plan is None:
        return
    if plan.days != days:
        st.caption(f"The list below is for {plan.days} days. List again.")
    _show_plan(plan)
    if plan.going and plan.days == days:
        _ask(plan)


def _ask(plan: Plan) -> None:
    count = "1 thing" if len(plan.going) == 1 else f"{len(plan.going)} things"
    with st.popover(f"Purge {amount(plan.freed)}"):
        st.write(f"Remove {count} for good? A purge cannot be undone; make a backup before.")
        st.button("Remove them", on_click=_purge, args=(plan.days,), key="health_purge")


def _purge(days: int) -> None:
    """Remove, and say on the next run what was."""
    st.session_state.pop(_PLAN, None)
    try:
        gone = care().purge(actor(), days)
    except CxrError as error:
        st.session_state.health_purge_fault = f"The purge stopped. {error}"
        return
    count = "1 thing" if len(gone.items) == 1 else f"{len(gone.items)} things"
    keep_note("purge", f"Purged {count}; {amount(gone.freed)} were freed.")


def _show_plan(plan: Plan) -> None:
    if not plan.items:
        show_nothing(
            "There are no versions, runs, jobs, answers or caches of this place's own."
        )
        return
    rows = [
        (
            item.name,
            item.kind,
            amount(item.bytes),
            "may go" if item.goes else "stays",
            item.reason,
        )
        for item in sorted(plan.items, key=lambda item: (not item.goes, -item.bytes))
    ]
    show_table("What takes room", ("Name", "Kind", "Size", "Fate", "Why it stays"), rows)
