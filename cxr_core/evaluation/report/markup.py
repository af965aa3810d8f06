"""Sentences, headlines and tables as HTML, for the report and the page alike: all escaped."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.report.parts import Headline, Table

_INTERVAL = re.compile(r"(\([^()]{1,20}\))")


def marked(sentence: str) -> str:
    """Escape a sentence; what stands between backticks is code.

    >>> marked("a < b, by `train`")
    'a &lt; b, by <code>train</code>'
    """
    words = escape(sentence).split("`")
    if len(words) % 2 == 0:
        return "`".join(words)
    return "".join(
        f"<code>{word}</code>" if place % 2 else word for place, word in enumerate(words)
    )


def headlines_html(headlines: Sequence[Headline]) -> str:
    """Write the numbers that stand above everything; words in their place are smaller."""
    return f'<dl class="cxr-headlines">{"".join(_headline(each) for each in headlines)}</dl>'


def alarms_html(sentences: Sequence[str]) -> str:
    """Write what must not be overlooked."""
    items = "".join(f"<li>{marked(each)}</li>" for each in sentences)
    return f'<ul class="cxr-alarms">{items}</ul>'


def told_html(sentences: Sequence[str]) -> str:
    """Write sentences, each a paragraph."""
    return (
        f'<div class="cxr-told">{"".join(f"<p>{marked(each)}</p>" for each in sentences)}</div>'
    )


def table_html(table: Table) -> str:
    """Write a table that scrolls by itself, by the keyboard too; its intervals never break."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.head)
    rows = "".join(
        f'<tr><th scope="row">{escape(line[0])}</th>'
        + "".join(f"<td>{_cell(cell)}</td>" for cell in line[1:])
        + "</tr>"
        for line in table.rows
    )
    caption = escape(table.caption)
    return (
        f'<div class="cxr-scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="cxr-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _headline(headline: Headline) -> str:
    kinds = [
        *(["cxr-alarm"] if headline.is_alarm else []),
        *([] if any(each.isdigit() for each in headline.value) else ["cxr-words"]),
    ]
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    return (
        f"<div{kind}><dt>{escape(headline.label)}</dt><dd>{escape(headline.value)}"
        f"<small>{escape(headline.beside)}</small></dd></div>"
    )


def _cell(text: str) -> str:
    return _INTERVAL.sub(r'<span class="cxr-whole">\1</span>', escape(text))
