"""The film viewer: the bare film and one panel per model, side by side, all in the browser.

Zoom, window, opacity and class never reach the server: the page sends one parcel of bytes and
hears nothing back. `parcel` holds the values and their packing; this module only mounts them.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.components.viewer.parcel import (
    RESEARCH_NOTICE,
    ViewerFilm,
    ViewerPanel,
    class_union,
    pack_film,
)

__all__ = [
    "RESEARCH_NOTICE",
    "ViewerFilm",
    "ViewerPanel",
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
    "sample.js",
    "lens.js",
    "memory.js",
    "heat.js",
    "contour.js",
    "words.js",
    "panels.js",
    "controls.js",
    "layout.js",
    "render.js",
    "picture.js",
    "print.js",
    "pointer.js",
    "keys.js",
    "sheet.js",
    "viewer.js",
    "mount.js",
)
_STYLES = (
    "viewer.css",
    "toolbar.css",
    "panels.css",
    "numbers.css",
    "foot.css",
    "sheet.css",
    "adapt.css",  # overrides the others
)


def _read(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component(
    "film_viewer",
    html=_read("viewer.html"),
    css=_read(*_STYLES),
    js=_read(*_SCRIPTS),
)


def film_viewer(parcel: bytes, key: str) -> None:
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
    """
    _mount(key=key, data=parcel)
