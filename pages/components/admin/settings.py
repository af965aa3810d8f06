"""The settings in force, and where each came from."""

from __future__ import annotations

import streamlit as st

from pages.components.parts.tables import code, show_table
from pages.components.server.address import server_url
from pages.components.server.organisation import providers
from pages.components.session import is_demo, services


def show_settings() -> None:
    """Draw one table; nothing can be changed here, since settings are read at the start."""
    known = ", ".join(providers()) or "none"
    rows = [
        *services().settings.told(),
        ("Server", server_url(), ".streamlit/config.toml, STREAMLIT_SERVER_*, command line"),
        ("Accounts", "off: demo mode" if is_demo() else "on", "the database"),
        ("Organisations", known, ".streamlit/secrets.toml"),
    ]
    show_table(
        "Settings",
        ("Setting", "In force", "Where from"),
        [(name, code(value), origin) for name, value, origin in rows],
    )
    st.caption(
        "Settings are read once, when the server starts. To change one, set the variable and "
        "start again."
    )
