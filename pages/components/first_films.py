"""What an empty worklist says, and the two synthetic films that it offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import CxrError
from cxr_core.services import drop_samples
from pages.components.parts.states import show_fault
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Shelf


def offer_first_films(shelf: Shelf) -> None:
    """Say what to do next; films that are asked for come onto the shelf, like an upload."""
    st.write(say("triage-empty"))
    if not st.button(say("triage-synthetic")):
        return
    try:
        with st.spinner(say("triage-drawing")):
            drop_samples(shelf)
    except CxrError as error:
        show_fault(error)
    else:
        st.rerun()
