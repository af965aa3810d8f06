"""What is shown instead of a page to people who may not see it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.parts.states import show_fault
from pages.components.server.address import base_path, sign_in_path
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.domain import Actor


def stop_unless(who: Actor | None, role: Role, page: str = "") -> None:
    """Show a refusal and end this run, unless the role suffices.

    `page` is the path on which somebody who signs in again goes on.
    """
    if who is None:
        show_signed_out(page)
        st.stop()
    if role is Role.ADMINISTRATOR and who.role is not Role.ADMINISTRATOR:
        show_not_allowed()
        st.stop()


def show_signed_out(page: str = "") -> None:
    """Say that nobody is signed in any more, and lead to the door."""
    st.title(say("signed-out-title"), anchor=False)
    st.markdown(say("signed-out-told"))
    door = escape(sign_in_path(f"{base_path()}/{page}"))
    words = escape(say("signed-out-door"))
    st.html(f'<a class="cxr-door" href="{door}" target="_self">{words}</a>')


def show_not_allowed() -> None:
    """Say that the page is for administrators."""
    st.title(say("not-allowed-title"), anchor=False)
    st.markdown(say("not-allowed-told"))
    st.page_link("pages/triage.py", label=say("go-to-triage"))


def show_script_error(error: Exception) -> bool:
    """Show the sentence of our own error that a page did not catch; False for all others."""
    if isinstance(error, CxrError):
        show_fault(error)
        return True
    return False
