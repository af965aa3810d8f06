"""Sample films of a finding, source and split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages.components.data.charts import words
from pages.components.data.films import Caption, film_tiles
from pages.components.data.pager import show_page_of
from pages.components.parts.states import show_nothing
from pages.components.texts import say

if TYPE_CHECKING:
    from cxr_core.services import Curated, Film

_ANY = "any"


def show_samples(curated: Curated) -> None:
    """Draw three choices and a page of films, in an order that is the same on every visit.

    Raises
    ------
    StorageError
        When the disk refuses the cache.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", key="data-choices"):
        finding = _choice("finding", curated.finding_by_source.rows)
        source = _choice("source", curated.finding_by_source.columns)
        split = _choice("split", ("train", "validation", "test"))
        size = st.segmented_control(
            say("data-samples-size"), [12, 24], default=24, required=True, key="sample_size"
        )
    films = curated.samples(finding, source, split)
    if not films:
        show_nothing(say("data-samples-none"))
        return
    choice = (curated.manifest.digest, finding, source, split, size)
    tiles = film_tiles(show_page_of(films, int(size), "samples", choice), film_caption)
    st.html(f'<ul class="cxr-films">{"".join(tiles)}</ul>')


def film_caption(film: Film) -> Caption:
    """Name the finding, the source, the split and the file."""
    split = film.split.value if film.split else say("data-samples-not-used")
    name = film.path.rpartition("/")[2]
    return Caption(words(film.finding.value), (f"{film.source}, {split}", name))


def _choice(kind: str, names: tuple[str, ...]) -> str | None:
    chosen = st.selectbox(
        say(f"data-samples-by-{kind}"),
        [_ANY, *names],
        format_func=lambda name: say("data-any") if name == _ANY else words(name),
        key=f"sample_{kind}",
    )
    return None if chosen == _ANY else chosen
