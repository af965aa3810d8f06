"""A page with one large drawn film and two panels of drawn heat, for `benchmarks.viewer`.

`?bare` is a page of one line instead.
"""

from __future__ import annotations

import os

import numpy as np
import streamlit as st

from benchmarks.decode import film
from pages.components.viewer import ViewerFilm, ViewerPanel, film_viewer, pack_film

CLASSES = ("normal", "pneumonia", "covid19")


@st.cache_resource
def parcel(megapixels: int) -> bytes:
    """Pack the film once; the application keeps the newest parcel too."""
    generator = np.random.default_rng(7)
    panels = []
    for name, side in (("vgg16", 14), ("resnet50", 7)):
        heat = generator.random((len(CLASSES), side, side), dtype=np.float32)
        panels.append(ViewerPanel(name, (0.08, 0.3, 0.62), CLASSES, heat**3))
    return pack_film(ViewerFilm(film(megapixels), 12, tuple(panels), "covid19"), "benchmark")


st.set_page_config(page_title="Viewer", layout="wide")
if "bare" in st.query_params:
    st.text("A bare page")
else:
    film_viewer(parcel(int(os.environ["MEGAPIXELS"])), "benchmark", {})
