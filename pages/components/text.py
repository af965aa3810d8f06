"""Text that comes from files, made safe for Streamlit, which reads most text as Markdown."""

from __future__ import annotations

import re

_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>$:~-])")


def plain(text: str) -> str:
    """Escape what Markdown would act on: a file name is never a link, image or formula."""
    return _MARKS.sub(r"\\\1", text)
