"""A priority told by shape, word and colour, the same in the worklist and in Review."""

from __future__ import annotations

import html
import json

from pages.components.texts import say

# Paths on a square of 14 units, one a state: none is like another without its colour.
_SHAPES = {
    "urgent": "M7 1 13 12.5H1z",  # triangle
    "unread": "M7 .8 13.2 7 7 13.2.8 7z",  # diamond
    "soon": "M1.5 1.5h11v11h-11z",  # square
    "routine": "M7 1.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11z",  # disc
    "held": "M4 6V4a3 3 0 0 1 6 0v2h1.5v6.5h-9V6zm1.5 0h3V4a1.5 1.5 0 0 0-3 0z",  # padlock
    # An eye.
    "shown": "M7 3c3 0 5.2 2 6.3 4C12.2 9 10 11 7 11S1.8 9 .7 7C1.8 5 4 3 7 3zm0 1.8a2.2 2.2 0 "
    "1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z",
    "refused": "M2 .8 7 5.8 12 .8 13.2 2 8.2 7l5 5-1.2 1.2-5-5-5 5L.8 12l5-5-5-5z",  # cross
    "waiting": "M1 6h12v2H1z",  # dash
}


def badge_html(state: str) -> str:
    """Return the badge of a priority or state as markup."""
    word = html.escape(say(f"priority-{state}"))
    # Cut out of a square: Streamlit takes pictures of this kind out of markup.
    shape = f"""<i aria-hidden="true" style="clip-path:path('{_SHAPES[state]}')"></i>"""
    return f'<span class="cxr-badge {state}">{shape}<span>{word}</span></span>'


def badge_script() -> str:
    """Return the same shapes for a script."""
    return f"const SHAPES = {json.dumps(_SHAPES)};\n"
