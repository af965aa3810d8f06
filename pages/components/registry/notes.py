"""What the last button did: said once, above everything, after the page has been drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

_KEY = "versions_note"


def do(deed: Callable[[], str]) -> None:
    """Do it, keep what it says or why it failed, and draw the page again."""
    try:
        said, failed = deed(), False
    except CxrError as error:
        said, failed = str(error), True
    st.session_state[_KEY] = (said, failed)
    st.rerun()


def show_note() -> None:
    """Draw what was kept, once."""
    said, failed = st.session_state.pop(_KEY, ("", False))
    if said:
        (st.error if failed else st.success)(plain(said))
