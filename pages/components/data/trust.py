"""Why accuracy on these films is not to be trusted alone: the first thing that is said."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Curated


def show_trust(curated: Curated) -> None:
    """Draw the numbers and the sentences."""
    with st.container(border=True, key="data-trust"):
        st.header("Before believing an accuracy on these films", anchor=False)
        with st.container(horizontal=True, key="data-trust-numbers"):
            for label, value, beside in _numbers(curated):
                st.metric(label, f"{value:.0%}", beside, delta_color="off", delta_arrow="off")
        sentences = "".join(f"<li>{escape(each)}</li>" for each in curated.warnings)
        st.html(f'<ul class="cxr-warnings">{sentences}</ul>')
        if curated.bias is None:
            st.caption(
                "How far class and source can be guessed was not measured: it takes two "
                "sources and two classes with ten patients or more."
            )
        elif curated.bias.left_out:
            names = plain(", ".join(curated.bias.left_out))
            st.caption(f"Too few patients to be measured, and left out: {names}.")


def _numbers(curated: Curated) -> list[tuple[str, float, str]]:
    leak = (
        "Test films that leak, dealt film by film",
        curated.leak_share,
        "in this manifest: none",
    )
    if curated.bias is None:
        return [leak]
    bias = curated.bias
    guesses = (
        ("Class, guessed from the source's name", bias.class_from_source),
        ("Class, guessed from a 32 x 32 thumbnail", bias.class_from_thumbnail),
        ("Source, guessed from a 32 x 32 thumbnail", bias.source_from_thumbnail),
    )
    told = [
        (label, guess.accuracy, f"always the commonest: {guess.majority:.0%}")
        for label, guess in guesses
    ]
    return [*told, leak]
