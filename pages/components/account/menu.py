"""The quiet corner of the frame: who is signed in, and the ways out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.server.address import base_path
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.domain import Actor


_LONGEST = 14  # letters of the label


def show_account_menu(who: Actor) -> None:
    """Draw the menu into the corner of the header."""
    with st.container(key="account"), st.popover(plain(_short(who.name))):
        st.caption(f"Signed in as {plain(who.name)}, {who.role.value}")
        base = escape(base_path())
        st.html(
            f'<nav class="cxr-account" aria-label="Account">'
            f'<a href="{base}/password" target="_self">Change password</a>'
            f'<a href="{base}/sign-out" target="_self">Sign out</a></nav>'
        )


def _short(name: str) -> str:
    """What stands before the @, cut where it would push the pages' names aside."""
    start = name.partition("@")[0] or name
    return (
        start if len(start) <= _LONGEST else f"{start[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def show_demo_line() -> None:
    """Fix the line on the demo mode above the research line."""
    st.html(
        '<div class="cxr-demo" role="note">Single-user demo mode, on this machine only: no '
        "accounts, everybody is administrator. "
        f'<a href="{escape(base_path())}/sign-in" target="_self">Switch accounts on</a></div>'
    )
