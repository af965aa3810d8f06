"""The worklist as a table: priority by position, shape, word and colour; a row opens a film."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxr_core.domain import FilmFile, Reading
    from pages.components.session import Case

_HERE = Path(__file__).parent
_FLAG_WORDS = {
    "child_film": "Film of a child; these models were not trained on children",
}

_mount = st.components.v2.component(
    "worklist",
    html=(_HERE / "worklist.html").read_text(encoding="utf-8"),
    css=(_HERE / "worklist.css").read_text(encoding="utf-8"),
    js=(_HERE / "worklist.js").read_text(encoding="utf-8"),
)


def show_worklist(cases: Sequence[Case], waiting: Sequence[FilmFile], key: str) -> int | None:
    """Draw the table; return the number of the case whose row was just opened."""
    rows = [_row(case.number, case.reading) for case in cases]
    rows += [{"state": "waiting", "name": file.name} for file in waiting]
    result = _mount(key=key, data={"rows": rows}, on_opened_change=lambda: None)
    return None if result.opened is None else int(result.opened)


def warnings_of(reading: Reading) -> list[str]:
    """Everything about one film that a reader should know, in sentences."""
    warnings = list(reading.provenance.warnings) if reading.provenance else []
    flags = reading.triage.flags if reading.triage else ()
    known = [_FLAG_WORDS[flag] for flag in flags if flag in _FLAG_WORDS]
    return known + warnings


def _row(number: int, reading: Reading) -> dict[str, Any]:
    if reading.refusal is not None or reading.triage is None:
        refusal = reading.refusal
        message = refusal.message if refusal else ""
        return {"state": "refused", "number": number, "name": reading.name, "message": message}
    return {
        "state": reading.triage.priority.value,
        "number": number,
        "name": reading.name,
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


def _agreement(reading: Reading) -> str:
    """Only versions with the same classes can agree or disagree."""
    if reading.triage is not None and "models_disagree" in reading.triage.flags:
        return "disagree"
    classes = [frozenset(each.classes) for each in reading.predictions]
    return "agree" if len(classes) > len(set(classes)) else "not comparable"


def _picture(reading: Reading) -> str:
    if reading.view is None:
        return ""
    _, data = cv2.imencode(".jpg", reading.view, [cv2.IMWRITE_JPEG_QUALITY, 80])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"
