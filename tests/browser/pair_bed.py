"""A page with nothing but two films side by side, unlike in size, depth and spacing.

It is run by Streamlit as the application would be; the tests open it in a browser.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cxr_core.domain import Window
from pages.components.viewer import (
    Beside,
    ViewerFilm,
    ViewerPanel,
    beside_key,
    film_viewer,
    pack_film,
)
from pages.components.viewer.values import FilmScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARKUP = "<b>now</b>.dcm"
EARLIER = "earlier.dcm"
SHAPES = {"now": (1000, 800), "earlier": (900, 1200), "bare": (500, 500)}  # rows, columns
SPACINGS = {"now": 0.4, "earlier": 0.3, "bare": None}  # mm: 400 x 320, 270 x 360
LANDMARKS = ((-40, -50), (45, -30), (25, 55))  # mm from the middle, right and down
RIGHTS = ("earlier", "bare", "none")
CLASSES = ("normal", "covid19")


def chest(name: str) -> NDArray[np.uint16]:
    """A dark film with a light spot at each landmark."""
    rows, columns = SHAPES[name]
    pitch = SPACINGS[name] or 0.4
    y, x = np.indices((rows, columns)) + 0.5
    pixels = np.full((rows, columns), 500, np.uint16)
    for across, down in LANDMARKS:
        distance = np.hypot(x - columns / 2 - across / pitch, y - rows / 2 - down / pitch)
        pixels[distance * pitch < 5] = 2500
    return pixels


def film(name: str) -> ViewerFilm:
    pixels = chest(name)
    if name == "bare":
        return ViewerFilm((pixels // 16).astype(np.uint8), 8, source=name)
    heat = np.zeros((2, 6, 6), np.float32)
    heat[1, 4, 1] = 1
    shares = (0.38, 0.62) if name == "now" else (0.9, 0.1)
    models = tuple(ViewerPanel(each, shares, CLASSES, heat) for each in ("vgg16", "resnet50"))
    spacing = (SPACINGS[name], SPACINGS[name])
    names = ("NORMAL", "HARD") if name == "now" else ("HARD", "SOFT")
    windows = tuple(Window(1500 + 100 * i, 900 + 50 * i, "LINEAR", each)
                    for i, each in enumerate(names))  # fmt: skip
    slope = 1.0 if name == "now" else 0.5
    greys = (np.arange(4096) // 16).astype(np.uint8)
    closest = Window(2048 * slope, 4096 * slope, "LINEAR", "")
    scale = FilmScale(greys, closest, slope, windows=windows)
    return ViewerFilm(
        pixels, 12, models, CLASSES[1], spacing_mm=spacing, source=name, scale=scale
    )


@st.cache_data
def parcel(name: str, key: str) -> bytes:
    return pack_film(film(name), key)


def show() -> None:
    shelf = st.session_state.setdefault("shelf", {})
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    with st.container(horizontal=True):
        right = st.radio("Beside", RIGHTS, horizontal=True)
        st.button("Run again")
        is_hidden = st.checkbox("Hide")
    if not is_hidden:
        beside = None
        if right != "none":
            packed = parcel(right, beside_key("bed"))
            beside = Beside(packed, EARLIER, MARKUP)
        film_viewer(parcel("now", "bed"), "bed", shelf, beside)
    told = {
        source: [{"kind": type(each).__name__, **asdict(each)} for each in marks]
        for source, marks in shelf.items()
    }
    st.text("marks " + json.dumps(told))
    st.text(f"Runs: {st.session_state.runs}")


if __name__ == "__main__":
    theme = Path(__file__).parents[2] / "pages/components/theme.css"
    st.set_page_config(page_title="Two films", layout="wide")
    st.html(f"<style>{theme.read_text()}</style>")
    show()
