"""The worklist as a table: priority by position, shape, word and colour; a row opens a film.

Films of one study stand together under a bracket. A lateral says that it is shown and not
read; a film with burnt-in text shows nothing of itself until a person has decided to look.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import streamlit as st

from pages.components.newest import NEWEST, numbered
from pages.components.session import worklist
from pages.components.texts import fill, say, script
from pages.components.worklist.badge import badge_html, badge_script

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Reading
    from pages.components.cases import Case, Worklist

_HERE = Path(__file__).parent
_FLAG_WORDS = {"child_film": "worklist-child"}
_OBLIQUE = ("OBL", "LAO", "RAO", "LPO", "RPO", "LLO", "RLO")


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


_mount = st.components.v2.component(
    "worklist",
    html=fill(_read("worklist.html")),
    css=_read("state.css") + _read("worklist.css"),
    js=NEWEST + script("worklist-", "priority-") + badge_script() + _read("worklist.js"),
)


def show_worklist(cases: Sequence[Case], waiting: Sequence[FilmFile], key: str) -> int | None:
    """Draw the table; return the number of the case whose row was just opened."""
    films = worklist()
    rows = [_row(case, films) for case in cases]
    for row, place in zip(rows, _places(cases), strict=True):
        row["study"] = place
    rows += [{"state": "waiting", "name": file.name} for file in waiting]
    told = numbered(key, {"rows": rows})
    result = _mount(key=key, data=told, on_opened_change=lambda: None)
    return None if result.opened is None else int(result.opened)


def warnings_of(reading: Reading) -> list[str]:
    """Everything about one film that a reader should know, in sentences."""
    warnings = list(reading.provenance.warnings) if reading.provenance else []
    flags = reading.triage.flags if reading.triage else ()
    known = [say(_FLAG_WORDS[flag]) for flag in flags if flag in _FLAG_WORDS]
    return known + warnings


def not_read(reading: Reading) -> str:
    """Say why a film that is no frontal one is shown and not read."""
    view = (reading.provenance.view_position if reading.provenance else None) or ""
    is_oblique = any(code in view for code in _OBLIQUE)
    return say("worklist-oblique" if is_oblique else "worklist-lateral")


def show_priority(case: Case, *, is_held: bool) -> None:
    """Draw a film's priority as the worklist does, and the reason for it."""
    if is_held:
        _show_line("held", say("worklist-held"))
    elif case.reading.triage is not None:
        _show_line(case.reading.triage.priority.value, case.reading.triage.reason)
    elif case.is_seen_only:
        _show_line("shown", not_read(case.reading))


def _show_line(state: str, sentence: str) -> None:
    told = f"<span>{escape(sentence)}</span>"
    st.html(f'<p class="cxr-priority-line">{badge_html(state)}{told}</p>', width="content")


def _row(case: Case, films: Worklist) -> dict[str, Any]:
    reading = case.reading
    row: dict[str, Any] = {"number": case.number, "name": reading.name}
    if films.is_held(case):
        return row | {"state": "held", "message": say("worklist-held"), "opens": True}
    if case.is_seen_only:
        message = " ".join([not_read(reading), *warnings_of(reading)])
        seen = {"state": "shown", "message": message, "picture": _picture(reading)}
        return row | seen | {"opens": True}
    if reading.refusal is not None or reading.triage is None:
        return row | {
            "state": "refused",
            "message": reading.refusal.message if reading.refusal else "",
        }
    return row | {
        "state": reading.triage.priority.value,
        "picture": _picture(reading),
        "score": reading.triage.score,
        "reason": reading.triage.reason,
        "voices": [
            {
                "model": each.model.name,
                "label": each.label,
                "probability": max(each.probabilities),
            }
            for each in reading.predictions
        ],
        "agreement": _agreement(reading),
        "warnings": warnings_of(reading),
    }


def _places(cases: Sequence[Case]) -> list[str]:
    """Return where each case stands among those of its study: "" where it is alone."""
    studies: list[str | None] = [None, *(case.study for case in cases), None]
    places = []
    for before, study, after in zip(studies, studies[1:-1], studies[2:], strict=False):
        follows, goes_on = (study is not None and study == other for other in (before, after))
        words = {(True, True): "middle", (True, False): "last", (False, True): "first"}
        places.append(words.get((follows, goes_on), ""))
    return places


def _agreement(reading: Reading) -> str:
    """Only versions with the same classes can agree or disagree."""
    if reading.triage is not None and "models_disagree" in reading.triage.flags:
        return "disagree"
    classes = [frozenset(each.classes) for each in reading.predictions]
    return "agree" if len(classes) > len(set(classes)) else "not-comparable"


def _picture(reading: Reading) -> str:
    if reading.view is None:
        return ""
    _, data = cv2.imencode(".jpg", reading.view, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"
