"""The settings in force, and where each came from."""

from __future__ import annotations

import streamlit as st

from pages.components.parts.tables import code, show_table
from pages.components.server.address import server_url
from pages.components.server.organisation import providers
from pages.components.session import is_demo, services
from pages.components.texts import say


def show_settings() -> None:
    """Draw one table; nothing can be changed here, since settings are read at the start."""
    known = ", ".join(providers()) or say("admin-settings-organisations-none")
    accounts = say("admin-settings-accounts-off" if is_demo() else "admin-settings-accounts-on")
    rows = [
        *services().settings.told(),
        (say("admin-settings-server"), server_url(), say("admin-settings-server-origin")),
        (say("admin-settings-accounts"), accounts, say("admin-settings-accounts-origin")),
        (say("admin-settings-organisations"), known, ".streamlit/secrets.toml"),
    ]
    show_table(
        say("admin-settings"),
        [say(f"admin-settings-head-{name}") for name in ("name", "value", "origin")],
        [(name, code(value), origin) for name, value, origin in rows],
    )
    st.caption(say("admin-settings-told"))
