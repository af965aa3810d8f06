"""Versions that served or were put aside, and every change of champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import VersionState
from pages.components.parts.tables import show_table
from pages.components.parts.times import moment
from pages.components.registry.bundle import show_download
from pages.components.registry.candidate import show_gate, show_promotion
from pages.components.registry.lineage import show_lineage
from pages.components.registry.words import NOT_KNOWN, origin, percent, shown_name, state

if TYPE_CHECKING:
    from cxr_core.services import Overview, PromotionRow

_MOST_CHANGES = 50


def show_retired(told: Overview) -> None:
    """Draw the retired versions, and one of them closely; it can be promoted again."""
    retired = told.of(VersionState.RETIRED)
    if not retired:
        return
    with st.expander(f"Retired versions ({len(retired)})", key="registry-retired"):
        head = ("Version", "State", "Line", "Accuracy", "Origin", "Here since")
        rows = [
            (
                shown_name(each),
                state(each.state),
                each.line,
                percent(each.accuracy),
                origin(each),
                moment(each.created, NOT_KNOWN),
            )
            for each in retired
        ]
        show_table("Retired versions", head, rows)
        names = {each.name: each for each in retired}
        name = st.selectbox(
            "Retired version", list(names), index=None, key="retired_version", width=420
        )
        if name is not None:
            standing = show_gate(names[name])
            with st.container(horizontal=True, vertical_alignment="center"):
                show_promotion(names[name], standing, "secondary")
                show_download(names[name])
            show_lineage(names[name])


def show_history(told: Overview) -> None:
    """Draw the newest changes of champion."""
    if not told.history:
        return
    with st.expander("History of promotions", key="registry-history"):
        head = ("When", "Line", "What", "Version", "Before", "By", "Gate", "Reason")
        rows = [_row(each) for each in told.history[:_MOST_CHANGES]]
        show_table("Changes of champion, newest first", head, rows)


def _row(change: PromotionRow) -> tuple[str, ...]:
    return (
        moment(change.at),
        change.line,
        change.kind.value,
        change.version,
        change.previous or "none",
        change.by,
        _gate(change),
        change.reason or "",
    )


def _gate(change: PromotionRow) -> str:
    if change.kind.value != "promotion":
        return ""
    gate = change.decision.get("gate")
    if not gate:
        return "not asked"
    return "passed" if gate["passes"] else "set aside"
