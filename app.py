"""CXR Triage: navigation, theme and the line that never leaves the screen."""

import streamlit as st

from pages.components.session import warm_up
from pages.components.theme import apply_theme, show_research_line

st.set_page_config(page_title="CXR Triage", layout="wide", initial_sidebar_state="collapsed")
page = st.navigation(
    [
        st.Page("pages/triage.py", title="Triage", default=True),
        st.Page("pages/review.py", title="Review"),
    ],
    position="top",
)
apply_theme()
show_research_line()  # before the page, which may stop early
page.run()
warm_up().start()
