"""Backups: make one, see how far it is, and take one away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import amount
from pages.components.health.markup import date_of
from pages.components.session import actor, actor_later, care
from pages.components.text import plain

if TYPE_CHECKING:
    from cxr_core.services import BackupSeen

_EVERY_SECONDS = 1.0
_MOST_SHOWN = 10


def show_backups() -> None:
    """Draw the button, the progress of the backup that is made, and those that lie here."""
    st.header("Backups", anchor=False)
    state = care().backups.state
    if state.running:
        st.fragment(_progress, run_every=_EVERY_SECONDS)()
    else:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Make a backup", on_click=_start, key="health_backup")
            st.caption(
                "Rows of the database, versions, runs, ended jobs and manifests, while "
                "everything goes on. Put one back with: python -m cxr_core restore FILE"
            )
        if state.failed:
            st.error(plain(f"The backup failed. {state.failed}"))
        elif state.made:
            st.markdown(plain(f"Made {state.made}."))
    found = care().backups.backups(actor())
    if not found:
        st.caption("There is no backup in the data folder. Keep them on another disk, too.")
    for each in found[:_MOST_SHOWN]:
        _show(each)
    if len(found) > _MOST_SHOWN:
        st.caption(f"{len(found) - _MOST_SHOWN} older ones lie in the folder backups.")


def _start() -> None:
    care().backups.start(actor())


def _progress() -> None:
    state = care().backups.state
    if not state.running:
        st.rerun()  # the whole page once more, without the clock
    st.progress(state.share, text=plain(state.stage))


def _show(backup: BackupSeen) -> None:
    backups, who = care().backups, actor_later()

    def content() -> bytes:
        return backups.read(who(), backup.name)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{plain(backup.name)}, {amount(backup.bytes)}, {date_of(backup.made)} UTC")
        if backup.can_be_downloaded:
            st.download_button(
                f"Download {backup.name}",
                content,
                file_name=backup.name,
                mime="application/zip",
                on_click="ignore",
                key=f"health_download_{backup.name}",
            )
        else:
            st.caption("too large for a browser: copy it on the server")
