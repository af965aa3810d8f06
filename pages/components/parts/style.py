"""The look of the parts."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = (Path(__file__).parent / "parts.css").read_text(encoding="utf-8")


def apply_parts() -> None:
    """Let every page know how the parts look."""
    st.html(f"<style>{_STYLE}</style>")
