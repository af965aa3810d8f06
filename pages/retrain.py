"""Retrain: order a training, watch it, decide which version serves."""

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.parts.states import show_fault
from pages.components.registry import show_versions
from pages.components.retrain.order import show_order
from pages.components.retrain.work import show_work
from pages.components.session import enter_through_app
from pages.components.texts import say

_PARTS = {"train": show_order, "work": show_work, "versions": show_versions}

enter_through_app("pages/retrain.py", Role.ADMINISTRATOR)
st.title(say("retrain-title"), anchor=False)
wanted = st.session_state.pop("retrain_part_wanted", None)
if wanted or "retrain_part" not in st.session_state:
    st.session_state.retrain_part = wanted or "train"
part = st.segmented_control(
    say("retrain-part"),
    list(_PARTS),
    required=True,
    format_func=lambda name: say(f"retrain-part-{name}"),
    key="retrain_part",
    label_visibility="collapsed",
)
try:
    _PARTS[str(part)]()
except CxrError as error:
    show_fault(error)
