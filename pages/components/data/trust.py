"""Why accuracy on these films is not to be trusted alone: the first thing that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Headline, told_html
from pages.components.parts.key_figures import show_key_figures
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import Curated


def show_trust(curated: Curated) -> None:
    """Draw the numbers and the sentences."""
    with st.container(border=True, key="data-trust"):
        st.header("Before believing an accuracy on these films", anchor=False)
        show_key_figures(_numbers(curated))
        st.html(told_html(curated.warnings))
        if curated.bias is None:
            st.caption(
                "How far class and source can be guessed was not measured: it takes two "
                "sources and two classes with ten patients or more."
            )
        elif curated.bias.left_out:
            names = plain(", ".join(curated.bias.left_out))
            st.caption(f"Too few patients to be measured, and left out: {names}.")


def _numbers(curated: Curated) -> list[Headline]:
    leak = Headline(
        "Test films that leak, dealt film by film",
        f"{curated.leak_share:.0%}",
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
        Headline(label, f"{guess.accuracy:.0%}", f"always the commonest: {guess.majority:.0%}")
        for label, guess in guesses
    ]
    return [*told, leak]
