"""Which films two versions call differently, and how: counts, pictures and a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Table, table_html
from pages.components.compare.words import cell, kind_word
from pages.components.data.films import Caption, film_tiles
from pages.components.data.pager import show_page_of
from pages.components.session import services
from pages.components.text import plain
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Film, Flip, Pair

_KINDS = ("lost", "gained", "otherwise wrong")
_PAGE = 12


def show_flips(pair: Pair) -> None:
    """Draw the flips of two versions.

    Raises
    ------
    StorageError
        When the disk refuses the cache of small films.
    """
    names = {"first": plain(pair.first), "second": plain(pair.second)}
    st.header(say("compare-flips", **names), anchor=False)
    if not pair.flips:
        st.caption(say("compare-no-flips"))
        return
    st.html(table_html(_table(pair)))
    st.caption(say("compare-flips-told", **names))
    kinds = [name for name in _KINDS if any(flip.kind == name for flip in pair.flips)]
    key = f"compare_flips_{pair.first}_{pair.second}"
    kind = st.segmented_control(
        say("compare-flips-kind"),
        kinds,
        default=kinds[0],
        required=True,
        format_func=lambda name: say(
            "compare-flips-count",
            kind=kind_word(name),
            films=sum(flip.kind == name for flip in pair.flips),
        ),
        key=f"{key}_kind",
    )
    chosen = [flip for flip in pair.flips if flip.kind == kind]
    if len(chosen) > _PAGE:
        chosen = list(show_page_of(chosen, _PAGE, key, (kind, len(chosen))))
    _show_films(chosen, pair)


def _table(pair: Pair) -> Table:
    """From which class to which."""
    classes = pair.found.classes
    counts = pair.table()
    rows = tuple(
        (
            say("compare-from", **{"class": first.replace("_", " ")}),
            *(
                cell(counts[first, second])
                if (first, second) in counts
                else say("compare-same-call" if first == second else "compare-none")
                for second in classes
            ),
        )
        for first in classes
    )
    to = (say("compare-to", **{"class": name.replace("_", " ")}) for name in classes)
    head = ("", *to)
    caption = say("compare-calls", first=pair.first, second=pair.second)
    return Table(caption, head, rows)


def _show_films(flips: Sequence[Flip], pair: Pair) -> None:
    """Draw each film where it can be opened; the others stand in the list all the same."""
    curated = services().data.curated()
    known = {film.path: film for film in curated.manifest.films} if curated else {}
    told = {flip.path: flip for flip in flips}
    films = [known[flip.path] for flip in flips if flip.path in known]

    def caption(film: Film) -> Caption:
        flip = told[film.path]
        return Caption(
            f"{flip.truth.replace('_', ' ')}",
            (
                say(
                    "compare-flip",
                    before=flip.first_call.replace("_", " "),
                    sure=f"{flip.first_probability:.2f}",
                    now=flip.second_call.replace("_", " "),
                    surer=f"{flip.second_probability:.2f}",
                ),
                film.path.rpartition("/")[2],
            ),
            is_marked=flip.kind == "gained",
        )

    if films:
        st.html(f'<ul class="cxr-films">{"".join(film_tiles(films, caption))}</ul>')
    with st.expander(say("compare-as-table")):
        st.html(table_html(_list(flips, pair)))


def _list(flips: Sequence[Flip], pair: Pair) -> Table:
    rows = tuple(
        (
            flip.path,
            flip.truth.replace("_", " "),
            f"{flip.first_call.replace('_', ' ')} {flip.first_probability:.3f}",
            f"{flip.second_call.replace('_', ' ')} {flip.second_probability:.3f}",
            f"{flip.first_of_truth:.3f}",
            f"{flip.second_of_truth:.3f}",
        )
        for flip in flips
    )
    head = (
        say("compare-list-film"),
        say("compare-list-truth"),
        pair.first,
        pair.second,
        say("compare-list-truth-by", name=pair.first),
        say("compare-list-truth-by", name=pair.second),
    )
    return Table(say("compare-list"), head, rows)
