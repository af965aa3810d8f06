"""Health: how the installation is, what takes room, and its backups."""

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.health.backups import show_backups
from pages.components.health.overview import show_audit_check, show_health
from pages.components.health.retention import show_retention
from pages.components.parts.states import show_fault
from pages.components.session import enter_through_app
from pages.components.texts import say

enter_through_app("pages/health.py", Role.ADMINISTRATOR)
st.title(say("health-title"), anchor=False)
show_health()
for part in (show_audit_check, show_backups, show_retention):
    try:
        part()
    except CxrError as error:
        show_fault(error)
