"""Admin: who may come in, what the settings are, and what was done."""

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.admin.audit import show_audit
from pages.components.admin.settings import show_settings
from pages.components.admin.users import show_users
from pages.components.parts.states import show_fault
from pages.components.session import enter_through_app
from pages.components.texts import say

_SECTIONS = {"users": show_users, "settings": show_settings, "audit": show_audit}

enter_through_app("pages/admin.py", Role.ADMINISTRATOR)
st.title(say("admin-title"), anchor=False)
section = st.segmented_control(
    say("admin-section"),
    list(_SECTIONS),
    default="users",
    required=True,
    format_func=lambda name: say(f"admin-section-{name}"),
    key="admin_section",
    label_visibility="collapsed",
)
try:
    _SECTIONS[str(section)]()
except CxrError as error:
    show_fault(error)
