"""The public releases: those that lie here, and how to get the others."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty, show_nothing
from pages.components.parts.tables import alarming, code, lines, link, show_table
from pages.components.text import plain
from pages.components.texts import fill, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Release

_HEAD = ("source", "here", "full", "licence", "citation")


def show_sources(releases: Sequence[Release]) -> None:
    """Draw a table of what is here, and the commands that fetch what is not."""
    here = [each for each in releases if each.images is not None or each.fault]
    absent = [each for each in releases if each not in here and each.fetch_command]
    if here:
        st.header(say("data-sources-found"), anchor=False)
        head = [say(f"data-sources-head-{name}") for name in _HEAD]
        show_table(say("data-sources-found"), head, [_row(release) for release in here])
    st.header(say("data-sources-absent"), anchor=False)
    if not absent:
        show_nothing(say("data-sources-none-absent"))
    for release in absent:
        with st.expander(_title(release)):
            st.html(f'<p class="cxr-quiet">{_about(release)}</p>')
            st.caption(say("data-sources-fetch"))
            st.code(release.fetch_command, language="bash", wrap_lines=True)
            st.caption(say("data-sources-by-hand", variable=plain("CXR_DATASETS_DIR")))
            st.code(release.own_command, language="bash", wrap_lines=True)


def show_what_to_do(*, has_releases: bool) -> None:
    """Say how a first manifest comes about."""
    if has_releases:
        show_empty(say("data-first-title"), say("data-first-here"))
        return
    place = show_empty(say("data-first-title"), say("data-first-told"))
    place.code(say("data-first-serve"), language="bash", wrap_lines=True)
    place.html(fill("<p>{{data-first-terminal}}</p>"))
    place.code(say("data-first-curate"), language="bash", wrap_lines=True)


def _title(release: Release) -> str:
    source = release.source
    return say(
        "data-sources-release",
        name=plain(source.name),
        title=plain(source.title),
        images=source.images,
        size=_amount(source.megabytes),
    )


def _row(release: Release) -> tuple[str, ...]:
    source = release.source
    ages = say("data-sources-ages", ages=source.ages) if source.ages else ""
    here = release.images
    return (
        lines(source.name, code(release.revision) if release.revision else ""),
        say("data-sources-not-known") if here is None else f"{here:,}",
        say("data-sources-about", images=source.images) if source.images else "",
        source.licence,
        lines(
            link(source.title, source.url),
            source.citation,
            alarming(release.fault) if release.fault else "",
            " ".join(each for each in (ages, source.caution) if each),
        ),
    )


def _about(release: Release) -> str:
    """Title with its link, and citation."""
    source = release.source
    return f"{link(source.title, source.url)}<br>{escape(source.citation)}"


def _amount(megabytes: int) -> str:
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes} MB"
