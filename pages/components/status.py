"""One quiet line on the models: loading, ready and on what device, or refused and why."""

from __future__ import annotations

import streamlit as st

from pages.components.parts.states import show_warnings
from pages.components.session import services, warm_up
from pages.components.text import plain
from pages.components.texts import say

_EVERY_SECONDS = 1.0


def show_model_status() -> None:
    """Draw the line; while the models load it renews itself."""
    st.fragment(_line, run_every=_EVERY_SECONDS if warm_up().is_running else None)()


def _line() -> None:
    was_running = st.session_state.get("models_were_loading", True)
    st.session_state.models_were_loading = warm_up().is_running
    st.caption(plain(warm_up().sentence))
    problems = services().serving.problems().items()
    show_warnings(say("model-refused", name=name, fault=problem) for name, problem in problems)
    if was_running and not warm_up().is_running:
        st.rerun()  # the whole page once more, without the clock
