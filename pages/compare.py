"""Compare: versions side by side, on films of one's own and on the test split."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.compare.choice import choose_versions
from pages.components.compare.films import add_films, choose_film, show_films
from pages.components.compare.split import show_split
from pages.components.parts.states import show_fault
from pages.components.session import enter_through_app
from pages.components.texts import say

_PARTS = ("films", "split")

enter_through_app("pages/compare.py")
with st.container(horizontal=True, vertical_alignment="center"):
    st.title(say("compare-title"), anchor=False, width="content")
    part = st.segmented_control(
        say("compare-part"),
        _PARTS,
        default="films",
        required=True,
        format_func=lambda name: say(f"compare-part-{name}"),
        key="compare_part",
        label_visibility="collapsed",
        width="content",
    )
    on_films = part == "films"
    try:
        if on_films:
            add_films()
    except CxrError as error:
        show_fault(error)
with st.container(key="compare-columns-choice"):
    left, right = st.columns([3, 2])
try:
    with left:
        names = choose_versions()
    if names and on_films:
        with right:
            film = choose_film()
        if film is not None:
            show_films(names, film)
    elif names:
        show_split(names)
except CxrError as error:
    show_fault(error)
