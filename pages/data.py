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

_SECTIONS = ("Overview", "Samples", "Copies", "Excluded", "Sources", "Datasheet")

enter_through_app("pages/data.py")
st.title("Data", anchor=False)
browser = services().data
curated = None
try:
    with st.spinner("Reading the manifest"):
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
    label = "Curate again" if is_damaged else "Curate"
    show_curation(label=label, is_in_force=False, can_start=can_curate)
    show_sources(releases)
    st.stop()

show_trust(curated)
show_curation(label="Curate again", is_in_force=True, can_start=can_curate)
show_facts(curated)
section = st.segmented_control(
    "Section",
    _SECTIONS,
    default=_SECTIONS[0],
    required=True,
    key="data_section",
    label_visibility="collapsed",
)
try:
    if section == "Samples":
        show_samples(curated)
    elif section == "Copies":
        show_copies(curated)
    elif section == "Excluded":
        show_excluded(curated)
    elif section == "Sources":
        show_sources(releases)
    elif section == "Datasheet":
        show_datasheet(curated)
    else:
        show_overview(curated)
except CxrError as error:
    show_fault(error)
