"""How far something is, in one line, with a way to end it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cxr_core.services import Job


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done: `share` in [0, 1], `stage` in words; a `total` above 1 is counted up to."""

    share: float
    stage: str
    done: int = 0
    total: int = 0

    @property
    def words(self) -> str:
        """Say it, safe for Markdown."""
        if self.total > 1:
            stage = plain(self.stage)
            return say("parts-progress", stage=stage, done=self.done, total=self.total)
        return plain(self.stage)


def progress_of(job: Job, waiting: str = "") -> Progress:
    """Say how far a job is; `waiting`, or that it starts, before it has said anything."""
    told = job.progress
    stage = told.stage or waiting or say("parts-starting")
    return Progress(told.share, stage, told.done, told.total)


def show_progress(
    progress: Progress, key: str, cancel: Callable[[], None] | None = None
) -> None:
    """Draw the line, and Cancel where `cancel` is what it calls."""
    with st.container(horizontal=True, vertical_alignment="center", key=f"cxr-progress-{key}"):
        st.progress(min(1.0, progress.share), text=progress.words)
        if cancel is not None:
            st.button(say("parts-cancel"), on_click=cancel, key=f"cancel_{key}")


@contextmanager
def live(name: str) -> Iterator[None]:
    """Hold what renews itself: it does not fade while it is drawn again."""
    with st.container(key=f"cxr-live-{name}"):
        yield
