"""The only door from the pages to the core, and what one browser session holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from cxr_core.services import Services, build_services
from cxr_core.settings import Settings
from pages.components.account.refusal import stop_unless
from pages.components.cases import Worklist
from pages.components.server.cookie import COOKIE
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxr_core.domain import Actor
    from cxr_core.services import (
        Caretaker,
        JobBoard,
        PerformanceBrowser,
        VersionComparer,
        VersionDesk,
    )


@st.cache_resource(show_spinner=False)
def services() -> Services:
    """Wire the core, once per server."""
    return build_services(Settings.from_environment())


def actor(*, is_use: bool = False) -> Actor | None:
    """Return who asks now; None for nobody. In demo mode everybody is administrator.

    Found anew at every call, by the cookie that the browser opened this session with: what
    was true a moment ago, or is written into a widget, counts for nothing.
    """
    token = st.context.cookies.get(COOKIE)
    known = token if isinstance(token, str) else None  # without a server it may be anything
    return services().people().sessions.actor_of(known, is_use=is_use)


def is_administrator() -> bool:
    """Tell whether who asks now is one; callbacks ask it, which run before the page."""
    who = actor()
    return who is not None and who.role is Role.ADMINISTRATOR


def actor_later() -> Callable[[], Actor | None]:
    """Return what tells who asks once the page has run: a download waits for its click."""
    sessions, token = services().people().sessions, st.context.cookies.get(COOKIE)
    return lambda: sessions.actor_of(token)


def is_demo() -> bool:
    """Tell whether there are no accounts, and everybody is administrator."""
    return not services().people().sessions.is_claimed()


def enter_through_app(page: str, role: Role = Role.READER) -> None:
    """Show a page, given by its path, in its frame even where the visit begins with it.

    Until `app.py` has called `st.navigation` once, Streamlit runs a page of `pages/` by itself:
    without the theme, and without the line on what this is not. Who may not see the page is
    told so, and the page goes no further.
    """
    if not st.session_state.get("has_frame"):
        st.session_state.wanted_page = page
        st.switch_page("app.py")
    stop_unless(actor(), role)


def go_where_wanted() -> None:
    """Go on to the page on which the visit began; `app.py` calls it inside the frame."""
    st.session_state.has_frame = True
    if page := st.session_state.pop("wanted_page", None):
        st.switch_page(page)


def jobs() -> JobBoard:
    """Return the long work that is ordered, under way and done."""
    return services().jobs()


def care() -> Caretaker:
    """Return the care of this installation: health, what may go, backups."""
    return services().care()


def comparer() -> VersionComparer:
    """Return what sets versions side by side."""
    return services().comparer


def order_answers(names: list[str]) -> str:
    """Order that versions be asked about the test films; return a sentence on what was ordered.

    Raises
    ------
    AccessError
        When the actor is no administrator.
    """
    job, is_new = jobs().order_comparison(actor(), names)
    return say("compare-ordered" if is_new else "compare-ordered-already", title=job.title)


def performance() -> PerformanceBrowser:
    """Return what is known of how good each version is."""
    return services().performance


def registry() -> VersionDesk:
    """Return what is done with versions: promoted, taken back, exported, imported."""
    return services().registry()


@dataclass(slots=True)
class WarmUp:
    """The models being loaded beside the first paint; `sentence` says how far they are."""

    thread: threading.Thread | None = None
    _fault: str = ""
    _device: str = ""

    @property
    def sentence(self) -> str:
        """How far they are; once they are there, which read films at this moment."""
        if self._device:
            models = ", ".join(services().serving.words())
            return say("models-ready", device=self._device, models=models)
        return self._fault or say("models-loading")

    def start(self) -> None:
        """Start once; a second call does nothing."""
        if self.thread is None:
            self.thread = threading.Thread(target=self._load, name="warm-up", daemon=True)
            self.thread.start()

    @property
    def is_running(self) -> bool:
        """True until the models are there, or known to be unusable."""
        return self.thread is None or self.thread.is_alive()

    def _load(self) -> None:
        try:
            services().registry().versions.settle()
            models = services().serving.load()
        except (CxrError, ImportError, OSError, ValueError) as error:
            self._fault = say("models-fault", fault=str(error))
        else:
            self._device = models[0].engine.device


@st.cache_resource(show_spinner=False)
def warm_up() -> WarmUp:
    """Return the server's warm-up, not started yet on the first call."""
    return WarmUp()


def worklist() -> Worklist:
    """Return this session's worklist."""
    if "worklist" not in st.session_state:
        st.session_state.worklist = Worklist()
    found: Worklist = st.session_state.worklist
    return found
