"""What a person may overrule in the film under review: its polarity.

It changes what is looked at, and the models read the film anew only on request: nothing is put
right silently.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Presentation
from pages.components.session import actor, services, worklist
from pages.components.texts import say

if TYPE_CHECKING:
    from pages.components.cases import Case


def choose_presentation(case: Case) -> Presentation:
    """Draw the corrections that this film allows; return how to show it.

    Raises
    ------
    AccessError, ModelError
        When the film shall be read anew, and cannot.
    """
    read_as = case.file.presentation
    is_inverted = st.toggle(
        say("review-turn"),
        value=read_as.is_inverted,
        key=f"turned-{case.number}-{read_as.is_inverted}",
        help=say("review-turn-help"),
    )
    is_read_otherwise = is_inverted != read_as.is_inverted and not case.is_seen_only
    if is_read_otherwise and st.button(say("review-read-again")):
        _read_again(case, replace(read_as, is_inverted=is_inverted))
    if is_read_otherwise:
        st.caption(say("review-stale"), width="content")
    return Presentation(is_inverted, any_view=case.is_seen_only)


def _read_again(case: Case, wanted: Presentation) -> None:
    read = partial(services().reading.read_for, actor())
    with st.spinner(say("review-reading")):
        worklist().read_again(case, wanted, read)
    st.rerun()
