"""Where films are dropped: files, folders and zips, sent to the disk of the server one by one.

Streamlit's own uploader keeps every file in memory, and does not get through a thousand.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import AccessError
from pages.components.newest import NEWEST, numbered
from pages.components.server.uploads import upload_path
from pages.components.session import actor, services
from pages.components.texts import fill, say, script

if TYPE_CHECKING:
    from cxr_core.services import Shelf, Spool

_HERE = Path(__file__).parent
_SHELF = "film_shelf"


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "upload",
    html=fill(_read("upload.html")),
    css=_read("upload.css"),
    # One ES module without a build step: the files share a scope.
    js=NEWEST + script("upload-") + _read("sources.js", "queue.js", "mount.js"),
)


def film_shelf() -> Shelf:
    """Return what takes the films of this window; another one once it has been cleared.

    Raises
    ------
    AccessError, StorageError
        When nobody is signed in, or the disk refuses.
    """
    who = actor()
    if who is None:
        raise AccessError(say("upload-signed-out"))
    shelf: Shelf | None = st.session_state.get(_SHELF)
    if shelf is None or shelf.is_closed or shelf.owner != who.name:
        shelf = services().spool().open(who.name)
        st.session_state[_SHELF] = shelf
    _stay(shelf.token, services().spool(), shelf)
    shelf.stay()
    return shelf


def clear_films() -> None:
    """Delete what this window has uploaded; what is on its way comes to nothing."""
    shelf: Shelf | None = st.session_state.pop(_SHELF, None)
    if shelf is not None:
        services().spool().discard(shelf)


def show_uploader(shelf: Shelf, *, is_reading: bool, is_small: bool = False) -> None:
    """Draw it. The page is run again when films have come in, unless it reads at this moment.

    A page that reads runs again by itself, and would lose the films that it is reading. The
    small one takes drops anywhere on the page all the same.
    """
    limits = shelf.limits
    film, archive = limits.max_member_bytes, limits.max_archive_bytes
    key = "uploader-small" if is_small else "uploader"
    data = {
        "address": upload_path(),
        "token": shelf.token,
        "limits": {"film": film, "archive": archive},
        "collected": shelf.collected,
        "reading": is_reading,
        "small": is_small,
        "kinds": say("upload-kinds", film=_size(film), archive=_size(archive)),
    }
    _mount(key=key, data=numbered(key, data), on_arrived_change=lambda: None)


def _size(size: int) -> str:
    return f"{size / 2**30:.3g} GB" if size >= 2**30 else f"{size >> 20} MB"


def _leave(window: tuple[Spool, Shelf]) -> None:
    spool, shelf = window
    spool.leave(shelf)


@st.cache_resource(scope="session", show_spinner=False, on_release=_leave)
def _stay(token: str, _spool: Spool, _shelf: Shelf) -> tuple[Spool, Shelf]:
    """Be told when this window goes: Streamlit then releases what it keeps for it."""
    return _spool, _shelf
