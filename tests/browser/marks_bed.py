"""A page with nothing but the film viewer, two films, and what Python knows of the marks.

It is run by Streamlit as the application would be; the tests open it in a browser.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import streamlit as st

from pages.components.viewer import ViewerFilm, ViewerPanel, film_viewer, pack_film

SHAPE = (1201, 1002)
HOTTEST = (2, 6)  # row and column among 8 x 8


@st.cache_data
def parcel_of(name: str, is_inverted: bool) -> bytes:
    """Two films that tell their pixels apart; the first is 0.2 mm by 0.1 mm, not calibrated."""
    rows, columns = np.indices(SHAPE)
    seed = 7 if name == "first" else 9
    pixels = ((rows * 31 + columns * seed + rows * columns // 97) % 4096).astype(np.uint16)
    heat = np.zeros((2, 8, 8), np.float32)
    heat[0][HOTTEST] = 1
    panels = tuple(
        ViewerPanel(model, (0.75, 0.25), ("covid19", "normal"), heat)
        for model in ("VGG16", "ResNet50")
    )
    spacing = (0.2, 0.1) if name == "first" else None
    film = ViewerFilm(
        4095 - pixels if is_inverted else pixels, 12, panels, spacing_mm=spacing, source=name
    )
    return pack_film(film, "bed")


def show() -> None:
    """The viewer, with all that happens to a component on a page."""
    shelf = st.session_state.setdefault("shelf", {})
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    with st.container(horizontal=True):
        st.button("Rerun")
        is_hidden = st.checkbox("Hide")
        is_inverted = st.checkbox("Other greys")
        name = st.radio("Film", ("first", "second"), horizontal=True)
        if st.button("Python deletes"):
            shelf[name] = ()
    found = ()
    if not is_hidden:
        found = film_viewer(parcel_of(name, is_inverted), "bed", shelf)
    told = [{"kind": type(each).__name__, **asdict(each)} for each in found]
    st.text("marks " + json.dumps(told))
    st.text(f"run {st.session_state.runs}")


def elsewhere() -> None:
    """Another page."""
    st.text("nothing here")


if __name__ == "__main__":
    theme = Path(__file__).parents[2] / "pages/components/theme.css"
    st.set_page_config(layout="wide")
    st.html(f"<style>{theme.read_text()}</style>")
    st.navigation([st.Page(show, title="Film"), st.Page(elsewhere, title="Elsewhere")]).run()
