"""Performance: how good a version is, how far to believe that, and what was not measured."""

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.parts.states import show_fault, show_warnings
from pages.components.performance.sections import show_section
from pages.components.performance.version import (
    ask_prevalence,
    choose_version,
    show_card,
    show_downloads,
    show_problems,
    show_what_to_do,
)
from pages.components.session import enter_through_app, performance
from pages.components.text import plain
from pages.components.texts import say

_PARTS = {
    "sources": ("sources",),
    "shortcuts": ("audit",),
    "classes": ("classes", "confusion", "prevalence", "subgroups"),
    "calibration": ("calibration", "conformal", "operating"),
    "ancestors": ("ancestors",),
    "version": ("version", "caveats"),
    "card": (),
}

enter_through_app("pages/performance.py")
st.title(say("performance-title"), anchor=False)
show_problems()
name = choose_version()
if name is None:
    st.stop()
try:
    told = performance().performance(name)
except CxrError as error:
    show_fault(error)
    st.stop()
if told is None:
    show_what_to_do(name)
    st.stop()

st.caption(plain(told.subtitle))
show_warnings(told.faults)
show_section(told.section("summary"), has_header=False)
part = st.segmented_control(
    say("performance-part"),
    list(_PARTS),
    default="sources",
    required=True,
    format_func=lambda name: say(f"performance-part-{name}"),
    key="performance_part",
    label_visibility="collapsed",
)
for key in _PARTS[str(part)]:
    show_section(told.section(key))
    if key == "prevalence":
        ask_prevalence(told)
if part == "card":
    show_downloads(told)
    show_card(told)
