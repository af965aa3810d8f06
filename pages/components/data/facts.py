"""Which manifest this is: counts, digest, rule, and its datasheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Curated

_DIGITS = 16


def show_facts(curated: Curated) -> None:
    """Draw one quiet line."""
    facts = curated.facts
    st.caption(
        say(
            "data-facts",
            images=facts["images"],
            used=facts["used"],
            patients=facts["patients"],
            digest=curated.manifest.digest[:_DIGITS],
            origin=plain(curated.origin),
        )
    )


def show_datasheet(curated: Curated) -> None:
    """Draw the datasheet, and the button that saves it."""
    if not curated.datasheet:
        show_empty(say("data-datasheet-none"), say("data-datasheet-none-told"))
        return
    st.download_button(
        say("data-datasheet-save"),
        curated.datasheet,
        file_name="datasheet.md",
        mime="text/markdown",
        on_click="ignore",
    )
    with st.container(key="data-datasheet"):
        st.markdown(as_section(curated.datasheet))


def as_section(markdown: str) -> str:
    """Put headings one level lower, under the page's own, and let no picture be fetched."""
    return re.sub(r"^(#{1,5}) ", r"#\1 ", markdown, flags=re.MULTILINE).replace("![", r"!\[")
