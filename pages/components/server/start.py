"""How the server starts: it looks who may come in, says so in the terminal, or refuses."""

from __future__ import annotations

import contextlib
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

import streamlit as st

from cxr_core.errors import AccessError, CxrError
from cxr_core.services import FIRST
from pages.components.server.address import is_loopback, server_url
from pages.components.server.background import start_background
from pages.components.session import services
from pages.components.texts import check_language
from pages.components.theme import settle_theme

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send
    from streamlit.starlette import App

_PUBLIC = """\
Nobody has an account yet, and the server would listen on {address}, where others reach it. \
Make an account first: python -m cxr_core users add NAME --role administrator. Or start for \
this machine only: streamlit run app.py --server.address 127.0.0.1."""
_DEMO = """
  CXR Triage runs in single-user demo mode at {url}
  There are no accounts: who sits at this machine is administrator.

  To switch accounts on, open {url}/sign-in and sign in once with
      name      {name}
      password  {password}

"""
_ACCOUNTS = """
  CXR Triage runs at {url}
  Sign in with your account.

"""


@contextlib.asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[None]:
    """Open the store, choose the mode, and keep the background running until the end.

    Raises
    ------
    CxrError
        When a setting is wrong, the database cannot be opened, or nobody has an account
        though others reach the server.
    """
    check_language()
    settle_theme()
    opened = services()
    greeting = greet(str(st.get_option("server.address") or ""))
    spool = opened.spool()  # clears away what a server left that was killed
    end_background = start_background(opened)
    try:
        sys.stdout.write(greeting)
        sys.stdout.flush()
        if not st.get_option("server.headless"):
            threading.Thread(target=webbrowser.open, args=(server_url(),), daemon=True).start()
        yield
    finally:
        end_background()
        spool.close()


def greet(address: str) -> str:
    """Return what the terminal says at the start.

    Raises
    ------
    AccessError
        When there are no accounts and `address` is not this machine's own.
    """
    people = services().people()
    if people.sessions.is_claimed():
        return _ACCOUNTS.format(url=server_url())
    if not is_loopback(address):
        raise AccessError(_PUBLIC.format(address=address or "all addresses"))
    password = people.signing_in.invite_first()
    return _DEMO.format(url=server_url(), name=FIRST, password=password)


class PlainRefusal:
    """Say why the server does not start in one sentence instead of a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the end of a start that our own error ended."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        failed: list[Message] = []

        async def hold_failure(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failed.append(message)
            else:
                await send(message)

        try:
            await self._app(scope, receive, hold_failure)
        except CxrError as error:
            if not failed:
                raise
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        except BaseException:
            for message in failed:
                await send(message)
            raise
