"""The public releases: those that lie here, and how to get the others."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty, show_nothing
from pages.components.parts.tables import alarming, code, lines, link, show_table
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Release

_HEAD = ("Source, revision", "Images here", "Full release", "Licence", "Citation")


def show_sources(releases: Sequence[Release]) -> None:
    """Draw a table of what is here, and the commands that fetch what is not."""
    here = [each for each in releases if each.images is not None or each.fault]
    absent = [each for each in releases if each not in here and each.fetch_command]
    if here:
        st.header("Sources found", anchor=False)
        show_table("Sources found", _HEAD, [_row(release) for release in here])
    st.header("Sources not here", anchor=False)
    if not absent:
        show_nothing("Every known source is here.")
    for release in absent:
        source = release.source
        size = f"about {source.images:,} images, {_amount(source.megabytes)}"
        with st.expander(plain(f"{source.name}: {source.title} ({size})")):
            st.html(f'<p class="cxr-quiet">{_about(release)}</p>')
            st.caption("With this project, resumed where it broke off")
            st.code(release.fetch_command, language="bash", wrap_lines=True)
            st.caption("Or by hand, in the folder of the releases (CXR\\_DATASETS\\_DIR)")
            st.code(release.own_command, language="bash", wrap_lines=True)


def show_what_to_do(*, has_releases: bool) -> None:
    """Say how a first manifest comes about."""
    if has_releases:
        show_empty(
            "No films have been curated yet",
            "Public releases are on this server. Press Curate.",
        )
        return
    place = show_empty(
        "No films have been curated yet",
        "Put public releases into the folder that CXR_DATASETS_DIR names, each in a folder of "
        "its own; the commands are below. Or start the server on a folder that has them:",
    )
    place.code(
        "CXR_DATASETS_DIR=/path/to/releases streamlit run app.py",
        language="bash",
        wrap_lines=True,
    )
    place.html("<p>Or curate from a terminal and come back:</p>")
    place.code(
        "python -m cxr_core datasets curate --root /path/to/releases",
        language="bash",
        wrap_lines=True,
    )


def _row(release: Release) -> tuple[str, ...]:
    source = release.source
    ages = f"Ages {source.ages}." if source.ages else ""
    return (
        lines(source.name, code(release.revision) if release.revision else ""),
        "not known" if release.images is None else f"{release.images:,}",
        f"about {source.images:,}" if source.images else "",
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
