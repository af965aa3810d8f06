"""Sentences, headlines and tables as HTML, for the report and the page alike: all escaped."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.evaluation.report.parts import Headline, Table

_WHOLE = re.compile(r"(\([^()]{1,20}\)|\d{4}-\d\d-\d\d [\d:]{5,8} UTC)")  # never broken
_LONG = 40  # letters: a cell with more may be broken anywhere, for it may be a path
_TAG = re.compile("<[^>]*>")
_FIGURE = r"[+\-\N{MINUS SIGN}]?\d[\d,]*(\.\d+)?"
_UNIT = r"( ?%| [kMG]B)?( \([^()]{1,24}\))?"
_NUMBER = re.compile(rf"(about |below )?{_FIGURE}{_UNIT}( / {_FIGURE})?")
_NO_NUMBER = frozenset(
    {"", "-", "none", "not defined", "not judged", "not known", "not measured"}
)


class Markup(str):
    """HTML that was made of escaped text; every other text is escaped where it is drawn."""

    __slots__ = ()


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
    """Write what must not be overlooked: a list, unless it is one sentence."""
    if len(sentences) == 1:
        return f'<p class="cxr-alarms">{marked(sentences[0])}</p>'
    items = "".join(f"<li>{marked(each)}</li>" for each in sentences)
    return f'<ul class="cxr-alarms">{items}</ul>'


def told_html(sentences: Sequence[str]) -> str:
    """Write sentences, each a paragraph."""
    return (
        f'<div class="cxr-told">{"".join(f"<p>{marked(each)}</p>" for each in sentences)}</div>'
    )


def table_html(table: Table, *, is_titled: bool = True) -> str:
    """Write a table that scrolls by itself, by the keyboard too; no interval or time breaks.

    A column of numbers stands at its right. A table without a head holds facts: names and
    values. A caption that is not `is_titled` is heard, and not seen: its heading says the same.
    """
    kinds = [_kind(table, place) for place in range(len(table.rows[0]) if table.rows else 0)]
    kinds += [""] * (len(table.head) - len(kinds))
    head = "".join(
        f'<th scope="col"{kind}>{escape(name)}</th>'
        for name, kind in zip(table.head, kinds[: len(table.head)], strict=True)
    )
    rows = "".join(_row(line, kinds) for line in table.rows)
    caption, unseen = escape(table.caption), "" if is_titled else ' class="cxr-unseen"'
    return (
        f'<div class="cxr-scroll" tabindex="0" role="region" aria-label="{caption}">'
        f'<table class="cxr-table{"" if table.head else " cxr-facts"}">'
        f"<caption{unseen}>{caption}</caption>"
        + (f"<thead><tr>{head}</tr></thead>" if table.head else "")
        + f"<tbody>{rows}</tbody></table></div>"
    )


def _kind(table: Table, place: int) -> str:
    """Tell a column of numbers, and one of long words, by its cells."""
    cells = [line[place] for line in table.rows]
    numbers = {each for each in cells if _NUMBER.fullmatch(each)}
    if table.head and numbers and all(each in numbers | _NO_NUMBER for each in cells):
        return ' class="cxr-number"'
    return ' class="cxr-long"' if max(map(_letters, cells)) > _LONG else ""


def _letters(cell: str) -> int:
    """How many letters of a cell are seen."""
    return len(_TAG.sub("", cell) if isinstance(cell, Markup) else cell)


def _row(line: Sequence[str], kinds: Sequence[str]) -> str:
    first, *others = [f"{kind}>{_cell(each)}" for each, kind in zip(line, kinds, strict=True)]
    cells = "".join(f"<td{each}</td>" for each in others)
    return f'<tr><th scope="row"{first}</th>{cells}</tr>'


def _headline(headline: Headline) -> str:
    kinds = [
        *(["cxr-alarm"] if headline.is_alarm else []),
        *([] if any(each.isdigit() for each in headline.value) else ["cxr-words"]),
    ]
    kind = f' class="{" ".join(kinds)}"' if kinds else ""
    unit = f" <span>{escape(headline.unit)}</span>" if headline.unit else ""
    return (
        f"<div{kind}><dt>{escape(headline.label)}</dt><dd>{escape(headline.value)}{unit}"
        f"<small>{escape(headline.beside)}</small></dd></div>"
    )


def _cell(text: str) -> str:
    if isinstance(text, Markup):
        return text
    return _WHOLE.sub(r'<span class="cxr-whole">\1</span>', escape(text))
