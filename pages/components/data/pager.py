"""One page of many things: which are shown, and the buttons to the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

Thing = TypeVar("Thing")


def show_page_of(
    things: Sequence[Thing], size: int, key: str, choice: object
) -> Sequence[Thing]:
    """Draw the buttons and return the things of the present page.

    `choice` is what the things were chosen by: another choice begins at the first page.
    """
    if st.session_state.get(f"{key}_choice") != choice:
        st.session_state[f"{key}_choice"] = choice
        st.session_state[f"{key}_start"] = 0
    start = min(int(st.session_state[f"{key}_start"]), max(0, len(things) - 1) // size * size)

    def go(place: int) -> None:
        st.session_state[f"{key}_start"] = place

    end = min(start + size, len(things))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            say("data-page-back"), key=f"{key}_back", on_click=go, args=(start - size,),
            disabled=start == 0,
        )  # fmt: skip
        st.button(
            say("data-page-on"), key=f"{key}_on", on_click=go, args=(end,),
            disabled=end == len(things),
        )  # fmt: skip
        st.caption(say("data-page-place", first=start + 1, last=end, total=len(things)))
    return things[start:end]
