"""What every page shares: the quiet frame, its colours, and the line on what this is not.

Dark is the default; `theme.base`, a setting of Streamlit's own, asks for the light theme.
Streamlit also knows `[theme.light]` and `[theme.dark]`, but then the browser chooses, not the
setting: hence one theme, whose colours the server settles as it starts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import config

from cxr_core.services import DARK, LIGHT
from pages.components.texts import fill

if TYPE_CHECKING:
    from cxr_core.services import ChartLook

_HERE = Path(__file__).parent
_LOOK = (_HERE / "look.css").read_text(encoding="utf-8")
_STYLE = "\n".join(
    (_HERE / name).read_text(encoding="utf-8")
    for name in ("controls.css", "theme.css", "worklist/state.css")
)
_COLOUR = re.compile(r"--cxr-([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
# Streamlit's colours, each by the name that it has in look.css.
STREAMLIT_COLOURS = {
    "theme.primaryColor": "accent",
    "theme.backgroundColor": "ground",
    "theme.secondaryBackgroundColor": "field",
    "theme.textColor": "ink",
    "theme.linkColor": "accent",
    "theme.borderColor": "line",
    "theme.dataframeBorderColor": "line",
    "theme.dataframeHeaderBackgroundColor": "raised",
    "theme.codeBackgroundColor": "raised",
    "theme.codeTextColor": "ink",
    "theme.sidebar.backgroundColor": "raised",
    "theme.sidebar.secondaryBackgroundColor": "field",
}


def colours() -> dict[str, tuple[str, str]]:
    """Return every colour of look.css that differs between the themes, light and dark."""
    return {name: (light, dark) for name, light, dark in _COLOUR.findall(_LOOK)}


def is_light() -> bool:
    """Tell whether the setting asks for the light theme."""
    return bool(st.get_option("theme.base") == "light")


def settle_theme() -> None:
    """Give Streamlit our light colours where the light theme is asked for.

    The dark ones stand in .streamlit/config.toml. A colour that somebody has set by the
    environment or on the command line stays.
    """
    if not is_light():
        return
    ours = colours()
    settled: dict[str, str | list[str]] = {
        option: ours[name][0] for option, name in STREAMLIT_COLOURS.items()
    }
    settled["theme.chartCategoricalColors"] = list(LIGHT.series)
    for option, value in settled.items():
        if "environment variable" not in config.get_where_defined(option):
            config.set_option(option, value, "the light theme of CXR Triage")


def look_style() -> str:
    """Return the colours as a style sheet, for pages of Streamlit and for others."""
    return f":root {{ color-scheme: {'light' if is_light() else 'dark'}; }}\n{_LOOK}"


def chart_look() -> ChartLook:
    """Return the colours of charts, for the ground that they stand on."""
    return LIGHT if is_light() else DARK


def apply_theme() -> None:
    """Hide what Streamlit adds and set the page's colours and measures."""
    st.html(f"<style>{look_style()}\n{_STYLE}</style>")


def show_research_line() -> None:
    """Fix the research line to the foot of the window."""
    st.html(fill('<footer class="cxr-line" role="contentinfo">{{research-line}}</footer>'))
