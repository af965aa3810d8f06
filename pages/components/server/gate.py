"""Who may pass: asked of every request and every WebSocket, before Streamlit sees it.

Whatever is not known to be harmless is closed. The pages and the use cases ask again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.websockets import WebSocketClose

from cxr_core.domain import Role
from cxr_core.errors import CxrError
from pages.components.server.address import base_path, is_from_here, sign_in_path
from pages.components.server.cookie import token_in
from pages.components.server.messages import guarded
from pages.components.session import services
from pages.components.texts import say

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_LOG = logging.getLogger(__name__)
_POLICY_VIOLATION = 1008
# The look of the application, whether it is alive, and the way in.
_OPEN = (
    "/static/",
    "/favicon.png",
    "/manifest.json",
    "/robots.txt",
    "/_stcore/health",
    "/_stcore/script-health-check",
    "/_stcore/host-config",
    "/sign-in",
    "/sign-in/organisation",
    "/sign-out",
    "/password",
    "/auth/login",
    "/oauth2callback",
)
_METRICS = "/_stcore/metrics"
_NO_DOCUMENTS = ("/_stcore/", "/media/", "/component/", "/app/static/")


class _Verdict(Enum):
    PASS = "pass"
    SIGN_IN = "sign in"
    NOT_HERE = "not here"
    TOO_SMALL = "too small"


@dataclass(frozen=True, slots=True)
class Gate:
    """ASGI middleware: lets pass, sends to the sign-in page, or refuses."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        try:
            verdict = await run_in_threadpool(_verdict, scope)
        except CxrError:  # the database cannot be asked: nobody gets in
            _LOG.exception("nobody gets in")
            response: Response = PlainTextResponse(say("door-trouble"), status_code=503)
        else:
            if verdict is _Verdict.PASS:
                is_socket = scope["type"] == "websocket"
                heard = guarded(receive, token_in(scope)) if is_socket else receive
                await self.app(scope, heard, send)
                return
            response = _refusal(scope, verdict)
        if scope["type"] == "websocket":
            await WebSocketClose(_POLICY_VIOLATION)(scope, receive, send)
        else:
            await response(scope, receive, send)


def _verdict(scope: Scope) -> _Verdict:
    sessions = services().people().sessions
    if not sessions.is_claimed():
        return _Verdict.PASS if is_from_here(scope) else _Verdict.NOT_HERE
    path = _path(scope)
    if scope["type"] == "http" and _is_open(path):
        return _Verdict.PASS
    is_use = scope["type"] == "websocket" or _wants_document(scope)
    actor = sessions.actor_of(token_in(scope), is_use=is_use)
    if actor is None:
        return _Verdict.SIGN_IN
    if path.rstrip("/") == _METRICS and actor.role is not Role.ADMINISTRATOR:
        return _Verdict.TOO_SMALL
    return _Verdict.PASS


def _refusal(scope: Scope, verdict: _Verdict) -> Response:
    if verdict is _Verdict.NOT_HERE:
        return PlainTextResponse(say("gate-elsewhere"), status_code=403)
    if verdict is _Verdict.TOO_SMALL:
        return PlainTextResponse(say("gate-administrators"), status_code=403)
    if scope["type"] == "http" and _wants_document(scope):
        query = scope["query_string"].decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(sign_in_path(wanted), status_code=303)
    return PlainTextResponse(say("gate-sign-in"), status_code=401)


def _path(scope: Scope) -> str:
    """The path inside the application."""
    path = str(scope["path"])
    return path.removeprefix(base_path()) if path.startswith(f"{base_path()}/") else path


def _is_open(path: str) -> bool:
    return any(path == each or (each.endswith("/") and path.startswith(each)) for each in _OPEN)


def _wants_document(scope: Scope) -> bool:
    """Tell whether a person asks for a page, rather than a page for its parts."""
    if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
        return False
    is_part = any(_path(scope).startswith(each) for each in _NO_DOCUMENTS)
    return not is_part and "text/html" in Headers(scope=scope).get("accept", "text/html")
