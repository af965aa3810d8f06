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
from pages.components.registry.words import (
    NOT_KNOWN,
    interval,
    origin,
    percent,
    shown_name,
    state,
)
from pages.components.session import actor, registry, services
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Overview, Version

_COLUMNS = 2


def show_champions(told: Overview) -> None:
    """Draw a card for each line that is served."""
    st.subheader("In force", anchor=False)
    st.caption(
        "All of them read every film. A change reaches open sessions with the next film."
    )
    problems = services().serving.problems()
    show_warnings(f"{line}: {problem}" for line, problem in problems.items())
    champions = told.of(VersionState.CHAMPION)
    with st.container(key="registry-champions"):
        columns = st.columns(_COLUMNS, gap="medium")
        for place, version in enumerate(champions):
            with columns[place % _COLUMNS], st.container(border=True):
                _show_card(version, told, is_last=len(champions) == 1)


def _show_card(version: Version, told: Overview, *, is_last: bool) -> None:
    st.markdown(f"**{plain(shown_name(version))}**")
    st.caption(
        plain(
            f"{state(version.state)} of line {version.line} since "
            f"{moment(version.serves_since, NOT_KNOWN)}"
        )
    )
    if version.problem:
        show_fault(version.problem)
    show_key_figures(
        [
            Headline("Accuracy", percent(version.accuracy), interval(version.accuracy_95)),
            Headline("Balanced accuracy", percent(version.balanced_accuracy)),
        ]
    )
    st.caption(plain(f"{version.title}; {origin(version)}."))
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_rollback(version, told.before.get(version.line))
        show_download(version)
        if not is_last:
            _show_retire(version)
    show_lineage(version)


def _show_rollback(version: Version, before: str | None) -> None:
    if before is None:
        return
    with st.popover("Roll back", key=f"rollback_{version.line}"):
        st.markdown(
            f"Puts **{plain(before)}** in force again as {plain(version.line)}, with the "
            f"thresholds that it had, and retires {plain(version.name)}. Films that are being "
            "read now are finished as they were begun."
        )
        if st.button(f"Roll back to {plain(before)}", key=f"do_rollback_{version.line}"):
            who, line = actor(), version.line
            with st.spinner(f"Loading {plain(before)} and asking its canary"):
                do(lambda: f"{registry().promoter.rollback(who, line)} reads films as {line}.")


def _show_retire(version: Version) -> None:
    with st.popover("Retire the line", key=f"retire_{version.name}"):
        st.markdown(
            f"Films are no longer read by **{plain(version.line)}**; the other lines go on. "
            "It can be promoted again."
        )
        if st.button(f"Retire {plain(version.line)}", key=f"do_retire_{version.name}"):
            retire(version)


def retire(version: Version) -> None:
    """Retire a version, and say so."""
    who = actor()

    def deed() -> str:
        registry().versions.retire(who, version.name)
        return f"{version.name} is retired."

    do(deed)
