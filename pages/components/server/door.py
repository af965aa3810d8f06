"""The pages outside: signing in, choosing a password, going out. Plain HTML without scripts."""

from __future__ import annotations

import logging
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

from pages.components.server.address import base_path
from pages.components.theme import look_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

TROUBLE = "The server cannot ask its database. Its log says why. Try again later."
_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_PAGE = Template((_HERE / "door.html").read_text(encoding="utf-8"))
_STYLE = (_HERE / "door.css").read_text(encoding="utf-8")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, status: int = 200) -> Response:
    """Return a page. `body` is HTML; whatever came from outside is escaped in it already."""
    style = f"{look_style()}\n{_STYLE}"
    text = _PAGE.substitute(title=escape(title), body=body, style=style, base=base_path())
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
    return HTMLResponse(text, status_code=status, headers=headers)


def sign_in_page(
    wanted: str, providers: Sequence[str], fault: str = "", *, is_demo: bool = False
) -> Response:
    """Ask for name and password; offer the organisation's account where there is one."""
    hint = (
        '<p class="hint">Accounts are not switched on yet. Sign in as <b>admin</b> with the '
        "one-time password that the terminal printed at the start, and choose your own; from "
        "then on everybody signs in.</p>"
    )
    parts = [hint if is_demo else "", _fault(fault)]
    if providers:
        parts += [_provider_link(name, wanted) for name in providers] + ['<hr class="or">']
    parts.append(
        f"""<form method="post" action="{base_path()}/sign-in">
<input type="hidden" name="next" value="{escape(wanted)}">
<label for="name">Name</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="100" required autofocus>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
 maxlength="300" required>
<button>Sign in</button>
</form>"""
    )
    return page("Sign in", "".join(parts), 403 if fault else 200)


def password_page(name: str, wanted: str, fault: str = "", *, must_change: bool) -> Response:
    """Ask for a new password, and for the old one unless it was good for one sign-in."""
    why = "This was a one-time password. " if must_change else "All your other sessions end. "
    current = """<label for="current">Present password</label>
<input id="current" name="current" type="password" autocomplete="current-password"
 maxlength="300" required autofocus>"""
    body = f"""<p>{why}Signed in as <b>{escape(name)}</b>.</p>{_fault(fault)}
<form method="post" action="{base_path()}/password">
<input type="hidden" name="next" value="{escape(wanted)}">
<input type="hidden" name="username" autocomplete="username" value="{escape(name)}">
{"" if must_change else current}
<label for="new">New password, at least 12 characters</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="12"
 maxlength="256" required>
<label for="again">The same again</label>
<input id="again" name="again" type="password" autocomplete="new-password" minlength="12"
 maxlength="256" required>
<button>Keep this password</button>
</form>"""
    return page("Choose a password", body, 403 if fault else 200)


def sign_out_page() -> Response:
    """Ask whether to go out: a mere link must not end a session."""
    body = f"""<form method="post" action="{base_path()}/sign-out"><button>Sign out</button>
</form><a class="button quiet" href="{base_path()}/">Stay</a>"""
    return page("Sign out", body)


def refusal_page(fault: str, way_on: str) -> Response:
    """Say why somebody does not get in, and where to try again."""
    body = f'{_fault(fault)}<a class="button quiet" href="{escape(way_on)}">Try again</a>'
    return page("You cannot come in", body, 403)


def trouble_page(request: Request, error: Exception) -> Response:
    """Say that the server is in trouble: what it is, strangers need not know."""
    _LOG.error("%s: %s", request.url.path, error)
    return page("Something is wrong", _fault(TROUBLE), 503)


def _fault(text: str) -> str:
    return f'<p class="fault" role="alert">{escape(text)}</p>' if text else ""


def _provider_link(name: str, wanted: str) -> str:
    label = "your organisation's account" if name == "default" else name.capitalize()
    query = escape(urlencode({"provider": name, "next": wanted}))
    address = f"{base_path()}/sign-in/organisation?{query}"
    return f'<a class="button quiet" href="{address}">Sign in with {escape(label)}</a>'
