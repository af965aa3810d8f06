"""What a page that was run as a script says: its own markup, and the notes of what was done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def markup(page: AppTest) -> str:
    """All HTML that the page drew."""
    return " ".join(each.proto.body for each in page.get("html"))


def notes(page: AppTest) -> list[str]:
    """The notes that say something."""
    told = [json.loads(each.proto.json or "{}") for each in page.get("bidi_component")]
    return [each["said"] for each in told if each.get("said")]
