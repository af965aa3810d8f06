"""A version as a file, out and in."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.progress import Progress, show_progress
from pages.components.registry.notes import do
from pages.components.session import actor, registry
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Version

_MOST_MEGABYTES = 1024


def show_download(version: Version) -> None:
    """Draw a button that makes the bundle when it is pressed."""
    who, desk = actor(), registry()

    def bundle() -> bytes:
        stream = io.BytesIO()
        desk.bundles.export(who, version.name, stream)
        return stream.getvalue()

    st.download_button(
        say("registry-download"),
        bundle,
        file_name=f"{version.name}.zip",
        mime="application/zip",
        on_click="ignore",
        key=f"download_{version.name}",
        disabled=bool(version.problem),
    )


def show_import() -> None:
    """Draw an uploader; what is dropped is verified before it is accepted."""
    with st.expander(say("registry-import"), key="registry-import"):
        st.caption(say("registry-import-told"))
        uploaded = st.file_uploader(
            say("registry-bundle"),
            "zip",
            max_upload_size=_MOST_MEGABYTES,
            key=f"bundle_{st.session_state.get('bundles_taken', 0)}",
        )
        is_pressed = st.button(say("registry-accept"), disabled=uploaded is None)
        if is_pressed and uploaded is not None:
            _take(uploaded)


def _take(uploaded: io.BytesIO) -> None:
    line, who = st.empty(), actor()

    def report(stage: str, done: int, total: int) -> None:
        with line:
            show_progress(Progress(done / max(total, 1), stage), "bundle")

    def deed() -> str:
        name = registry().bundles.take(who, uploaded, report)
        st.session_state.bundles_taken = st.session_state.get("bundles_taken", 0) + 1
        return say("registry-accepted", name=name)

    do(deed)
