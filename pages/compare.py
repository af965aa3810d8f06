"""Compare: versions side by side, on films of one's own and on the test split."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.compare.choice import choose_versions
from pages.components.compare.films import show_films
from pages.components.compare.split import show_split
from pages.components.session import enter_through_app
from pages.components.text import plain

_PARTS = {"Films": show_films, "Test split": show_split}

enter_through_app("pages/compare.py")
st.title("Compare", anchor=False)
try:
    names = choose_versions()
    if names:
        part = st.segmented_control(
            "Part",
            list(_PARTS),
            default="Films",
            required=True,
            key="compare_part",
            label_visibility="collapsed",
        )
        _PARTS[str(part)](names)
except CxrError as error:
    st.error(plain(str(error)))
