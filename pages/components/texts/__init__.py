"""What the screen says, in one folder a language: `en/*.ftl`, in Mozilla's Fluent syntax.

A page asks for a message by its name and hands in what stands in it; a number chooses its
plural there. Another language is another folder with files of the same names; what it has not
translated yet is said in English. `CXR_LANGUAGE` chooses the folder when the server starts.
What the core says (errors, reasons, the command line) is English: it goes into logs and
reports.
"""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path

from cxr_core.errors import DataError
from pages.components.texts.catalogue import Catalogue

__all__ = ["ENGLISH", "check_language", "fill", "languages", "say", "script"]

_HERE = Path(__file__).parent
_FIRST = "en"
_PLACE = re.compile(r"\{\{([a-z0-9-]+)\}\}")


def languages() -> list[str]:
    """Return the names of the languages that are here."""
    return sorted({path.parent.name for path in _HERE.glob("*/*.ftl")})


def _wanted() -> str:
    return os.environ.get("CXR_LANGUAGE") or _FIRST


ENGLISH = Catalogue(_HERE / _FIRST)
_CHOSEN = Catalogue(_HERE / _wanted()) if _wanted() in languages() else ENGLISH


def check_language() -> None:
    """Refuse a language that is not here.

    Raises
    ------
    DataError
        When `CXR_LANGUAGE` names none.
    """
    if _wanted() not in languages():
        raise DataError(
            f"CXR_LANGUAGE is {_wanted()!r}; expected one of {', '.join(languages())}."
        )


def _catalogue(name: str) -> Catalogue:
    return _CHOSEN if name in _CHOSEN.variables else ENGLISH


def say(name: str, /, **values: str | float) -> str:
    """Return a message by its name, with what stands in it.

    Whole numbers are grouped as the language does; other numbers come as text, with the digits
    that they shall have.

    Raises
    ------
    LookupError
        When there is no such message, or something that it needs was not handed in.

    Examples
    --------
    >>> say("triage-stopped", waiting=3, total=1200)
    'Stopped: 3 of 1,200 films wait.'
    """
    return _catalogue(name).say(name, values)


def fill(markup: str) -> str:
    """Put messages, escaped, where markup holds their names: `{{triage-title}}`."""
    return _PLACE.sub(lambda place: html.escape(say(place[1])), markup)


def script(*prefixes: str) -> str:
    """Return the start of a script that says `text("name", { value })` in this language.

    It knows the messages whose names begin with one of the prefixes.
    """
    texts = {
        name: _catalogue(name).pattern(name)
        for name in ENGLISH.variables
        if name.startswith(prefixes)
    }
    head = f"const TEXTS = {json.dumps(texts)};\nconst LANGUAGE = {json.dumps(_wanted())};\n"
    return head + (_HERE / "texts.js").read_text(encoding="utf-8")
