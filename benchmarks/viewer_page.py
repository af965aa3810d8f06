"""A page with one large drawn film and two panels of drawn heat, for `benchmarks.viewer`.

`?bare` is a page of one line instead. With TWO set, a second film of the size stands beside it.
"""

from __future__ import annotations

import os

import numpy as np
import streamlit as st

from benchmarks.decode import film
from pages.components.viewer import (
    Beside,
    ViewerFilm,
    ViewerPanel,
    beside_key,
    film_viewer,
    pack_film,
)

CLASSES = ("normal", "pneumonia", "covid19")


@st.cache_resource
def parcel(megapixels: int, key: str = "benchmark", *, is_other: bool = False) -> bytes:
    """Pack the film once; the application keeps the newest parcel too."""
    generator = np.random.default_rng(7)
    panels = []
    for name, side in (("vgg16", 14), ("resnet50", 7)):
        heat = generator.random((len(CLASSES), side, side), dtype=np.float32)
        panels.append(ViewerPanel(name, (0.08, 0.3, 0.62), CLASSES, heat**3))
    pixels = film(megapixels)
    if is_other:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
    return pack_film(ViewerFilm(pixels, 12, tuple(panels), "covid19"), key)


st.set_page_config(page_title="Viewer", layout="wide")
if "bare" in st.query_params:
    st.text("A bare page")
else:
    size = int(os.environ["MEGAPIXELS"])
    beside = None
    if "TWO" in os.environ:
        other = parcel(size, beside_key("benchmark"), is_other=True)
        beside = Beside(other, "earlier", "now")
    film_viewer(parcel(size), "benchmark", {}, beside=beside)
