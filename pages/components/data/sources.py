"""The public releases: those that lie here, and how to get the others."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.session import services
from pages.components.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Release

_COLUMNS = ("Source, revision", "Images here", "Full release", "Licence", "Citation")


def show_sources(releases: Sequence[Release]) -> None:
    """Draw a table of what is here, and the commands that fetch what is not."""
    here = [each for each in releases if each.images is not None or each.fault]
    absent = [each for each in releases if each not in here and each.fetch_command]
    if here:
        st.header("Sources found", anchor=False)
        st.html(_table(here))
    st.header("Sources not here", anchor=False)
    if not absent:
        st.caption("Every known source is here.")
    for release in absent:
        source = release.source
        size = f"about {source.images:,} images, {_amount(source.megabytes)}"
        with st.expander(plain(f"{source.name}: {source.title} ({size})")):
            st.html(f'<p class="cxr-fine">{_about(release)}</p>')
            st.caption("With this project, resumed where it broke off")
            st.code(release.fetch_command, language="bash", wrap_lines=True)
            root = plain(str(services().settings.datasets_dir))
            st.caption(f"Or by hand, in {root}")
            st.code(release.own_command, language="bash", wrap_lines=True)


def show_what_to_do(*, has_releases: bool) -> None:
    """Say how a first manifest comes about."""
    root = plain(str(services().settings.datasets_dir))
    if has_releases:
        st.info("No films have been curated yet, but releases are here. Press Curate.")
        return
    st.info(
        f"No films have been curated yet. Put public releases into {root}, each in a folder of "
        "its own; the commands are below. Or start the server on the folder that has them:"
    )
    st.code(
        "CXR_DATASETS_DIR=/path/to/releases streamlit run app.py",
        language="bash",
        wrap_lines=True,
    )
    st.caption("Or curate from a terminal and come back:")
    st.code(
        "python -m cxr_core datasets curate --root /path/to/releases",
        language="bash",
        wrap_lines=True,
    )


def _table(releases: Sequence[Release]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    body = "".join(_row(release) for release in releases)
    return (
        f'<table class="cxr-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )


def _row(release: Release) -> str:
    source = release.source
    found = "?" if release.images is None else f"{release.images:,}"
    full = f"about {source.images:,}" if source.images else ""
    fault = f'<p class="cxr-fault">{escape(release.fault)}</p>' if release.fault else ""
    revision = f"<code>{escape(release.revision)}</code>" if release.revision else ""
    notes = " ".join([f"Ages {source.ages}." if source.ages else "", source.caution]).strip()
    return (
        f'<tr><th scope="row">{escape(source.name)}{revision}</th>'
        f'<td class="cxr-number">{found}</td><td class="cxr-number">{full}</td>'
        f"<td>{escape(source.licence)}</td>"
        f"<td>{_about(release)}{fault}<p>{escape(notes)}</p></td></tr>"
    )


def _about(release: Release) -> str:
    """Citation with a link; a web address of a description is shown only if it is one."""
    source = release.source
    name = escape(source.title)
    if source.url.startswith(("https://", "http://")):
        url = escape(source.url, quote=True)
        name = f'<a href="{url}" target="_blank" rel="noopener noreferrer">{name}</a>'
    return f"{name}<br>{escape(source.citation)}"


def _amount(megabytes: int) -> str:
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes} MB"
