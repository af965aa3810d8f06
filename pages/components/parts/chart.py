"""The only way in which a figure comes onto a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.components.theme import chart_look

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.services import ChartLook

_OPTIONS = {"displayModeBar": False, "scrollZoom": False}


def show_chart(draw: Callable[[ChartLook], Any], key: str, alt: str) -> None:
    """Draw a figure in the page's look; `alt` says it to those who cannot see it.

    The look comes from `draw_chart`, which every figure is made with: template, font, colours
    and margins. Streamlit's own theme would write over them.

    Raises
    ------
    DataError
        When the values cannot be drawn.
    """
    st.plotly_chart(draw(chart_look()), theme=None, config=_OPTIONS, key=key, alt=alt)
