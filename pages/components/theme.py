"""What every page shares: the quiet frame, and the line on what this is not."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.texts import fill

_HERE = Path(__file__).parent
_STYLE = "\n".join(
    (_HERE / name).read_text(encoding="utf-8") for name in ("theme.css", "worklist/state.css")
)


def apply_theme() -> None:
    """Hide what Streamlit adds and set the page's measures."""
    st.html(f"<style>{_STYLE}</style>")


def show_research_line() -> None:
    """Fix the research line to the foot of the window."""
    st.html(fill('<footer class="cxr-line" role="contentinfo">{{research-line}}</footer>'))
