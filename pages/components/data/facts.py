"""Which manifest this is: counts, digest, rule, and its datasheet."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Curated

_DIGITS = 16


def show_facts(curated: Curated) -> None:
    """Draw one quiet line."""
    facts = curated.facts
    st.caption(
        plain(
            f"{facts['images']:,} images, {facts['used']:,} used, of {facts['patients']:,} "
            f"patients. Table {curated.manifest.digest[:_DIGITS]}, {curated.origin}."
        )
    )


def show_datasheet(curated: Curated) -> None:
    """Draw the datasheet, and the button that saves it."""
    if not curated.datasheet:
        show_empty("There is no datasheet", "It is missing beside the manifest. Curate again.")
        return
    st.download_button(
        "Download the datasheet",
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
