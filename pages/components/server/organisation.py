"""Signing in with an organisation's account: Streamlit's `st.login`, begun and ended here.

Streamlit speaks OIDC with the provider and leaves a signed cookie that is good for 30 days.
It is exchanged at once for a session like everybody's, which an administrator can end, and
taken back.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from streamlit.auth_util import (
    get_cookie_with_chunks,
    get_origin_from_redirect_uri,
    get_secrets_auth_section,
    validate_auth_credentials,
)
from streamlit.errors import StreamlitAuthError
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from cxr_core.errors import AccessError
from cxr_core.services import Identity
from pages.components.server.address import base_path
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

_COOKIE = "_streamlit_user"
_FRESH_SECONDS = 900.0  # between the provider's word and the exchange, clocks included


def providers() -> list[str]:
    """Return the names of the providers in `.streamlit/secrets.toml`; none is usual."""
    section = get_secrets_auth_section()
    found = ["default"] if "client_id" in section else []
    return found + [name for name in section if hasattr(section[name], "keys")]


def login_address(provider: str) -> str:
    """Return where `st.login(provider)` would lead.

    Raises
    ------
    AccessError
        When there is no such provider, or something is missing in its section.
    """
    try:
        validate_auth_credentials(provider)
        return generate_login_redirect_url(provider)
    except StreamlitAuthError as error:
        raise AccessError(
            say("door-no-provider", provider=provider, fault=str(error))
        ) from error


def identity_in(request: Request) -> Identity | None:
    """Return whom a provider has just vouched for; None where nobody came from one.

    Raises
    ------
    AccessError
        When the provider's word is too old, or is not for this address.
    """
    if not providers() or _COOKIE not in request.cookies:
        return None
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        value = request.cookies.get(name)
        return None if value is None else decode_signed_value(secret, name, value)

    kept = get_cookie_with_chunks(signed, _COOKIE)
    return None if kept is None else _identity(json.loads(kept))


def take_identity(request: Request, response: Response) -> None:
    """Have the browser forget what Streamlit left, parts and tokens included."""
    for name in request.cookies:
        if name.startswith(_COOKIE):
            for path in {"/", base_path() or "/"}:
                response.delete_cookie(name, path=path)


def _identity(claims: Mapping[str, object]) -> Identity:
    issuer, subject, issued = claims.get("iss"), claims.get("sub"), claims.get("iat")
    if not isinstance(issuer, str) or not isinstance(subject, str) or not issuer or not subject:
        raise AccessError(say("door-nobody"))
    if claims.get("origin") != get_origin_from_redirect_uri():
        raise AccessError(say("door-other-address"))
    if not isinstance(issued, int | float) or abs(time.time() - issued) > _FRESH_SECONDS:
        raise AccessError(say("door-too-old"))
    is_verified = claims.get("email_verified") in {True, "true"}
    email = claims.get("email")
    return Identity(issuer, subject, email if isinstance(email, str) and is_verified else "")
