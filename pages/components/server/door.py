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
from pages.components.texts import fill, say
from pages.components.theme import look_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

_LOG = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_PAGE = Template(fill((_HERE / "door.html").read_text(encoding="utf-8")))
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
    hint = f'<p class="hint">{say("door-demo")}</p>'
    parts = [hint if is_demo else "", _fault(fault)]
    if providers:
        parts += [_provider_link(name, wanted) for name in providers] + ['<hr class="or">']
    parts.append(
        f"""<form method="post" action="{base_path()}/sign-in">
<input type="hidden" name="next" value="{escape(wanted)}">
<label for="name">{_said("door-name")}</label>
<input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false"
 maxlength="100" required autofocus>
<label for="password">{_said("door-password")}</label>
<input id="password" name="password" type="password" autocomplete="current-password"
 maxlength="300" required>
<button>{_said("door-sign-in")}</button>
</form>"""
    )
    return page(say("door-sign-in"), "".join(parts), 403 if fault else 200)


def password_page(name: str, wanted: str, fault: str = "", *, must_change: bool) -> Response:
    """Ask for a new password, and for the old one unless it was good for one sign-in."""
    why = "door-one-time" if must_change else "door-others-end"
    current = f"""<label for="current">{_said("door-present")}</label>
<input id="current" name="current" type="password" autocomplete="current-password"
 maxlength="300" required autofocus>"""
    body = f"""<p>{say(why, name=escape(name))}</p>{_fault(fault)}
<form method="post" action="{base_path()}/password">
<input type="hidden" name="next" value="{escape(wanted)}">
<input type="hidden" name="username" autocomplete="username" value="{escape(name)}">
{"" if must_change else current}
<label for="new">{_said("door-new")}</label>
<input id="new" name="new" type="password" autocomplete="new-password" minlength="12"
 maxlength="256" required>
<label for="again">{_said("door-again")}</label>
<input id="again" name="again" type="password" autocomplete="new-password" minlength="12"
 maxlength="256" required>
<button>{_said("door-keep")}</button>
</form>"""
    return page(say("door-choose"), body, 403 if fault else 200)


def sign_out_page() -> Response:
    """Ask whether to go out: a mere link must not end a session."""
    out, stay = _said("door-sign-out"), _said("door-stay")
    body = f"""<form method="post" action="{base_path()}/sign-out"><button>{out}</button>
</form><a class="button quiet" href="{base_path()}/">{stay}</a>"""
    return page(say("door-sign-out"), body)


def refusal_page(fault: str, way_on: str) -> Response:
    """Say why somebody does not get in, and where to try again."""
    again = _said("door-try-again")
    body = f'{_fault(fault)}<a class="button quiet" href="{escape(way_on)}">{again}</a>'
    return page(say("door-refused"), body, 403)


def trouble_page(request: Request, error: Exception) -> Response:
    """Say that the server is in trouble: what it is, strangers need not know."""
    _LOG.error("%s: %s", request.url.path, error)
    return page(say("door-trouble-title"), _fault(say("door-trouble")), 503)


def _said(name: str) -> str:
    return escape(say(name))


def _fault(text: str) -> str:
    return f'<p class="fault" role="alert">{escape(text)}</p>' if text else ""


def _provider_link(name: str, wanted: str) -> str:
    is_only = name == "default"
    label = "door-provider-default" if is_only else "door-provider"
    words = say(label, **({} if is_only else {"name": name.capitalize()}))
    query = escape(urlencode({"provider": name, "next": wanted}))
    address = f"{base_path()}/sign-in/organisation?{query}"
    return f'<a class="button quiet" href="{address}">{escape(words)}</a>'
