"""Tables of a caption, a head and rows, and lists of facts. Every text is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.services import Markup, Table, table_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def show_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, is_titled: bool = False
) -> None:
    """Draw a table in a box of its own, which scrolls where the window is narrower.

    Its columns of numbers stand at their right. The caption is heard, but not seen, unless it
    `is_titled`: for tables right below a heading that says the same.
    """
    told = Table(caption, tuple(head), tuple(tuple(row) for row in rows))
    st.html(table_html(told, is_titled=is_titled))


def show_facts(caption: str, facts: Mapping[str, str], *, is_titled: bool = False) -> None:
    """Draw names and values, one below the other."""
    show_table(caption, (), facts.items(), is_titled=is_titled)


def code(text: str) -> Markup:
    """Write a cell that is to be read letter by letter."""
    return Markup(f"<code>{escape(text)}</code>")


def link(text: str, address: str) -> Markup:
    """Write a way to another site; an address that is none of the web's is left out."""
    if not address.startswith(("https://", "http://")):
        return Markup(escape(text))
    target = 'target="_blank" rel="noopener noreferrer"'
    return Markup(f'<a href="{escape(address)}" {target}>{escape(text)}</a>')


def alarming(text: str) -> Markup:
    """Write a word that must not be passed over."""
    return Markup(f'<span class="cxr-fault">{escape(text)}</span>')


def lines(*cells: str) -> Markup:
    """Put cells below each other in one, the first large; what is empty takes no line."""
    first, *rest = [each if isinstance(each, Markup) else escape(each) for each in cells]
    return Markup(first + "".join(f"<p>{each}</p>" for each in rest if each))
