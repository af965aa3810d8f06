"""A page with nothing but the film viewer: seconds to start, no model to load.

Served as the application is, with the same headers. What a test may do to a viewer, it does
here: run the page again, hide it, put it on a tab, change its film, put a second one beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st
from starlette.middleware import Middleware
from streamlit.starlette import App

from cxr_core.domain import Window
from pages.components.server.headers import SecurityHeaders
from pages.components.viewer import ViewerFilm, ViewerPanel, film_viewer, pack_film
from pages.components.viewer.values import FilmScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLASSES = ("normal", "pneumonia", "covid19")
MARKUP = "<b>bold</b><img src=x onerror=alert(1)>"
FILMS = ("12 bit", "8 bit", "header", "other classes", "markup", "no model")
HEADER = (Window(3000, 3001, "LINEAR", "NORMAL"), Window(2500.5, 777, "LINEAR_EXACT", "HARD"),
          Window(4000, 1500, "SIGMOID", ""))  # fmt: skip
_ROWS, _COLUMNS = 260, 300


def every_value(bits: int) -> NDArray[Any]:
    """A film of noise in which each stored value stands many times."""
    places = np.random.default_rng(bits).permutation(_ROWS * _COLUMNS)
    values = (places % 2**bits).reshape(_ROWS, _COLUMNS)
    return values.astype(np.uint8 if bits == 8 else np.uint16)


def hill(rows: int, columns: int, y: float, x: float) -> NDArray[np.float32]:
    """Heat that falls from 1 at (x, y), as shares of the film, in round rings."""
    down, across = np.meshgrid(
        (np.arange(rows) + 0.5) / rows, (np.arange(columns) + 0.5) / columns, indexing="ij"
    )
    fall = 1 - 2 * np.hypot(down - y, across - x)
    return np.clip(fall / fall.max(), 0, 1).astype(np.float32)


def panel(name: str, side: int, classes: tuple[str, ...] = CLASSES) -> ViewerPanel:
    """A model that is 62 % sure of its last class and looks at the image's lower left."""
    maps = [np.zeros((side, side), np.float32)] * len(classes)
    maps[-1] = hill(side, side, 0.75, 0.2)
    maps[-2] = hill(side, side, 0.5, 0.5)
    shares = (0.08, 0.3, 0.62)
    return ViewerPanel(name, shares, classes, np.stack(maps))


def read_greys() -> NDArray[np.uint8]:
    """Greys that no window gives: what the models read of the film with a header."""
    return (np.arange(4096) * 37 % 256).astype(np.uint8)


def header_film() -> ViewerFilm:
    """Twice the stored values less 100, low ones bright; and what a network was given."""
    given = np.linspace(-2, 2, 36, dtype=np.float32).reshape(6, 6)
    model = ViewerPanel("vgg16", (1.0,), ("normal",), np.zeros((1, 4, 4), np.float32), given)
    scale = FilmScale(read_greys(), HEADER[0], 2.0, -100.0, is_inverted=True, windows=HEADER)
    return ViewerFilm(every_value(12), 12, (model,), "normal", scale=scale)


def film(title: str) -> ViewerFilm:
    if title == "header":
        return header_film()
    if title == "no model":
        return ViewerFilm(every_value(8), 8)
    classes = ("effusion", "nodule", "mass") if title == "other classes" else CLASSES
    if title == "markup":
        classes = ("normal", "pneumonia", MARKUP)
    first = panel(MARKUP if title == "markup" else "vgg16", 14, classes)
    panels = (first, panel("resnet50", 7, classes))
    bits = 8 if title == "8 bit" else 12
    note = MARKUP if title == "markup" else "A drawn film"
    pixels = every_value(bits)
    if title == "other classes":
        pixels = np.ascontiguousarray(pixels[::-1])
    return ViewerFilm(pixels, bits, panels, classes[-1], note)


@st.cache_data
def parcel(title: str) -> bytes:
    return pack_film(film(title), "bed")


def draw() -> None:
    st.set_page_config(page_title="Viewer", layout="wide")
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    with st.container(horizontal=True):
        title = st.segmented_control("Film", FILMS, default=FILMS[0], key="film") or FILMS[0]
        place = st.segmented_control("Place", ("page", "tab", "nowhere"), default="page")
        st.button("Run again")
    st.text(f"Runs: {st.session_state.runs}")
    if place == "page":
        film_viewer(parcel(title), "bed")
    elif place == "tab":
        first, second = st.tabs(["First", "Second"])
        first.write("Words on the first tab")
        with second:
            film_viewer(parcel(title), "bed")


if __name__ == "__main__":
    draw()
else:
    app = App(__file__, middleware=[Middleware(SecurityHeaders)])
