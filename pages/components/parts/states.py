"""What stands where something else would: nothing yet, a fault, a warning."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import marked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamlit.delta_generator import DeltaGenerator


def show_empty(title: str, what_to_do: str) -> DeltaGenerator:
    """Say that there is nothing, and what to do; return the place of a link or a button."""
    name = re.sub(r"\W+", "-", title.lower()).strip("-")
    place = st.container(key=f"cxr-empty-{name}")
    place.html(f"<h2>{escape(title)}</h2><p>{marked(what_to_do)}</p>")
    return place


def show_nothing(sentence: str) -> None:
    """Say quietly that a table or a list has no rows."""
    st.html(f'<p class="cxr-quiet">{marked(sentence)}</p>')


def show_fault(fault: object, what_to_do: str = "") -> None:
    """Say what failed, an error or a sentence, and what to do; it is announced at once."""
    todo = f"<p>{marked(what_to_do)}</p>" if what_to_do else ""
    st.html(
        f'<div class="cxr-notice cxr-notice-fault" role="alert"><p>{marked(str(fault))}</p>'
        f"{todo}</div>"
    )


def show_warnings(sentences: Iterable[str]) -> None:
    """Say what is amiss while the rest goes on, together in one place; nothing for nothing."""
    if told := "".join(f"<p>{marked(each)}</p>" for each in sentences):
        st.html(f'<div class="cxr-notice cxr-notice-warning" role="note">{told}</div>')
