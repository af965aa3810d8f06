"""The routes outside Streamlit: `/sign-in`, `/password` and `/sign-out`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route

from cxr_core.errors import AccessError
from pages.components.server.address import (
    base_path,
    is_same_origin,
    local_path,
    sign_in_path,
)
from pages.components.server.cookie import is_encrypted, set_token, take_token, token_in
from pages.components.server.door import (
    password_page,
    refusal_page,
    sign_in_page,
    sign_out_page,
)
from pages.components.server.organisation import (
    identity_in,
    login_address,
    providers,
    take_identity,
)
from pages.components.session import services
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from cxr_core.services import Entry, People

_MOST_BYTES = 16_384
_NEXT_COOKIE, _NEXT_SECONDS = "cxr_next", 600
_hashing: list[CapacityLimiter] = []  # made in the running loop


def routes() -> list[Route]:
    """Return the routes, under `server.baseUrlPath`."""
    base = base_path()
    return [
        Route(f"{base}/sign-in", sign_in, methods=["GET", "POST"]),
        Route(f"{base}/sign-in/organisation", sign_in_elsewhere, methods=["GET"]),
        Route(f"{base}/password", change_password, methods=["GET", "POST"]),
        Route(f"{base}/sign-out", sign_out, methods=["GET", "POST"]),
    ]


async def sign_in(request: Request) -> Response:
    """Show the form, take it, or exchange what a provider said."""
    wanted = local_path(request.query_params.get("next"))
    people = services().people()
    is_demo = not await run_in_threadpool(people.sessions.is_claimed)
    if request.method == "GET":
        visitor = await run_in_threadpool(people.signing_in.visitor, token_in(request.scope))
        if visitor is not None:
            return _to(_onward(wanted, must_change=visitor.must_change))
        return await _exchanged(request) or sign_in_page(wanted, providers(), is_demo=is_demo)
    form = await _form(request)
    if form is None:
        return _strange_form()
    wanted = local_path(form.get("next"))
    name, password = form.get("name", ""), form.get("password", "")
    try:
        entry = await _hashed(lambda: people.signing_in.sign_in(name, password))
    except AccessError as error:
        return sign_in_page(wanted, providers(), str(error), is_demo=is_demo)
    return _entered(request, entry, wanted)


async def sign_in_elsewhere(request: Request) -> Response:
    """Lead to the provider, as `st.login` does, and remember where to go afterwards."""
    wanted = local_path(request.query_params.get("next"))
    try:
        response = _to(login_address(request.query_params.get("provider", "default")))
    except AccessError as error:
        return refusal_page(str(error), sign_in_path(wanted))
    is_tls = is_encrypted(request.scope)
    response.set_cookie(
        _NEXT_COOKIE,
        wanted,
        max_age=_NEXT_SECONDS,
        path=base_path() or "/",
        secure=is_tls,
        httponly=True,
        samesite="lax",
    )
    return response


async def change_password(request: Request) -> Response:
    """Show the form, or take it; who came with a one-time password must pass here."""
    people = services().people()
    token = token_in(request.scope)
    visitor = await run_in_threadpool(people.signing_in.visitor, token)
    if visitor is None:
        return _to(sign_in_path(f"{base_path()}/password"))
    wanted = local_path(request.query_params.get("next"))
    if request.method == "GET":
        return password_page(visitor.name, wanted, must_change=visitor.must_change)
    form = await _form(request)
    if form is None:
        return _strange_form()
    wanted = local_path(form.get("next"))
    current, new = form.get("current", ""), form.get("new", "")
    try:
        if new != form.get("again", ""):
            raise AccessError(say("door-not-the-same"))
        entry = await _hashed(lambda: people.signing_in.change_password(token, current, new))
    except AccessError as error:
        must = visitor.must_change
        return password_page(visitor.name, wanted, str(error), must_change=must)
    return _entered(request, entry, wanted)


async def sign_out(request: Request) -> Response:
    """End the session; a link alone does not."""
    if request.method == "GET":
        return sign_out_page()
    if not is_same_origin(request.scope):
        return _strange_form()
    people = services().people()
    await run_in_threadpool(people.sessions.sign_out, token_in(request.scope))
    response = _to(sign_in_path())
    take_token(response, request.scope)
    take_identity(request, response)
    return response


async def _exchanged(request: Request) -> Response | None:
    """Answer somebody who comes from a provider; None for everybody else."""
    people: People = services().people()
    wanted = local_path(request.cookies.get(_NEXT_COOKIE))
    try:
        identity = identity_in(request)
        if identity is None:
            return None
        entry = await run_in_threadpool(people.identities.sign_in, identity)
    except AccessError as error:
        response = refusal_page(str(error), sign_in_path(wanted))
    else:
        response = _entered(request, entry, wanted)
    take_identity(request, response)
    response.delete_cookie(_NEXT_COOKIE, path=base_path() or "/")
    return response


async def _form(request: Request) -> dict[str, str] | None:
    """Read a form that a page of this server sent; None for any other."""
    if not is_same_origin(request.scope):
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return None
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}


async def _hashed(work: Callable[[], Entry]) -> Entry:
    """Run what hashes a password beside the loop, two at a time: each takes 64 MB."""
    if not _hashing:
        _hashing.append(CapacityLimiter(2))
    return await run_sync(work, limiter=_hashing[0])


def _entered(request: Request, entry: Entry, wanted: str) -> Response:
    response = _to(_onward(wanted, must_change=entry.must_change))
    set_token(response, request.scope, entry.token)
    return response


def _onward(wanted: str, *, must_change: bool) -> str:
    if not must_change:
        return wanted
    return f"{base_path()}/password?{urlencode({'next': wanted})}"


def _to(path: str) -> RedirectResponse:
    return RedirectResponse(path, status_code=303, headers={"Cache-Control": "no-store"})


def _strange_form() -> Response:
    return PlainTextResponse(say("door-strange-form"), status_code=403)
