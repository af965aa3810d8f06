"""Which film stands beside the one under review.

The choice is the session's, not the widget's: it stays while the film under review moves on,
and rests while the two are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import worklist

if TYPE_CHECKING:
    from pages.components.cases import Case

_CHOSEN = "beside"
_WIDGET = "review_beside"


def choose_beside(case: Case) -> Case | None:
    """Draw the control; return the film that was chosen, None for no other film."""
    others = _others(case)
    if not others:
        return None
    chosen: int | None = st.session_state.get(_CHOSEN)
    st.session_state[_WIDGET] = chosen if chosen in others else None
    st.selectbox(
        "Beside",
        [None, *others],
        format_func=lambda number: (
            "no other film" if number is None else _label(others[number], case)
        ),
        key=_WIDGET,
        on_change=_choose,
        help="A second film, seen side by side with this one",
    )
    return None if chosen is None else others.get(chosen)


def _others(case: Case) -> dict[int, Case]:
    """Return what may stand beside a film, by number: its study first, then in reading order."""
    films = worklist()
    order = films.companions(case) + films.reviewable()
    return {
        each.number: each
        for each in order
        if each.number != case.number and not films.is_held(each)
    }


def _label(other: Case, case: Case) -> str:
    """Return a name that is the only one of its kind: two films may have the same."""
    place = worklist().reviewable().index(other) + 1
    is_same = other.study is not None and other.study == case.study
    return f"{place}: {other.reading.name}{' (same study)' if is_same else ''}"


def _choose() -> None:
    st.session_state[_CHOSEN] = st.session_state[_WIDGET]
