"""Which version is told of, its card, and the files to take away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty, show_warnings
from pages.components.performance.sections import show_tables
from pages.components.session import performance
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Performance


def choose_version() -> str | None:
    """Draw the choice; None, and what to do, where no version is there."""
    names = performance().names()
    if not names:
        show_empty(say("performance-none"), say("performance-none-told"))
        return None
    label = say("performance-version")
    return st.selectbox(label, names, key="performance_version", width=360)


def show_problems() -> None:
    """Name the versions that cannot be used, so that none is missed in silence."""
    problems = performance().problems()
    show_warnings(
        say("performance-broken", name=name, problem=problem)
        for name, problem in problems.items()
    )


def show_what_to_do(name: str) -> None:
    """Say how a version comes to be judged."""
    place = show_empty(
        say("performance-never-judged", name=name), say("performance-never-judged-told")
    )
    place.code(say("performance-judge", name=name), language="bash", wrap_lines=True)


def ask_prevalence(told: Performance) -> None:
    """Draw a field for a prevalence, and what a call of each class is worth there."""
    percent = st.number_input(
        say("performance-prevalence"),
        min_value=0.1,
        max_value=99.9,
        value=5.0,
        step=0.5,
        format="%.1f",
        key="performance_prevalence",
        width=420,
    )
    show_tables((told.at_prevalence(percent / 100),))


def show_downloads(told: Performance) -> None:
    """Draw the buttons that save the report, its numbers, the checklists and the card."""
    name = told.told_of.version["name"]
    with st.container(horizontal=True, key="performance-downloads"):
        st.download_button(
            say("performance-save-report"),
            lambda: told.report().encode(),
            file_name=f"{name}-report.html",
            mime="text/html",
            on_click="ignore",
        )
        st.download_button(
            say("performance-save-numbers"),
            lambda: told.numbers().encode(),
            file_name=f"{name}-report.json",
            mime="application/json",
            on_click="ignore",
        )
        st.download_button(
            say("performance-save-checklists"),
            lambda: told.checklist().encode(),
            file_name=f"{name}-checklist.md",
            mime="text/markdown",
            on_click="ignore",
        )
        st.download_button(
            say("performance-save-card"),
            told.card,
            file_name=f"{name}-card.md",
            mime="text/markdown",
            on_click="ignore",
            disabled=not told.card,
        )


def show_card(told: Performance) -> None:
    """Draw the card below the page's own heading; it fetches no picture."""
    if not told.card:
        show_empty(say("performance-no-card"), say("performance-no-card-told"))
        return
    text = re.sub(r"^(#{1,5}) ", r"#\1 ", told.card, flags=re.MULTILINE).replace("![", r"!\[")
    with st.container(key="performance-card"):
        st.markdown(text)
