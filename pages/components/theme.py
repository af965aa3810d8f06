"""What every page shares: the quiet frame, and the line on what this is not."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = (Path(__file__).parent / "theme.css").read_text(encoding="utf-8")


def apply_theme() -> None:
    """Hide what Streamlit adds and set the page's measures."""
    st.html(f"<style>{_STYLE}</style>")


def show_research_line() -> None:
    """Fix the research line to the foot of the window."""
    st.html(
        '<footer class="cxr-line" role="contentinfo">Research use only. Not a medical device: '
        "no diagnosis, treatment or rule-out may rest on it.</footer>"
    )
