"""What the last button did: a deed is said above everything, a failure where it was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from pages.components.parts.note import keep_note
from pages.components.parts.states import show_fault

if TYPE_CHECKING:
    from collections.abc import Callable


def do(deed: Callable[[], str]) -> None:
    """Do it and draw the page again with what it says; say here why it failed."""
    try:
        keep_note("versions", deed())
    except CxrError as error:
        show_fault(error)  # the button may lie far below what is in sight
    else:
        st.rerun()
