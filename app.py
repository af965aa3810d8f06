"""CXR Triage: navigation, theme and the line that never leaves the screen."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.session import go_where_wanted, services, warm_up
from pages.components.text import plain
from pages.components.theme import apply_theme, show_research_line

st.set_page_config(page_title="CXR Triage", layout="wide", initial_sidebar_state="collapsed")
page = st.navigation(
    [
        st.Page("pages/triage.py", title="Triage", default=True),
        st.Page("pages/review.py", title="Review"),
        st.Page("pages/performance.py", title="Performance"),
        st.Page("pages/data.py", title="Data"),
    ],
    position="top",
)
go_where_wanted()
apply_theme()
show_research_line()  # before the page, which may stop early
try:
    services()
except CxrError as error:  # a setting of this server; no page could do without
    st.error(plain(str(error)))
    st.stop()
try:
    page.run()
finally:
    warm_up().start()
