"""The film viewer: the bare film and one panel per model, side by side, all in the browser.

Zoom, window, opacity and class never reach the server: the browser fetches one parcel of bytes
a film, and only finished marks come back. They travel by a second component that has no
picture, since Streamlit sends all that a component is given again when any of it changes.
`parcel` and `marks` hold the values and how they are written; this module only mounts them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.newest import NEWEST, numbered
from pages.components.server.address import base_path
from pages.components.texts import fill, script
from pages.components.viewer.marks import Box, Mark, Point, Ruler, as_told, marks_from
from pages.components.viewer.pair import Beside, beside_key
from pages.components.viewer.parcel import pack_film, source_of
from pages.components.viewer.values import ViewerFilm, ViewerPanel, class_union

if TYPE_CHECKING:
    from collections.abc import MutableMapping

__all__ = [
    "Beside",
    "Box",
    "Mark",
    "Point",
    "Ruler",
    "ViewerFilm",
    "ViewerPanel",
    "beside_key",
    "class_union",
    "film_viewer",
    "pack_film",
]

_HERE = Path(__file__).parent

# One ES module without a build step: the files share a scope, from the bytes inwards to
# the screen and the hands; `mount.js`, which exports what Streamlit calls, comes last.
_SCRIPTS = (
    "codec.js",
    "colour.js",
    "window.js",
    "grey.js",
    "sample.js",
    "orient.js",
    "lens.js",
    "memory.js",
    "heat.js",
    "seen.js",
    "contour.js",
    "words.js",
    "panels.js",
    "controls.js",
    "layout.js",
    "ruler.js",
    "marks.js",
    "book.js",
    "stroke.js",
    "strip.js",
    "brush.js",
    "magnifier.js",
    "render.js",
    "picture.js",
    "actions.js",
    "print.js",
    "side.js",
    "tie.js",
    "pointer.js",
    "keys.js",
    "sheet.js",
    "viewer.js",
    "desk.js",
    "mount.js",
)
_STYLES = (
    "viewer.css",
    "toolbar.css",
    "panels.css",
    "numbers.css",
    "marks.css",
    "foot.css",
    "sheet.css",
    "side.css",
    "adapt.css",  # overrides the others
)


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "film_viewer",
    html=fill(_read("viewer.html")),
    css=_read(*_STYLES),
    js=NEWEST + script("viewer-") + _read(*_SCRIPTS),
)


_post = st.components.v2.component("film_marks", js=NEWEST + _read("post.js"))


def film_viewer(
    parcel: bytes,
    key: str,
    marks: MutableMapping[str, tuple[Mark, ...]] | None = None,
    beside: Beside | None = None,
) -> tuple[Mark, ...]:
    """Draw the viewer at this place of the page.

    The same parcel again, as on every rerun of the page, keeps zoom, window and class; so does
    hiding and showing it again. Another `key` is another viewer, with its own opacity, colour
    map and mouse tool.

    Parameters
    ----------
    parcel
        What `pack_film` made of the film, with the same key. Packing a large film takes tenths
        of a second, so the page keeps the parcel.
    key
        Unique on the page.
    marks
        The marks of every film of this session, by the film's `source`: those of this film are
        shown, and a finished change is written into it before the page runs again. Without it
        marks live in the browser alone, as long as its page.
    beside
        A second film, which is drawn on the right of the first, under the same controls. Its
        marks go by its own `source`.

    Returns
    -------
    The marks of the first film, in the order in which they were drawn.
    """
    with st.container(gap=None):
        shown: tuple[Mark, ...] = ()
        if marks is not None:
            shown = _exchange_marks(source_of(parcel), key, marks)
            if beside is not None:
                _exchange_marks(source_of(beside.parcel), beside_key(key), marks)
        films = [
            {"name": beside.name_of_first if beside else "", "at": _laid_down(parcel, key)}
        ]
        if beside is not None:
            place = _laid_down(beside.parcel, beside_key(key))
            films.append({"name": beside.name, "at": place})
        _mount(key=key, data=numbered(key, {"films": films}))
    return shown


def _laid_down(parcel: bytes, key: str) -> str:
    """Return the address at which the browser fetches a parcel while this visit shows it.

    A parcel in the component's own data would be copied, hashed and parsed several times on its
    way, a third of a second for a large film. Streamlit keeps files as it keeps its pictures.
    """
    files = st.runtime.get_instance().media_file_mgr
    # Called packed, which it is: what is not, the server would pack again with each answer.
    return base_path() + files.add(parcel, "application/zip", f"film-viewer.{key}")


def _exchange_marks(
    source: str, key: str, marks: MutableMapping[str, tuple[Mark, ...]]
) -> tuple[Mark, ...]:
    name = f"{key}-marks"

    def take() -> None:
        # May still speak of the film before; of one that was never shown it says nothing true.
        match st.session_state[name].get("marks"):
            case {"film": str(film), "marks": told} if film in marks:
                marks[film] = marks_from(told)

    shown = marks.setdefault(source, ())
    told = [as_told(mark) for mark in shown]
    data = numbered(name, {"viewer": key, "film": source, "marks": told})
    _post(key=name, data=data, on_marks_change=take)
    return shown
