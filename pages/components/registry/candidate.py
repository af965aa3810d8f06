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
from pages.components.registry.words import NOT_KNOWN, origin, percent, shown_name, state
from pages.components.session import actor, jobs, registry
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Overview

_HEAD = ("Version", "State", "Line", "Accuracy", "Balanced accuracy", "Origin", "Here since")
_SAYS = {True: "✓\N{NO-BREAK SPACE}passes", False: "✕\N{NO-BREAK SPACE}fails"}


def show_candidates(told: Overview) -> None:
    """Draw the candidates, and one of them closely."""
    st.subheader("Candidates", anchor=False)
    candidates = told.of(VersionState.CANDIDATE)
    if not candidates:
        show_empty("No version waits", "Train one under Train, or import a bundle below.")
        return
    show_table("Candidates, newest first", _HEAD, [_row(each) for each in candidates])
    names = {each.name: each for each in candidates}
    if st.session_state.get("candidate") not in names:
        st.session_state.candidate = next(iter(names))
    name = st.selectbox("Candidate", list(names), key="candidate", width=420)
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
        moment(version.created, NOT_KNOWN),
    )


def _show_candidate(version: Version) -> None:
    st.markdown(f"**{plain(shown_name(version))}**, for line {plain(version.line)}")
    if version.problem:
        show_fault(version.problem)
        return
    standing = show_gate(version)
    with st.container(horizontal=True, vertical_alignment="center"):
        show_promotion(version, standing)
        show_download(version)
        with st.popover("Put aside", key=f"aside_{version.name}"):
            st.markdown(f"Retires **{plain(version.name)}**. It can be promoted all the same.")
            if st.button(f"Retire {plain(version.name)}", key=f"do_aside_{version.name}"):
                retire(version)
    show_lineage(version)


def show_gate(version: Version) -> Standing:
    """Draw how a version stands at the gate."""
    with st.spinner("Comparing it with the champion"):
        standing = registry().promoter.standing(actor(), version.name)
    if standing.missing:
        missing = " and ".join(standing.missing)
        show_nothing(
            f"Not compared with {standing.champion} yet: {missing} must be asked about the "
            "held-out films first. That takes minutes and runs beside the readings."
        )
    elif standing.decision is None:
        show_nothing(f"The gate cannot decide. {standing.problem}")
    else:
        _show_checks(version, standing)
    return standing


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
    elif st.button("Promote", type=kind, key=f"promote_{version.name}"):
        _promote(version, "")


def _show_comparison(
    version: Version, standing: Standing, kind: Literal["primary", "secondary"]
) -> None:
    names = [version.name, *([standing.champion] if standing.champion else [])]
    active = [job for job in jobs().jobs(actor(), kinds=("compare",)) if job.state.is_active]
    mine = [job for job in active if version.name in job.arguments.get("versions", ())]
    if mine:
        st.caption("The comparison is under way; Work shows how far it is.")
    elif st.button("Compare", type=kind, key=f"compare_{version.name}"):
        who = actor()
        do(lambda: f"Ordered: {jobs().order_comparison(who, names)[0].title}.")


def _show_checks(version: Version, standing: Standing) -> None:
    decision = standing.decision
    if decision is None:
        return
    champion = plain(str(standing.champion))
    against = plain(", ".join(decision.against))
    if decision.passes:
        st.markdown(f"✓ **Passes the gate** against {champion}.")
    elif decision.is_decided:
        st.markdown(f"✕ **Does not pass the gate** against {champion}: {against}.")
    else:
        st.markdown(f"✕ **The gate cannot decide** against {champion}: {against}.")
    rows = [
        (each.title, _SAYS[each.passed], each.measured, each.demanded)
        for each in decision.checks
    ]
    caption = (
        f"Checks on {decision.films:,} films of {decision.patients:,} patients of whom neither "
        "version has seen a film"
    )
    with st.container(key=f"registry-checks-{version.name}"):
        show_table(caption, ("Check", "State", "Measured", "Demanded"), rows, is_titled=True)
    is_unaudited = any("not audited" in each.measured for each in decision.checks)
    if is_unaudited and st.button("Judge and audit it", key=f"evaluate_{version.name}"):
        who = actor()
        do(lambda: f"Ordered: {jobs().order_evaluation(who, version.name)[0].title}.")


def _show_override(version: Version) -> None:
    with st.popover("Promote against the gate", key=f"override_{version.name}"):
        st.markdown(
            f"**{plain(version.name)}** will read films although the gate does not let it "
            "pass. The reason is kept in the history and in the audit log. Name no patient."
        )
        with st.form(f"reasons_{version.name}", border=False):
            reason = st.text_area(
                f"Reason, {LEAST_REASON} characters or more",
                key=f"reason_{version.name}",
                max_chars=1000,
            )
            is_sure = st.form_submit_button("Promote against the gate")
        if is_sure:
            _promote(version, reason)


def _promote(version: Version, reason: str) -> None:
    who = actor()

    def deed() -> str:
        registry().promoter.promote(who, Wish(version.name, reason=reason))
        return f"{version.name} reads films as {version.line} from now on."

    with st.spinner(f"Loading {plain(version.name)} and asking its canary"):
        do(deed)
