"""The settings in force, and where each came from."""

from __future__ import annotations

from html import escape

import streamlit as st

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
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><code>{escape(value)}</code></td>'
        f"<td>{escape(origin)}</td></tr>"
        for name, value, origin in rows
    )
    head = "".join(
        f'<th scope="col">{name}</th>' for name in ("Setting", "In force", "Where from")
    )
    st.html(
        '<div class="cxr-scroll" tabindex="0" role="region" aria-label="Settings">'
        f'<table class="cxr-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        "</div>"
    )
    st.caption(
        "Settings are read once, when the server starts. To change one, set the variable and "
        "start again."
    )
