"""The one cookie: its name, and how it is set and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from pages.components.server.address import base_path

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import Scope

COOKIE = "cxr_session"
_LONGEST_SECONDS = 12 * 3600


def token_in(scope: Scope) -> str | None:
    """Return the token that a request brings."""
    return HTTPConnection(scope).cookies.get(COOKIE)


def set_token(response: Response, scope: Scope, token: str) -> None:
    """Give a browser its token: no script can read it, no other site sends it."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=_LONGEST_SECONDS,
        path=base_path() or "/",
        secure=is_encrypted(scope),
        httponly=True,
        samesite="lax",
    )


def take_token(response: Response, scope: Scope) -> None:
    """Have a browser forget its token."""
    response.delete_cookie(
        COOKIE,
        path=base_path() or "/",
        secure=is_encrypted(scope),
        httponly=True,
        samesite="lax",
    )


def is_encrypted(scope: Scope) -> bool:
    """Tell whether the browser speaks TLS, to us or to the proxy before us."""
    forwarded = dict(scope["headers"]).get(b"x-forwarded-proto", b"")
    return scope.get("scheme") in {"https", "wss"} or forwarded.strip().lower() == b"https"
