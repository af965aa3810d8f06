"""Data: which public films there are, what became of each, and what not to believe of them."""

import streamlit as st

from cxr_core.errors import CxrError, DataError
from pages.components.data.copies import show_copies
from pages.components.data.excluded import show_excluded
from pages.components.data.facts import show_datasheet, show_facts
from pages.components.data.job import show_curation
from pages.components.data.overview import show_overview
from pages.components.data.samples import show_samples
from pages.components.data.sources import show_sources, show_what_to_do
from pages.components.data.trust import show_trust
from pages.components.parts.states import show_fault
from pages.components.session import enter_through_app, services
from pages.components.texts import say

_SECTIONS = ("overview", "samples", "copies", "excluded", "sources", "datasheet")

enter_through_app("pages/data.py")
st.title(say("data-title"), anchor=False)
browser = services().data
curated = None
try:
    with st.spinner(say("data-reading")):
        curated = browser.curated()
    is_damaged = False
except DataError as error:
    is_damaged = True
    show_fault(error)

releases = browser.releases()
can_curate = any(each.folder for each in releases)
if curated is None:
    if not is_damaged:
        show_what_to_do(has_releases=can_curate)
    label = say("data-curate-again" if is_damaged else "data-curate")
    show_curation(label=label, is_in_force=False, can_start=can_curate)
    show_sources(releases)
    st.stop()

show_trust(curated)
show_curation(label=say("data-curate-again"), is_in_force=True, can_start=can_curate)
show_facts(curated)
section = st.segmented_control(
    say("data-section"),
    _SECTIONS,
    default=_SECTIONS[0],
    required=True,
    format_func=lambda name: say(f"data-section-{name}"),
    key="data_section",
    label_visibility="collapsed",
)
try:
    if section == "samples":
        show_samples(curated)
    elif section == "copies":
        show_copies(curated)
    elif section == "excluded":
        show_excluded(curated)
    elif section == "sources":
        show_sources(releases)
    elif section == "datasheet":
        show_datasheet(curated)
    else:
        show_overview(curated)
except CxrError as error:
    show_fault(error)
