"""Which film stands beside the one under review.

The choice is the session's, not the widget's: it stays while the film under review moves on,
and rests while the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import worklist
from pages.components.texts import say

if TYPE_CHECKING:
    from pages.components.cases import Case

_CHOSEN = "beside"
_WIDGET = "review_beside"
_NONE = 0  # cases count from 1, and Streamlit shows None as a field that waits for an answer


def choose_beside(case: Case) -> Case | None:
    """Draw the control; return the film that was chosen, None for no other film."""
    films = worklist()
    listed = films.reviewable()
    order = sorted(listed, key=lambda each: not _is_same_study(each, case))
    others = {
        each.number: each
        for each in order
        if each.number != case.number and not films.is_held(each)
    }
    if not others:
        return None
    chosen: int = st.session_state.get(_CHOSEN, _NONE)
    st.session_state[_WIDGET] = chosen if chosen in others else _NONE
    places = {each.number: place for place, each in enumerate(listed, 1)}
    labels = {number: _label(each, places[number], case) for number, each in others.items()}
    labels = {_NONE: say("beside-none"), **labels}
    st.selectbox(
        say("beside-label"),
        labels,
        format_func=labels.__getitem__,
        key=_WIDGET,
        on_change=_choose,
        label_visibility="collapsed",
    )
    return others.get(chosen)


def _label(other: Case, place: int, case: Case) -> str:
    """Return a name with its place in the worklist, since two films may have the same name."""
    name = "beside-same-study" if _is_same_study(other, case) else "beside-film"
    return say(name, place=place, name=other.reading.name)


def _is_same_study(other: Case, case: Case) -> bool:
    return other.study is not None and other.study == case.study


def _choose() -> None:
    st.session_state[_CHOSEN] = st.session_state[_WIDGET]
