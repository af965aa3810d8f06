"""What the last button did: a deed is said above everything, a failure where it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = "versions_note"


def do(deed: Callable[[], str]) -> None:
    """Do it and draw the page again with what it says; say here why it failed."""
    try:
        st.session_state[_KEY] = deed()
    except CxrError as error:
        st.error(plain(str(error)))  # the button may lie far below what is in sight
    else:
        st.rerun()


def show_note() -> None:
    """Draw what was kept, once."""
    if said := st.session_state.pop(_KEY, ""):
        st.success(plain(said))
