"""Backups: make one, see how far it is, and take one away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import amount
from pages.components.parts.note import show_note
from pages.components.parts.progress import Progress, live, show_progress
from pages.components.parts.states import show_fault, show_nothing
from pages.components.parts.tables import show_table
from pages.components.parts.times import moment
from pages.components.session import actor, actor_later, care
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import BackupSeen

_EVERY_SECONDS = 1.0
_MOST_SHOWN = 10


def show_backups() -> None:
    """Draw the button, the progress of the backup that is made, and those that lie here."""
    st.header(say("health-backups"), anchor=False)
    state = care().backups.state
    if state.running:
        with live("backup"):
            st.fragment(_progress, run_every=_EVERY_SECONDS)()
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(say("health-backups-make"), on_click=_start, key="health_backup")
            st.caption(say("health-backups-told"))
        if state.failed:
            show_fault(say("health-backups-failed", fault=state.failed))
    is_made = bool(state.made) and not state.running and not state.failed
    show_note("backup", say("health-backups-made", name=state.made) if is_made else "")
    found = care().backups.backups(actor())
    if not found:
        show_nothing(say("health-backups-none"))
        return
    rows = [(each.name, amount(each.bytes), moment(each.made)) for each in found[:_MOST_SHOWN]]
    head = [say(f"health-backups-list-{name}") for name in ("name", "size", "made")]
    show_table(say("health-backups-list"), head, rows)
    if len(found) > _MOST_SHOWN:
        st.caption(say("health-backups-older", older=len(found) - _MOST_SHOWN))
    _show_downloads(found[:_MOST_SHOWN])
    with st.expander(say("health-backups-restore")):
        st.caption(say("health-backups-restore-told"))
        st.code(say("health-backups-restore-command"), language="bash")


def _start() -> None:
    care().backups.start(actor())


def _progress() -> None:
    state = care().backups.state
    if not state.running:
        st.rerun()  # the whole page once more, without the clock
    show_progress(Progress(state.share, state.stage), "backup")


def _show_downloads(found: Sequence[BackupSeen]) -> None:
    """Draw a choice, and the button that takes the chosen one away."""
    names = {each.name: each for each in found}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = say("health-backups-take")
        name = st.selectbox(label, list(names), key="health_backup_name", width=420)
        backup, who = names[str(name)], actor_later()
        st.download_button(
            say("health-backups-download"),
            lambda: care().backups.read(who(), backup.name),
            file_name=backup.name,
            mime="application/zip",
            on_click="ignore",
            key=f"health_download_{backup.name}",
            disabled=not backup.can_be_downloaded,
        )
    if not backup.can_be_downloaded:
        st.caption(say("health-backups-too-large"))
