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
from pages.components.registry.words import heads, origin, percent, shown_name, state
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Overview, PromotionRow

_MOST_CHANGES = 50


def show_retired(told: Overview) -> None:
    """Draw the retired versions, and one of them closely; it can be promoted again."""
    retired = told.of(VersionState.RETIRED)
    if not retired:
        return
    label = say("registry-retired-count", count=len(retired))
    with st.expander(label, key="registry-retired"):
        head = heads("version", "state", "line", "accuracy", "origin", "since")
        rows = [
            (
                shown_name(each),
                state(each.state),
                each.line,
                percent(each.accuracy),
                origin(each),
                moment(each.created),
            )
            for each in retired
        ]
        show_table(say("registry-retired-table"), head, rows)
        names = {each.name: each for each in retired}
        label = say("registry-retired-one")
        name = st.selectbox(label, list(names), index=None, key="retired_version", width=420)
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
    with st.expander(say("registry-history"), key="registry-history"):
        head = heads("when", "line", "what", "version", "before", "by", "gate", "reason")
        rows = [_row(each) for each in told.history[:_MOST_CHANGES]]
        show_table(say("registry-history-table"), head, rows)


def _row(change: PromotionRow) -> tuple[str, ...]:
    return (
        moment(change.at),
        change.line,
        say(f"registry-kind-{change.kind.value}"),
        change.version,
        change.previous or say("registry-none-known"),
        change.by,
        _gate(change),
        change.reason or "",
    )


def _gate(change: PromotionRow) -> str:
    if change.kind.value != "promotion":
        return ""
    gate = change.decision.get("gate")
    if not gate:
        return say("registry-gate-not-asked")
    return say("registry-gate-passed" if gate["passes"] else "registry-gate-set-aside")
