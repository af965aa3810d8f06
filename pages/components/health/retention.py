"""What takes room and what may go: a list, and a purge that is confirmed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import amount
from pages.components.health.markup import empty_html, table_html
from pages.components.session import actor, care
from pages.components.text import plain

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
    if said := st.session_state.pop("health_purged", None):
        st.markdown(said)
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
    st.html(_table(plan))
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
        said = f"Purged {len(gone.items)} things; {amount(gone.freed)} were freed."
    except CxrError as error:
        said = f"The purge stopped. {error}"
    st.session_state.health_purged = plain(said)


def _table(plan: Plan) -> str:
    if not plan.items:
        return empty_html(
            "There are no versions, runs, jobs, answers or caches of this place's own."
        )
    rows = [
        (
            escape(item.kind),
            f"<strong>{escape(item.name)}</strong>",
            f'<span class="cxr-number">{amount(item.bytes)}</span>',
            "may go" if item.goes else "stays",
            escape(item.reason),
        )
        for item in sorted(plan.items, key=lambda item: (not item.goes, -item.bytes))
    ]
    return table_html(("Kind", "Name", "Size", "Fate", "Why it stays"), rows)
