"""The versions that read films: a card for each line, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Headline, VersionState
from pages.components.parts.key_figures import show_key_figures
from pages.components.parts.states import show_fault, show_warnings
from pages.components.parts.times import moment
from pages.components.registry.bundle import show_download
from pages.components.registry.lineage import show_lineage
from pages.components.registry.notes import do
from pages.components.registry.words import interval, origin, percent, shown_name, state
from pages.components.session import actor, registry, services
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Overview, Version

_COLUMNS = 2


def show_champions(told: Overview) -> None:
    """Draw a card for each line that is served."""
    st.subheader(say("registry-champions"), anchor=False)
    st.caption(say("registry-champions-told"))
    problems = services().serving.problems()
    show_warnings(
        say("registry-line-problem", line=line, problem=problem)
        for line, problem in problems.items()
    )
    champions = told.of(VersionState.CHAMPION)
    with st.container(key="registry-champions"):
        columns = st.columns(_COLUMNS, gap="medium")
        for place, version in enumerate(champions):
            with columns[place % _COLUMNS], st.container(border=True):
                _show_card(version, told, is_last=len(champions) == 1)


def _show_card(version: Version, told: Overview, *, is_last: bool) -> None:
    st.markdown(f"**{plain(shown_name(version))}**")
    since = say(
        "registry-since",
        state=plain(state(version.state)),
        line=plain(version.line),
        when=plain(moment(version.serves_since, say("registry-not-known"))),
    )
    st.caption(since)
    if version.problem:
        show_fault(version.problem)
    accuracy, balanced = say("registry-accuracy"), say("registry-balanced")
    show_key_figures(
        [
            Headline(accuracy, percent(version.accuracy), interval(version.accuracy_95)),
            Headline(balanced, percent(version.balanced_accuracy)),
        ]
    )
    st.caption(
        say("registry-titled", title=plain(version.title), origin=plain(origin(version)))
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_rollback(version, told.before.get(version.line))
        show_download(version)
        if not is_last:
            _show_retire(version)
    show_lineage(version)


def _show_rollback(version: Version, before: str | None) -> None:
    if before is None:
        return
    with st.popover(say("registry-roll-back"), key=f"rollback_{version.line}"):
        shown, line = plain(before), version.line
        told = say(
            "registry-roll-back-told",
            before=shown,
            line=plain(line),
            name=plain(version.name),
        )
        st.markdown(told)
        label = say("registry-roll-back-to", before=shown)
        if st.button(label, key=f"do_rollback_{line}"):
            with st.spinner(say("registry-loading", name=shown)):
                _roll_back(line)


def _roll_back(line: str) -> None:
    who = actor()

    def deed() -> str:
        return say("registry-reads", name=registry().promoter.rollback(who, line), line=line)

    do(deed)


def _show_retire(version: Version) -> None:
    with st.popover(say("registry-retire-line"), key=f"retire_{version.name}"):
        line = plain(version.line)
        st.markdown(say("registry-retire-line-told", line=line))
        if st.button(say("registry-retire", name=line), key=f"do_retire_{version.name}"):
            retire(version)


def retire(version: Version) -> None:
    """Retire a version, and say so."""
    who = actor()

    def deed() -> str:
        registry().versions.retire(who, version.name)
        return say("registry-retired", name=version.name)

    do(deed)
