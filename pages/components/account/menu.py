"""The quiet corner of the frame: who is signed in, and the ways out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.server.address import base_path
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.domain import Actor


_LONGEST = 14  # letters of the label


def show_account_menu(who: Actor) -> None:
    """Draw the menu into the corner of the header."""
    with st.container(key="account"), st.popover(plain(_short(who.name))):
        st.caption(say("account-who", name=plain(who.name), role=who.role.value))
        base = escape(base_path())
        st.html(
            f'<nav class="cxr-account" aria-label="{escape(say("account-menu"))}">'
            f'<a href="{base}/password" target="_self">{escape(say("account-password"))}</a>'
            f'<a href="{base}/sign-out" target="_self">{escape(say("account-sign-out"))}</a>'
            "</nav>"
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
        f'<div class="cxr-demo" role="note">{escape(say("demo-line"))} '
        f'<a href="{escape(base_path())}/sign-in" target="_self">'
        f"{escape(say('demo-accounts'))}</a></div>"
    )
