"""Which version is told of, its card, and the files to take away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty, show_warnings
from pages.components.performance.sections import show_tables
from pages.components.session import performance

if TYPE_CHECKING:
    from cxr_core.services import Performance


def choose_version() -> str | None:
    """Draw the choice; None, and what to do, where no version is there."""
    names = performance().names()
    if not names:
        show_empty(
            "There is no model version",
            "Train one on the Retrain page, or start the server with CXR_MODELS_DIR set to the "
            "folder that holds them.",
        )
        return None
    return st.selectbox("Version", names, key="performance_version", width=360)


def show_problems() -> None:
    """Name the versions that cannot be used, so that none is missed in silence."""
    problems = performance().problems()
    show_warnings(f"{name} cannot be used: {problem}" for name, problem in problems.items())


def show_what_to_do(name: str) -> None:
    """Say how a version comes to be judged."""
    place = show_empty(
        f"{name} was never judged",
        "Nothing is known of how good it is. Judge it from a terminal, and come back:",
    )
    place.code(
        f"python -m cxr_core evaluate {name} --manifest MANIFEST --out report --record",
        language="bash",
        wrap_lines=True,
    )


def ask_prevalence(told: Performance) -> None:
    """Draw a field for a prevalence, and what a call of each class is worth there."""
    percent = st.number_input(
        "Prevalence of the class where the version would be used, %",
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
            "Download the report",
            lambda: told.report().encode(),
            file_name=f"{name}-report.html",
            mime="text/html",
            on_click="ignore",
        )
        st.download_button(
            "Download the numbers",
            lambda: told.numbers().encode(),
            file_name=f"{name}-report.json",
            mime="application/json",
            on_click="ignore",
        )
        st.download_button(
            "Download the checklists",
            lambda: told.checklist().encode(),
            file_name=f"{name}-checklist.md",
            mime="text/markdown",
            on_click="ignore",
        )
        st.download_button(
            "Download the card",
            told.card,
            file_name=f"{name}-card.md",
            mime="text/markdown",
            on_click="ignore",
            disabled=not told.card,
        )


def show_card(told: Performance) -> None:
    """Draw the card below the page's own heading; it fetches no picture."""
    if not told.card:
        show_empty("There is no card", "Judge the version again with `--record`.")
        return
    text = re.sub(r"^(#{1,5}) ", r"#\1 ", told.card, flags=re.MULTILINE).replace("![", r"!\[")
    with st.container(key="performance-card"):
        st.markdown(text)
