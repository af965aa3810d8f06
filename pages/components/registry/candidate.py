"""The versions that wait: how each stands at the gate, and its promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from cxr_core.services import LEAST_REASON, Standing, Version, VersionState, Wish
from pages.components.parts.states import show_empty, show_fault, show_nothing
from pages.components.parts.tables import show_table
from pages.components.parts.times import moment
from pages.components.registry.bundle import show_download
from pages.components.registry.champion import retire
from pages.components.registry.lineage import show_lineage
from pages.components.registry.notes import do
from pages.components.registry.words import heads, origin, percent, shown_name, state
from pages.components.session import actor, jobs, registry
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Job, Overview

_HEAD = ("version", "state", "line", "accuracy", "balanced", "origin", "since")
_CHECK = ("check", "state", "measured", "demanded")


def show_candidates(told: Overview) -> None:
    """Draw the candidates, and one of them closely."""
    st.subheader(say("registry-candidates"), anchor=False)
    candidates = told.of(VersionState.CANDIDATE)
    if not candidates:
        show_empty(say("registry-none-title"), say("registry-none"))
        return
    caption = say("registry-candidates-table")
    show_table(caption, heads(*_HEAD), [_row(each) for each in candidates])
    names = {each.name: each for each in candidates}
    if st.session_state.get("candidate") not in names:
        st.session_state.candidate = next(iter(names))
    label = say("registry-candidate")
    name = st.selectbox(label, list(names), key="candidate", width=420)
    with st.container(border=True, key="registry-candidate"):
        _show_candidate(names[str(name)])


def _row(version: Version) -> tuple[str, ...]:
    return (
        shown_name(version),
        state(version.state),
        version.line,
        percent(version.accuracy),
        percent(version.balanced_accuracy),
        origin(version),
        moment(version.created),
    )


def _show_candidate(version: Version) -> None:
    name, line = plain(shown_name(version)), plain(version.line)
    st.markdown(say("registry-candidate-line", name=name, line=line))
    if version.problem:
        show_fault(version.problem)
        return
    standing = show_gate(version)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_promotion(version, standing)
        show_download(version)
        _show_aside(version)
    show_lineage(version)


def _show_aside(version: Version) -> None:
    with st.popover(say("registry-aside"), key=f"aside_{version.name}"):
        name = plain(version.name)
        st.markdown(say("registry-aside-told", name=name))
        if st.button(say("registry-retire", name=name), key=f"do_aside_{version.name}"):
            retire(version)


def show_gate(version: Version) -> Standing:
    """Draw how a version stands at the gate."""
    with st.spinner(say("registry-comparing")):
        standing = registry().promoter.standing(actor(), version.name)
    if standing.missing:
        show_nothing(_not_compared(str(standing.champion), standing.missing))
    elif standing.decision is None:
        show_nothing(say("registry-no-decision", problem=standing.problem))
    else:
        _show_checks(version, standing)
    return standing


def _not_compared(champion: str, missing: tuple[str, ...]) -> str:
    """Say which must be asked: the version, its champion, or the two of them."""
    if len(missing) == 1:
        return say("registry-not-compared", champion=champion, name=missing[0])
    first, second = missing
    return say("registry-not-compared-two", champion=champion, first=first, second=second)


def show_promotion(
    version: Version, standing: Standing, kind: Literal["primary", "secondary"] = "primary"
) -> None:
    """Draw what can be done about it: compare, promote, or promote against the gate.

    The first button is of the `kind`: of all on the page, one is primary.
    """
    if standing.missing:
        _show_comparison(version, standing, kind)
    if standing.decision is None or not standing.decision.passes:
        _show_override(version)
    elif st.button(say("registry-promote"), type=kind, key=f"promote_{version.name}"):
        _promote(version, "")


def _show_comparison(
    version: Version, standing: Standing, kind: Literal["primary", "secondary"]
) -> None:
    names = [version.name, *([standing.champion] if standing.champion else [])]
    active = [job for job in jobs().jobs(actor(), kinds=("compare",)) if job.state.is_active]
    mine = [job for job in active if version.name in job.arguments.get("versions", ())]
    if mine:
        st.caption(say("registry-compared-by"))
    elif st.button(say("registry-compare"), type=kind, key=f"compare_{version.name}"):
        who = actor()
        do(lambda: _ordered(jobs().order_comparison(who, names)[0]))


def _show_checks(version: Version, standing: Standing) -> None:
    decision = standing.decision
    if decision is None:
        return
    champion = plain(str(standing.champion))
    against = plain(", ".join(decision.against))
    if decision.passes:
        st.markdown(say("registry-passes", champion=champion))
    elif decision.is_decided:
        st.markdown(say("registry-fails", champion=champion, against=against))
    else:
        st.markdown(say("registry-open", champion=champion, against=against))
    passes, fails = say("registry-check-passes"), say("registry-check-fails")
    rows = [
        (each.title, passes if each.passed else fails, each.measured, each.demanded)
        for each in decision.checks
    ]
    caption = say("registry-checks", films=decision.films, patients=decision.patients)
    with st.container(key=f"registry-checks-{version.name}"):
        show_table(caption, heads(*_CHECK), rows, is_titled=True)
    is_unaudited = any("not audited" in each.measured for each in decision.checks)
    if is_unaudited and st.button(say("registry-judge"), key=f"evaluate_{version.name}"):
        who = actor()
        do(lambda: _ordered(jobs().order_evaluation(who, version.name)[0]))


def _ordered(job: Job) -> str:
    return say("registry-ordered", title=job.title)


def _show_override(version: Version) -> None:
    with st.popover(say("registry-override"), key=f"override_{version.name}"):
        st.markdown(say("registry-override-told", name=plain(version.name)))
        with st.form(f"reasons_{version.name}", border=False):
            reason = st.text_area(
                say("registry-reason", least=LEAST_REASON),
                key=f"reason_{version.name}",
                max_chars=1000,
            )
            is_sure = st.form_submit_button(say("registry-override"))
        if is_sure:
            _promote(version, reason)


def _promote(version: Version, reason: str) -> None:
    who = actor()

    def deed() -> str:
        registry().promoter.promote(who, Wish(version.name, reason=reason))
        return say("registry-reads-now", name=version.name, line=version.line)

    with st.spinner(say("registry-loading", name=plain(version.name))):
        do(deed)
