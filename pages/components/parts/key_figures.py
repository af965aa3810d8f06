"""Numbers that stand above everything: label, value, unit, small print."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import headlines_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Headline


def show_key_figures(figures: Sequence[Headline]) -> None:
    """Draw them abreast, as many as the window has room for; nothing for nothing."""
    if figures:
        st.html(headlines_html(figures))
