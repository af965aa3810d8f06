"""The route that films come in by: one file a request, straight to the disk. Nothing goes out.

A request must come from a page of this server, from whom the shelf belongs to, and bring the
token that only this window was told.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.endpoints import HTTPEndpoint
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cxr_core.errors import CxrError, InputError
from cxr_core.services import NotAnnounced
from pages.components.server.address import base_path, is_same_origin
from pages.components.server.cookie import token_in
from pages.components.session import services
from pages.components.texts import say

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from cxr_core.services import Shelf

_LOG = logging.getLogger(__name__)
_PIECE_BYTES = 1 << 20


def upload_path() -> str:
    """Return the path of the route, under `server.baseUrlPath`."""
    return f"{base_path()}/films"


def upload_routes() -> list[Route]:
    """Return the route."""
    return [Route(upload_path(), Films)]


class Films(HTTPEndpoint):
    """Takes films. Whatever else is asked of it than POST is answered with 405."""

    async def post(self, request: Request) -> Response:
        """Take one file: the body, with its name, its size and the window's token as headers.

        200: it was kept. 413 or 415: it was refused for its size or kind, and will stand in the
        worklist so. 400, 403: the request is not in order. 507: there is no room.
        """
        if not is_same_origin(request.scope):
            return _said(403, say("films-not-from-here"))
        shelf = await run_in_threadpool(_shelf_of, request)
        if shelf is None:
            return _said(403, say("films-other-window"))
        size = request.headers.get("x-upload-size", "")
        if not size.isascii() or not size.isdecimal() or len(size) > 15:
            return _said(400, say("films-no-size"))
        name = unquote(request.headers.get("x-upload-name", "")) or "film"
        pieces = _pieces(request)
        try:
            await _take(shelf, name, int(size), pieces)
        except InputError as error:
            await _drain(pieces)
            status = 413 if error.code == "file_too_large" else 415
            return _said(status, str(error), shelf)
        except CxrError as error:
            await _drain(pieces)
            return _said(400 if isinstance(error, NotAnnounced) else 507, str(error), shelf)
        except ClientDisconnect:
            return _said(400, say("films-broken"))
        return _said(200, "", shelf)


async def _take(shelf: Shelf, name: str, size: int, pieces: AsyncIterator[bytes]) -> None:
    head = await anext(pieces, b"")
    arrival = await run_in_threadpool(shelf.begin, name, size, head)
    with arrival:
        if head:
            await run_in_threadpool(arrival.write, head)
        async for piece in pieces:
            await run_in_threadpool(arrival.write, piece)
        arrival.finish()


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body in pieces of about a megabyte, never more in memory."""
    gathered = bytearray()
    async for part in request.stream():
        gathered += part
        if len(gathered) >= _PIECE_BYTES:
            yield bytes(gathered)
            gathered.clear()
    if gathered:
        yield bytes(gathered)


async def _drain(pieces: AsyncIterator[bytes]) -> None:
    """Let the rest go by: a browser hears an answer only when it has sent everything."""
    try:
        async for _ in pieces:
            pass
    except ClientDisconnect:
        _LOG.debug("a refused upload ended early")


def _shelf_of(request: Request) -> Shelf | None:
    """Return the shelf that the token opens, if it belongs to who asks."""
    opened = services()
    shelf = opened.spool().find(request.headers.get("x-upload-token", ""))
    who = opened.people().sessions.actor_of(token_in(request.scope), is_use=True)
    if shelf is None or who is None or who.name != shelf.owner:
        return None
    return shelf


def _said(status: int, sentence: str, shelf: Shelf | None = None) -> Response:
    told = {"said": sentence, "arrived": shelf.arrived if shelf else 0}
    return JSONResponse(told, status_code=status, headers={"Cache-Control": "no-store"})
