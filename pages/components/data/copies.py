"""Pictures of the same film side by side: which one is kept, and why the others are not."""

from __future__ import annotations

from functools import reduce
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import COPY_KINDS
from pages.components.data.charts import words
from pages.components.data.films import Caption, film_tiles
from pages.components.data.pager import show_page_of
from pages.components.parts.states import show_nothing
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cxr_core.services import Curated, Film

_CLUSTERS_A_PAGE = 8


def show_copies(curated: Curated) -> None:
    """Draw a choice of clusters and a page of them, those with most pictures first.

    Raises
    ------
    StorageError
        When the disk refuses the cache.
    """
    counts = {kind: len(curated.copies(kind)) for kind in COPY_KINDS}
    kind = st.segmented_control(
        say("data-copies-kind"),
        COPY_KINDS,
        default=COPY_KINDS[0],
        required=True,
        format_func=lambda kind: say(
            f"data-copies-kind-{kind.replace(' ', '-')}", clusters=counts[kind]
        ),
        key="copy_kind",
    )
    clusters = curated.copies(str(kind))
    if not clusters:
        show_nothing(say("data-copies-none"))
        return
    choice = (curated.manifest.digest, kind)
    shown = show_page_of(clusters, _CLUSTERS_A_PAGE, "copies", choice)
    ordered = [sorted(films, key=lambda film: not film.is_used) for films in shown]
    tiles = iter(film_tiles([film for films in ordered for film in films], copy_caption))
    clusters_drawn = "".join(_cluster(films, tiles) for films in ordered)
    st.html(f'<div class="cxr-clusters">{clusters_drawn}</div>')


def _cluster(films: Sequence[Film], tiles: Iterator[str]) -> str:
    findings = sorted({words(film.finding.value) for film in films})
    named = reduce(lambda some, one: say("data-copies-or", first=some, second=one), findings)
    title = escape(say("data-copies-cluster", pictures=len(films), findings=named))
    own = "".join(islice(tiles, len(films)))
    return f'<section><h3>{title}</h3><ul class="cxr-films">{own}</ul></section>'


def copy_caption(film: Film) -> Caption:
    """Say whether a picture is kept, and if not, why."""
    finding, text = words(film.finding.value), film.finding_text
    is_news = text and text.lower().replace("-", "") != finding
    is_copy = film.exclusion is not None and film.exclusion.name == "COPY"
    return Caption(
        _fate(film),
        (
            f"{finding} ({text})" if is_news else finding,
            f"{film.columns} x {film.rows}",
            film.path,
            "" if is_copy else film.detail,  # what it is a copy of stands beside it
        ),
        is_marked=film.is_used,
    )


def _fate(film: Film) -> str:
    fate = film.exclusion.value if film.exclusion else say("data-copies-kept")
    if not film.split:
        return say("data-copies-fate", source=film.source, fate=fate)
    split = film.split.value
    return say("data-copies-fate-split", source=film.source, fate=fate, split=split)
