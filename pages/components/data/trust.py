"""Why accuracy on these films is not to be trusted alone: the first thing that is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Headline, told_html
from pages.components.parts.key_figures import show_key_figures
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Curated


def show_trust(curated: Curated) -> None:
    """Draw the numbers and the sentences."""
    with st.container(border=True, key="data-trust"):
        st.header(say("data-trust-title"), anchor=False)
        show_key_figures(_numbers(curated))
        st.html(told_html(curated.warnings))
        if curated.bias is None:
            st.caption(say("data-trust-not-measured"))
        elif curated.bias.left_out:
            names = plain(", ".join(curated.bias.left_out))
            st.caption(say("data-trust-left-out", names=names))


def _numbers(curated: Curated) -> list[Headline]:
    leak = Headline(
        say("data-trust-leak"),
        f"{curated.leak_share:.0%}",
        say("data-trust-leak-here"),
    )
    if curated.bias is None:
        return [leak]
    bias = curated.bias
    guesses = (
        ("class-from-source", bias.class_from_source),
        ("class-from-thumbnail", bias.class_from_thumbnail),
        ("source-from-thumbnail", bias.source_from_thumbnail),
    )
    told = [
        Headline(
            say(f"data-trust-guess-{name}"),
            f"{guess.accuracy:.0%}",
            say("data-trust-commonest", share=f"{guess.majority:.0%}"),
        )
        for name, guess in guesses
    ]
    return [*told, leak]
