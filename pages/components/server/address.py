"""Where the server can be reached, and whether only from this machine."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import streamlit as st

if TYPE_CHECKING:
    from starlette.types import Scope

_LOCAL_PATH = re.compile(r"/(?!/)[A-Za-z0-9._~/%?=&+-]*")
_FORWARDED = {b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip"}


def base_path() -> str:
    """What every path of the application begins with: "" unless `server.baseUrlPath` is set."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def server_url() -> str:
    """Return the address for people at this machine."""
    host = str(st.get_option("server.address") or "localhost")
    host = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{st.get_option('server.port')}{base_path()}"


def is_loopback(host: str | None) -> bool:
    """Tell whether a name or number means this machine and no other can use it.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0"), is_loopback("")
    (True, False, False)
    """
    name = (host or "").strip("[]").lower().rstrip(".")
    if name == "localhost":
        return True
    try:
        number = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return bool((mapped or number).is_loopback)


def is_from_here(scope: Scope) -> bool:
    """Tell whether a request was made on this machine, and not passed on by a proxy.

    The name that was asked for counts too: a web site may have its own name lead to 127.0.0.1.
    """
    client = scope.get("client")
    headers = dict(scope["headers"])
    try:
        asked = urlsplit(f"//{headers.get(b'host', b'').decode('latin-1')}").hostname
    except ValueError:
        return False
    is_forwarded = any(name in headers for name in _FORWARDED)
    if client is None or is_forwarded:
        return False
    return is_loopback(client[0]) and is_loopback(asked)


def is_same_origin(scope: Scope) -> bool:
    """Tell whether a form was sent from a page of this server."""
    headers = dict(scope["headers"])
    if headers.get(b"sec-fetch-site") == b"same-origin":  # a browser lets no page set this
        return True
    origin = urlsplit(headers.get(b"origin", b"").decode("latin-1")).netloc
    return bool(origin) and origin == headers.get(b"host", b"").decode("latin-1")


def local_path(wanted: str | None) -> str:
    """Return a path of this application, whatever was asked for: never another server's.

    >>> local_path("/data?x=1"), local_path("//elsewhere.org"), local_path("https://x.org/")
    ('/data?x=1', '/', '/')
    """
    home = f"{base_path()}/"
    if wanted and _LOCAL_PATH.fullmatch(wanted) and wanted.startswith(home):
        return wanted
    return home


def sign_in_path(wanted: str = "") -> str:
    """Return where to sign in, and then to go on to a path of this application."""
    found = local_path(wanted)
    query = "" if found == f"{base_path()}/" else f"?next={quote(found, safe='')}"
    return f"{base_path()}/sign-in{query}"
