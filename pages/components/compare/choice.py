"""Which versions stand side by side: any two or more of those that are here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.parts.states import show_empty, show_warnings
from pages.components.session import actor, registry
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.services import Version

_STYLE = (Path(__file__).parent / "compare.css").read_text(encoding="utf-8")
_MOST = 4


def choose_versions() -> list[str]:
    """Draw the choice; return names, the first being what the others are set against."""
    st.html(f"<style>{_STYLE}</style>")
    found = registry().versions.all(actor())
    usable = [each for each in found if not each.problem]
    show_warnings(
        say("compare-refused", name=each.name, fault=each.problem)
        for each in found
        if each.problem
    )
    if len(usable) < 2:
        show_empty(say("compare-too-few"), say("compare-too-few-do"))
        return []
    titles = {each.name: _title(each) for each in usable}
    chosen = st.multiselect(
        say("compare-versions"),
        list(titles),
        default=_first_choice(usable),
        format_func=lambda name: titles[name],
        max_selections=_MOST,
        key="compare_versions",
    )
    if len(chosen) < 2:
        show_empty(say("compare-choose"), say("compare-choose-do"))
        return []
    return [str(name) for name in chosen]


def _title(version: Version) -> str:
    state = version.state.value
    if version.line == version.name:
        return say("compare-version", name=version.name, state=state)
    return say("compare-version-of", name=version.name, state=state, line=version.line)


def _first_choice(versions: Sequence[Version]) -> list[str]:
    """The champion and the newest candidate of a line; else the first two."""
    candidates = [each for each in versions if each.state.value == "candidate"]
    newest = max(candidates, key=lambda each: each.created, default=None)
    champions = [each for each in versions if each.state.value == "champion"]
    if newest is not None:
        rivals = [each for each in champions if each.line == newest.line] or champions
        if rivals:
            return [rivals[0].name, newest.name]
    return [each.name for each in (*champions, *versions)][:2]
